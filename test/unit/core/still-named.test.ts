// An alarm that a service's deployments are judged by is not deleted before the service has let go of it.
import { expect, test } from "vitest";
import { keepNamedAlarms } from "../../../controller/core/still-named.ts";
import type { Blocked, Change } from "../../../controller/model/plan.ts";
import { workload } from "./builders.ts";

const name = "ecsmon/prod/web/cpu";
const web = workload({
  deploymentConfiguration: { alarms: { alarmNames: ["theirs", name], enable: true, rollback: true } },
});
const base = {
  policies: [],
  enforcement: "Enforce",
  before: {},
  differences: [],
  impact: "none",
  deletes: 1,
  needs: [],
} as const;
const removal: Change = {
  ...base,
  kind: "MetricAlarm",
  id: name,
  name,
  cluster: "prod",
  service: "web",
  action: "delete",
  after: null,
};
const release = (alarmNames: string[], over: Partial<Change> = {}): Change => ({
  ...base,
  kind: "Service",
  id: web.serviceArn,
  name: "web",
  cluster: "prod",
  service: "web",
  action: "update",
  after: { deploymentConfiguration: { alarms: { alarmNames, enable: true, rollback: true } } },
  ...over,
});

test.each<[string, readonly Change[], readonly Blocked[], string]>([
  ["waits for the service's change", [release(["theirs"])], [], `needs Service/${web.serviceArn}`],
  ["stays where the service keeps it", [release(["theirs", name])], [], "StillNamed"],
  ["stays where the change is only shown", [release(["theirs"], { enforcement: "Audit" })], [], "StillNamed"],
  ["stays where nothing lets go of it", [], [], "StillNamed"],
  [
    "waits for a deployment as the service does",
    [],
    [
      {
        kind: "Service",
        name: "web",
        cluster: "prod",
        service: "web",
        policies: [],
        code: "DeploymentInProgress",
        message: "",
      },
    ],
    "DeploymentInProgress",
  ],
])("%s", (_name, others, blocked, expected) => {
  const kept = keepNamedAlarms({ changes: [removal, ...others], blocked }, [web]);
  const change = kept.changes.find(({ kind }) => kind === "MetricAlarm");
  const told = kept.blocked.find(({ kind }) => kind === "MetricAlarm");
  expect(change === undefined ? told?.code : `needs ${change.needs.join()}`).toBe(expected);
});

test("what no list that counts names is deleted", () => {
  const list = { alarmNames: [name], enable: false, rollback: false };
  const quiet = workload({ deploymentConfiguration: { alarms: list } });
  for (const services of [[quiet], [workload()], []])
    expect(keepNamedAlarms({ changes: [removal], blocked: [] }, services)).toEqual({
      changes: [removal],
      blocked: [],
      staying: new Map(),
    });
});
