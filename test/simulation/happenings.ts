// What may happen, and how it is over again.
import type { FaultRule } from "../../controller/sandbox/faults.ts";
import type { Any } from "../scenarios/harness.ts";
import { drifts } from "./drift.ts";
import { bucket, type Call, firstServices, setListening, stateBucket } from "./estate.ts";
import { deleteService, deployImage, isNameFree, isThere } from "./owners.ts";
import { brokenTexts, type PolicyForm, writePolicies } from "./policies.ts";
import { between, pick, type Random } from "./random.ts";

/** What happenings may do, and must tell of. */
export interface Scene {
  readonly call: Call;
  readonly random: Random;
  readonly isStateInS3: boolean;
  form(): PolicyForm;
  setForm(form: PolicyForm): void;
  createService(key: string): void;
  /** Faults under a name, until they are replaced or taken away. */
  setFaults(name: string, rules: readonly FaultRule[] | undefined): void;
  failDeployments(key: string, isFailing: boolean): void;
  pause(isPaused: boolean): void;
  /** Something that one redeployment of ours, or as many as given, may follow from. */
  excuseRedeploy(key: string | "all", times?: number): void;
  noteGone(key: string, isGone: boolean): void;
  stopReplica(isStopped: boolean): void;
  replaceReplica(): void;
  startSecond(): void;
  endSecond(): void;
}

/** How it ends: called once, after a while. Left out: there is nothing to end. */
type End = (() => void) | undefined;

export const happenings: Readonly<
  Record<string, (scene: Scene) => { readonly what: string; readonly end?: End }>
