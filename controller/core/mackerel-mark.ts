// Whose a Mackerel monitor is. Monitors have no tags, and one organization serves many accounts, Regions and owners:
// the last line of the memo says which monitor of ours it is. Frozen like names (docs/adr/0004).
import { markDescription, retainMark } from "./deletion-policy.ts";

export interface MonitorMark {
  readonly account: string;
  readonly region: string;
  readonly owner: string;
  readonly cluster: string;
  readonly service: string;
  /** As in the policy, before templates are filled: a tag that changes renames the monitor, and makes no other. */
  readonly name: string;
}

/** `OWNER/CLUSTER/SERVICE/NAME`: what it is called in plans. */
export function monitorId({
  owner,
  cluster,
  service,
  name,
}: Omit<MonitorMark, "account" | "region">): string {
  return `${owner}/${cluster}/${service}/${encodeName(name)}`;
}

/** `ecsmon: ACCOUNT/REGION/OWNER/CLUSTER/SERVICE/NAME` */
export function formatMark(mark: MonitorMark): string {
  return `ecsmon: ${mark.account}/${mark.region}/${monitorId(mark)}`;
}

/** The memo with the mark below it, and between them what is to become of the monitor, if it is to be retained. */
export function markMemo(memo: string, mark: MonitorMark, retain?: boolean): string {
  const own = markDescription(memo.trimEnd(), retain);
  return own === "" ? formatMark(mark) : `${own}\n${formatMark(mark)}`;
}

export function isRetainMemo(memo: unknown): boolean {
  return typeof memo === "string" && memo.split(/\r?\n/).some((line) => line.trim() === retainMark);
}

/** `undefined`: no monitor of ours, nor of any other owner. Lines that people wrote below the mark do not hide it. */
export function readMark(memo: unknown): MonitorMark | undefined {
  if (typeof memo !== "string") return undefined;
  const part = "([^/\\s]+)";
  const form = new RegExp(`^ecsmon: ${part}/${part}/${part}/${part}/${part}/(.+)$`);
  const found = memo
    .split(/\r?\n/)
    .map((line) => form.exec(line.trim()))
    .findLast((match) => match !== null);
  if (!found) return undefined;
  const [, account = "", region = "", owner = "", cluster = "", service = "", name = ""] = found;
  return { account, region, owner, cluster, service, name: decodeName(name) };
}

/** A line holds neither line breaks nor blanks at its ends. */
function encodeName(name: string): string {
  return name.replaceAll(/[%\p{Cc}\u2028\u2029]|^\s|\s$/gu, (character) => encodeURIComponent(character));
}

function decodeName(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // Edited by hand.
    return text;
  }
}
