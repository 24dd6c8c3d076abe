// Services that ECS says are gone, and since when it has said so. Tools replace a service by deleting and creating it:
// what is ours of it goes only after an hour (contract: guards).
import type { Findings } from "./findings.ts";
import { serviceKey } from "./names.ts";

/** `CLUSTER/SERVICE` → ISO 8601, UTC. */
export type GoneSince = Readonly<Record<string, string>>;

const patience = 3_600_000;

/** What a look at the whole account adds to it, and takes off. */
export function noteGone(previous: GoneSince, { gone, services, plan }: Findings, at: Date): GoneSince {
  const now = new Set(gone);
  const present = new Set(services.map(({ cluster, service }) => serviceKey(cluster, service)));
  // Where something could not be read, silence says nothing: the time goes on.
  const isDark = plan.unknown.length > 0;
  const kept = Object.entries(previous).filter(([key]) => now.has(key) || (isDark && !present.has(key)));
  const fresh = gone.filter((key) => previous[key] === undefined).map((key) => [key, at.toISOString()]);
  return Object.fromEntries([...kept, ...fresh].sort(([a = ""], [b = ""]) => (a < b ? -1 : 1)));
}

/** Whether a service has been gone for long enough at this instant. */
export function goneForLong(since: GoneSince, at: Date): (key: string) => boolean {
  return (key) => {
    const noted = since[key];
    return noted !== undefined && at.getTime() - Date.parse(noted) >= patience;
  };
}

/** When the next of them will have been gone for long enough. */
export function nextGoneForLong(since: GoneSince, at: Date): Date | undefined {
  const due = Object.values(since)
    .map((noted) => Date.parse(noted) + patience)
    .filter((instant) => instant > at.getTime());
  return due.length === 0 ? undefined : new Date(Math.min(...due));
}