> = {
  drift({ call, random }) {
    const name = pick(random, Object.keys(drifts));
    return { what: `${name} ${drifts[name]?.(call, random)}` };
  },
  manyDrifts({ call, random }) {
    const names = Array.from({ length: between(random, 3, 12) }, () => pick(random, Object.keys(drifts)));
    return { what: names.map((name) => `${name} ${drifts[name]?.(call, random)}`).join(", ") };
  },
  burst({ random, setFaults }) {
    const service = pick(random, [
      "ecs",
      "monitoring",
      "logs",
      "elasticloadbalancing",
      "events",
      "s3",
      "sqs",
    ]);
    const action = pick(random, ["throttle", "error500", "lost", "throttle"] as const);
    setFaults("burst", [{ service, action, times: between(random, 1, 12), skip: between(random, 0, 6) }]);
    return { what: `${action} of ${service}`, end: () => setFaults("burst", undefined) };
  },
  writesFail({ random, setFaults }) {
    const operation = pick(random, writeOperations);
    const action = pick(random, ["throttle", "error500", "lost", "denied"] as const);
    setFaults("writes", [{ operation, action, times: between(random, 1, 5) }]);
    return { what: `${action} of ${operation}`, end: () => setFaults("writes", undefined) };
  },
  outage({ random, setFaults }) {
    const service = pick(random, [
      "ecs",
      "monitoring",
      "logs",
      "elasticloadbalancing",
      "events",
      "s3",
      "s3",
      "sqs",
    ]);
    setFaults("outage", [{ service, action: "error500" }]);
    return { what: `outage of ${service}`, end: () => setFaults("outage", undefined) };
  },
  denied({ random, setFaults }) {
    const operation = pick(random, [
      "DescribeAlarms",
      "ListServices",
      "DescribeLogGroups",
      "DescribeTargetGroups",
      "ListRules",
    ]);
    setFaults("denied", [{ operation, action: "denied" }]);
    return { what: `denied ${operation}`, end: () => setFaults("denied", undefined) };
  },
  shortLists({ random, setFaults }) {
    const operation = pick(random, [
      "DescribeAlarms",
      "ListServices",
      "DescribeMetricFilters",
      "ListDashboards",
    ]);
    setFaults("short", [{ operation, action: pick(random, ["truncate", "stale"] as const) }]);
    return { what: `short lists of ${operation}`, end: () => setFaults("short", undefined) };
  },
  sourceOutage({ setFaults }) {
    setFaults("source", [{ service: "s3", match: `"${bucket}"`, action: "error500" }]);
    return { what: "the bucket of policies is out", end: () => setFaults("source", undefined) };
  },
  stateOutage({ setFaults }) {
    setFaults("state", [{ service: "s3", match: `"${stateBucket}"`, action: "error500" }]);
    return { what: "the bucket of leases is out", end: () => setFaults("state", undefined) };
  },
  brokenPolicy({ call, random, form }) {
    const Body = pick(random, brokenTexts);
    call("s3", "PutObject", { Bucket: bucket, Key: "policies/base.yaml", Body });
    return { what: "a broken policy", end: () => putPolicies(call, form()) };
  },
  emptiedSource({ call, form }) {
    for (const name of ["base.yaml", "extra.yaml"])
      call("s3", "DeleteObject", { Bucket: bucket, Key: `policies/${name}` });
    return { what: "no policies any more", end: () => putPolicies(call, form()) };
  },
  changedPolicy({ random, form, setForm }) {
    setForm({ ...form(), threshold: between(random, 50, 99), retention: pick(random, [30, 60, 90]) });
    return { what: "another threshold and retention" };
  },
  changedSidecar({ form, setForm, excuseRedeploy }) {
    excuseRedeploy("all");
    setForm({ ...form(), sidecar: form().sidecar + 1 });
    return { what: "another sidecar" };
  },
  togglePolicy({ form, setForm }) {
    setForm({ ...form(), extra: !form().extra });
    return { what: form().extra ? "a second policy" : "no second policy any more" };
  },
  deployment({ call, random, excuseRedeploy }) {
    const key = pick(random, firstServices);
    if (!isThere(call, key)) return { what: "no deployment" };
    const copies = random() < 0.5;
    // What a tool copies holds our layer already.
    if (!copies) excuseRedeploy(key);
    deployImage(call, key, `acme/app:${between(random, 2, 1000)}`, copies);
    return { what: `deployment of ${key}, ${copies ? "copying" : "dropping"} our layer` };
  },
  failingDeployment({ call, random, excuseRedeploy, failDeployments }) {
    const key = pick(random, firstServices);
    if (!isThere(call, key)) return { what: "no deployment" };
    excuseRedeploy(key, 2);
    failDeployments(key, true);
    deployImage(call, key, `acme/app:${between(random, 2, 1000)}`, false);
    return { what: `a failing deployment of ${key}`, end: () => failDeployments(key, false) };
  },
  deletedService({ call, random, noteGone, createService, excuseRedeploy }) {
    const key = pick(random, firstServices);
    if (!isThere(call, key)) return { what: "no service to delete" };
    deleteService(call, key);
    noteGone(key, true);
    // Half of them come back soon; the others stay away for hours, if not for good.
    if (random() < 0.5) return { what: `${key} is deleted` };
    const end = (): void => {
      if (!isNameFree(call, key)) return;
      excuseRedeploy(key);
      noteGone(key, false);
      createService(key);
    };
    return { what: `${key} is replaced`, end };
  },
  createdService({ call, random, noteGone, createService, excuseRedeploy }) {
    const gone = firstServices.filter((key) => isNameFree(call, key));
    if (gone.length === 0) return { what: "no service to create" };
    const key = pick(random, gone);
    excuseRedeploy(key);
    noteGone(key, false);
    createService(key);
    return { what: `${key} is created anew` };
  },
  lostEvents({ call }) {
    setListening(call, false);
    return { what: "events are lost", end: () => setListening(call, true) };
  },
  lateEvents({ call, random }) {
    const from = queueUrl(call, "tap");
    const to = queueUrl(call, "events");
    let sent = 0;
    for (let batch = 0; batch < between(random, 1, 8); batch++) {
      const { Messages = [] } = call("sqs", "ReceiveMessage", { QueueUrl: from, MaxNumberOfMessages: 10 });
      for (const { Body, ReceiptHandle } of Messages as Any[]) {
        for (let times = between(random, 1, 2); times > 0; times--, sent++)
          call("sqs", "SendMessage", { QueueUrl: to, MessageBody: Body });
        call("sqs", "DeleteMessage", { QueueUrl: from, ReceiptHandle });
      }
    }
    call("sqs", "SendMessage", { QueueUrl: to, MessageBody: "junk" });
    return { what: `${sent} events again` };
  },
  pause({ pause }) {
    pause(true);
    return { what: "paused", end: () => pause(false) };
  },
  stop({ stopReplica }) {
    stopReplica(true);
    return { what: "the process stands still", end: () => stopReplica(false) };
  },
  restart({ replaceReplica }) {
    replaceReplica();
    return { what: "the process is replaced" };
  },
  second({ startSecond, endSecond }) {
    startSecond();
    return { what: "a second replica", end: endSecond };
  },
};

const writeOperations = [
  "PutMetricAlarm",
  "PutCompositeAlarm",
  "DeleteAlarms",
  "PutMetricFilter",
  "PutRetentionPolicy",
  "PutQueryDefinition",
  "PutDashboard",
  "PutRule",
  "PutTargets",
  "UpdateService",
  "RegisterTaskDefinition",
  "ModifyTargetGroup",
  "TagResource",
];

export function putPolicies(call: Call, form: PolicyForm): void {
  const wanted = writePolicies(form);
  for (const [name, Body] of Object.entries(wanted))
    call("s3", "PutObject", { Bucket: bucket, Key: `policies/${name}`, Body });
  if (wanted["extra.yaml"] === undefined)
    call("s3", "DeleteObject", { Bucket: bucket, Key: "policies/extra.yaml" });
}

function queueUrl(call: Call, QueueName: string): string {
  return call("sqs", "GetQueueUrl", { QueueName }).QueueUrl;
}
