// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policies hold templates
// Which rules policies come to: gathered by cluster and targets, cut where a pattern is full, and never reshuffled.
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isFrozen, keepFrozen } from "../../../controller/core/event-frozen.ts";
import { readPattern, serviceOf } from "../../../controller/core/event-pattern.ts";
import { wantRules } from "../../../controller/core/event-rules.ts";
import type { Wanted } from "../../../controller/core/managed.ts";
import { eventRuleName, patternRuleName, ruleTargetId } from "../../../controller/core/names.ts";
import { selectWorkloads } from "../../../controller/core/select.ts";
import type { JsonObject } from "../../../controller/model/json.ts";
import type { Workload } from "../../../controller/model/workload.ts";
import { account, owner, policies, region, workload } from "./builders.ts";

const topic = (name: string): string => `arn:aws:sns:${region}:${account}:${name}`;
const notifications = `notifications: { critical: ["${topic("pager")}"], warning: ["${topic("chat")}"] }`;

function rulesOf(body: string | readonly string[], workloads: readonly Workload[] = [workload()]): Wanted[] {
  const bodies = typeof body === "string" ? [`${notifications}\n${body}`] : body;
  return wantRules(selectWorkloads(policies(...bodies), workloads, owner), owner);
}

/** Each rule as `services → targets`, each blocked entry as its code. */
function summary(wanted: readonly Wanted[]): string[] {
  return wanted.map((one) => {
    if (one.state.is !== "wanted")
      return `${one.name}: ${one.state.is === "blocked" ? one.state.reason.code : "?"}`;
    const targets = one.state.spec["Targets"] as readonly JsonObject[];
    return `${services(one).join(" ")} → ${targets.map(({ Arn }) => String(Arn).split(":").at(-1)).join(" ")}`;
  });
}

function services({ state }: Wanted): string[] {
  if (state.is !== "wanted") return [];
  const told = readPattern(state.spec["EventPattern"]) ?? [];
  return [...new Set(told.flatMap(({ members }) => members.map(serviceOf)))].sort();
}

const web = workload();
const api = workload({ service: "api" });

describe("rules", () => {
  it("are one for a cluster and a set of targets, whatever is told", () => {
    const entries = `events: [{ preset: task-stopped, severity: critical }, { preset: deployment-failed, severity: critical },
      { preset: container-oom, targets: ["${topic("pager")}"] }, { preset: service-impaired, severity: warning }]`;
    const wanted = rulesOf(entries, [web, api, workload({ cluster: "test" })]);
    expect(summary(wanted)).toEqual(["api web → chat", "api web → pager", "web → chat", "web → pager"]);
    expect(wanted[1]).toMatchObject({ cluster: "prod", policies: ["a"], enforcement: "Enforce" });
    expect(wanted[1]).not.toHaveProperty("service");
  });

  it("are in Audit if any policy that has a share in them is", () => {
    const a = `selector: { services: [web] }\n${notifications}\nevents: [{ preset: task-stopped, severity: critical }]`;
    const b = `selector: { services: [api] }\nenforcement: Audit\nevents: [{ preset: task-stopped, targets: ["${topic("pager")}"] }]`;
    expect(rulesOf([a, b], [web, api])).toMatchObject([{ enforcement: "Audit", policies: ["a", "b"] }]);
  });

  it("of a pattern as it is written are one for all clusters, told once", () => {
    const pattern = "{ source: [aws.ecs], detail-type: [ECS Container Instance State Change] }";
    const body = `events: [{ name: hosts, severity: critical, pattern: ${pattern} }]`;
    const wanted = rulesOf(body, [web, workload({ cluster: "test" })]);
    expect(wanted).toHaveLength(1);
    expect(wanted[0]).not.toHaveProperty("cluster");
    const both = rulesOf(body.replace("ECS Container Instance State Change", '"X ${cluster.name}"'), [
      web,
      workload({ cluster: "test" }),
    ]);
    expect(both).toHaveLength(2);
  });

  it("block what tells nobody, and leave out what cannot be told of", () => {
    const stopped = (more: string): string => `events: [{ preset: task-stopped, ${more} }]`;
    const only = (body: string, over = {}) =>
      summary(wantRules(selectWorkloads(policies(body), [workload(over)], owner), owner));
    const ops = "arn:aws:ssm:eu-central-1:123456789012:opsitem:1";
    // With a literal one, `validate` refuses the policy.
    const filled = "${service.name}";
    expect(only(`notifications: { critical: ["${filled}"] }\n${stopped("severity: critical")}`)).toEqual([
      "task-stopped of web: InvalidTarget",
    ]);
    expect(
      only(`notifications: { critical: ["${ops}", "${topic("pager")}"] }\n${stopped("severity: critical")}`),
    ).toEqual(["web → pager"]);
    expect(only(stopped('targets: ["arn:aws:sns:us-east-1:${account}:other-region"]'))).toEqual([
      "task-stopped of web: InvalidTarget",
    ]);
    expect(only(stopped('targets: ["${service.name}"]'))).toEqual(["task-stopped of web: InvalidTarget"]);
    expect(
      only(`${notifications}\nevents: [{ preset: deployment-failed, severity: critical }]`, {
        deploymentController: "CODE_DEPLOY",
      }),
    ).toEqual(["deployment-failed of web: NotApplicable"]);
  });

  it("give a FIFO queue a message group", () => {
    const queue = `arn:aws:sqs:${region}:${account}:events.fifo`;
    const [rule] = rulesOf(`events: [{ preset: task-stopped, targets: ["${queue}"] }]`);
    expect(rule?.state).toMatchObject({
      spec: {
        Targets: [{ Id: ruleTargetId(owner, queue), Arn: queue, SqsParameters: { MessageGroupId: owner } }],
      },
    });
  });
});

