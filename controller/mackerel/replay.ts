// Mackerel as a snapshot has it: its monitors are listed, and nothing is written.
import { EcsmonError } from "../model/errors.ts";
import { isObject, type JsonObject } from "../model/json.ts";
import type { Fact } from "../model/snapshot.ts";
import type { LiveMonitor, MackerelApi } from "./client.ts";

/** `undefined`: no key was set when it was taken, so there is no Mackerel to speak to, as in a live plan. */
export function replayMackerel(monitors: Fact<readonly JsonObject[]> | undefined): MackerelApi | undefined {
  if (monitors === undefined) return undefined;
  const listMonitors = async (): Promise<readonly LiveMonitor[]> => {
    if ("value" in monitors) return monitors.value.filter(isLive);
    const { code = "Unknown", message } = monitors.fault;
    throw new EcsmonError(code, message, { fault: "operator", remedy: "retry" });
  };
  const refuse = (): Promise<never> =>
    Promise.reject(
      new EcsmonError("NotInSnapshot", "a snapshot writes nothing to Mackerel", { fault: "operator" }),
    );
  return {
    listMonitors,
    readMonitor: async (id) => (await listMonitors()).find((monitor) => monitor.id === id),
    createMonitor: refuse,
    updateMonitor: refuse,
    deleteMonitor: refuse,
  };
}

function isLive(monitor: JsonObject): monitor is LiveMonitor {
  return isObject(monitor) && typeof monitor["id"] === "string";
}
