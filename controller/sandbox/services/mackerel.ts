// Mackerel's monitors as the sandbox plays them: what a policy that watches from there needs. It is no
// AWS service; how it is spoken to is in mackerel/rest.ts.
import { AwsError, type Input, type Operation, type SandboxService } from "../service.ts";
import { isolated, plainState } from "./isolated.ts";
import { readMonitor } from "./mackerel/monitor.ts";
import { wordOf } from "./made-ids.ts";

type Monitor = Record<string, unknown>;

const ORGANIZATION = { name: "sandbox", displayName: "Sandbox" };
const ID_LENGTH = 11;

/** Operations take `{ monitorId?, monitor? }`, a monitor being Mackerel's own JSON. */
export function createMackerel(): SandboxService & { state(): unknown } {
  /** In the order they were made. */
  const monitors = new Map<string, Monitor>();
  let count = 0;

  const named = ({ monitorId }: Input): Monitor => {
    const monitor = monitors.get(monitorId);
    if (monitor === undefined) throw new AwsError("NotFound", "Monitor not found.", { status: 404 });
    return monitor;
  };
  const store = (id: string, input: Input): Monitor => {
    // The id of the address counts; one inside the monitor is passed over.
    const { id: _, ...fields } = Object(input.monitor);
    const read = readMonitor(fields);
    if (typeof read === "string") throw new AwsError("BadRequest", read);
    const type = monitors.get(id)?.type;
    if (type !== undefined && type !== read.type)
      throw new AwsError("BadRequest", `type: can't be changed from ${type} to ${read.type}`);
    const monitor = { id, ...read };
    monitors.set(id, monitor);
    return monitor;
  };

  const operations: Record<string, Operation> = {
    GetOrganization: () => ORGANIZATION,
    ListMonitors: () => ({ monitors: [...monitors.values()] }),
    GetMonitor: (input) => ({ monitor: named(input) }),
    CreateMonitor(input) {
      const monitor = store(wordOf(`monitor/${count}`, ID_LENGTH), input);
      count += 1;
      return monitor;
    },
    /** Replaces the whole monitor: what is left out is gone, or is the default again. */
    UpdateMonitor(input) {
      named(input);
      return store(input.monitorId, input);
    },
    DeleteMonitor(input) {
      const monitor = named(input);
      monitors.delete(input.monitorId);
      return monitor;
    },
  };

  return {
    id: "mackerel",
    operations: isolated(operations),
    state: () => plainState({ monitors: [...monitors.values()] }),
  };
}