describe("a rule that is full", () => {
  const everything = "events: [task-stopped, container-oom, deployment-failed, service-impaired]".replace(
    /[a-z]+-[a-z]+/g,
    (preset) => `{ preset: ${preset}, severity: critical }`,
  );
  const estate = (names: readonly string[]): Map<string, string[]> =>
    new Map(
      rulesOf(
        everything,
        names.map((service) => workload({ service })),
      ).map((rule) => [rule.name, services(rule)]),
    );
  const names = fc.uniqueArray(fc.stringMatching(/^[a-z][a-z0-9-]{0,60}$/), { minLength: 1, maxLength: 60 });

  it("is cut so that every service is in one rule, and every pattern fits", () => {
    fc.assert(
      fc.property(names, (list) => {
        const wanted = rulesOf(
          everything,
          list.map((service) => workload({ service })),
        );
        for (const { state } of wanted)
          expect(
            Buffer.byteLength(String(state.is === "wanted" && state.spec["EventPattern"])),
          ).toBeLessThanOrEqual(2048);
        expect(wanted.flatMap(services).sort()).toEqual([...list].sort());
        expect(new Set(wanted.map(({ name }) => name)).size).toBe(wanted.length);
      }),
      { numRuns: 40 },
    );
  });

  it("is the only one that a new service changes", () => {
    fc.assert(
      fc.property(names, (list) => {
        const [fresh, ...rest] = list as [string, ...string[]];
        const [before, after] = [estate(rest), estate(list)];
        const gone = [...before].filter(([name]) => !after.has(name));
        const changed = [...before].filter(
          ([name, has]) => after.has(name) && after.get(name)?.join() !== has.join(),
        );
        expect(gone.length + changed.length).toBeLessThanOrEqual(1);
        // What a rule that goes has told of stays told of.
        const now = new Set([...after.values()].flat());
        expect([...rest, fresh].every((service) => now.has(service))).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  it("by one service alone blocks its largest entry, which stays as it stands", () => {
    const long = Array.from({ length: 60 }, (_, i) => `"reason ${i} that is long enough to fill it"`).join(
      ", ",
    );
    const pattern = `{ "detail-type": [ECS Task State Change], detail: { stoppedReason: [${long.slice(0, 1900).replace(/, [^,]*$/, "")}] } }`;
    const wanted = rulesOf(
      `events: [{ preset: task-stopped, severity: critical }, { name: odd, severity: critical, pattern: ${pattern} }]`,
    );
    expect(summary(wanted)).toEqual(["web → pager", "odd of web: PatternTooLarge"]);
    expect(wanted.map(isFrozen)).toEqual([false, true]);
  });
});

describe("a blocked entry", () => {
  const frozenOf = (body: string) =>
    rulesOf(body)
      .filter(isFrozen)
      .map(({ frozen }) => frozen);
  const [rule] = rulesOf(
    "events: [{ preset: task-stopped, severity: critical }, { preset: container-oom, severity: critical }]",
    [web, api],
  );
  const live = (rule?.state.is === "wanted" && readPattern(rule.state.spec["EventPattern"])) || [];

  it("keeps the share of its service in what it is about, and no more", () => {
    const frozen = frozenOf("suspend: true\nevents: [{ preset: container-oom, severity: critical }]");
    expect(
      keepFrozen(live, frozen).map(({ members, body }) => [
        members,
        JSON.stringify(body).includes("OutOfMemory"),
      ]),
    ).toEqual([[["service:web"], true]]);
  });

  it("keeps all of it where what it is about cannot be told", () => {
    const frozen = frozenOf(
      'events: [{ name: x, severity: critical, pattern: { detail: { a: ["${service.tags.none}"] } } }]',
    );
    expect(frozen).toMatchObject([
      { clauses: undefined, asWritten: true, reason: { code: "MissingReference" } },
    ]);
    expect(keepFrozen(live, frozen).map(({ members }) => members)).toEqual([
      ["service:web"],
      ["service:web"],
    ]);
  });
});

describe("names of rules", () => {
  const url = new URL("../../golden/core/rule-names.json", import.meta.url);
  const frozen = JSON.parse(readFileSync(url, "utf8")) as readonly {
    readonly owner: string;
    readonly cluster: string;
    readonly targets: readonly string[];
    readonly bits: string;
    readonly rule: string;
    readonly pattern: string;
    readonly target: string;
  }[];

  it.each(frozen.map((line) => [line.rule, line] as const))("%s is frozen", (_, line) => {
    expect(eventRuleName(line.owner, line.cluster, line.targets, line.bits)).toBe(line.rule);
    expect(patternRuleName(line.owner, '{"source":["aws.ecs"]}', line.targets)).toBe(line.pattern);
    expect(ruleTargetId(line.owner, line.targets[0] ?? "")).toBe(line.target);
    for (const name of [line.rule, line.pattern, line.target])
      expect(name).toMatch(/^[.\-_A-Za-z0-9]{1,64}$/);
  });

  it("do not meet, however owner and cluster are cut", () => {
    expect(eventRuleName("a", "b-c", ["t"])).not.toBe(eventRuleName("a-b", "c", ["t"]));
    expect(eventRuleName("a", "pattern", ["t"])).not.toBe(patternRuleName("a", "", ["t"]));
    const long = "c".repeat(100);
    expect(eventRuleName("a", `${long}1`, ["t"])).not.toBe(eventRuleName("a", `${long}2`, ["t"]));
  });
});
