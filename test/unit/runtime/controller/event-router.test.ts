import { describe, expect, test } from "vitest";
import type { EventNews, EventSubject } from "../../../../controller/core/event-meaning.ts";
import { judgeEvent } from "../../../../controller/runtime/controller/event-router.ts";
import { createMemory } from "../../../../controller/runtime/controller/target-memory.ts";

const noon = new Date("2026-03-01T12:00:00Z");
const ago = (seconds: number): Date => new Date(noon.getTime() - seconds * 1000);

function memory() {
  const known = createMemory(undefined);
  known.services = new Set(["prod/web", "prod/api"]);
  known.sharedBy = new Map([
    ["LogGroup//ecs/web", ["prod/web"]],
    ["LogGroup//ecs/all", ["prod/api", "prod/web"]],
    ["TargetGroup/arn:tg", ["prod/api"]],
  ]);
  known.fullLookAt = noon;
  return known;
}

function news(subject: EventSubject, at: Date | undefined = noon): EventNews {
  return { id: "1", account: "123456789012", region: "us-east-1", at, ...subject };
}

const web = { is: "services", services: [{ cluster: "prod", service: "web" }], urgency: "now" } as const;

describe("which look an event asks for", () => {
  test.each<{ name: string; given: EventNews; expected: unknown }>([
    {
      name: "a service is looked at within a moment",
      given: news(web),
      expected: { is: "services", keys: ["prod/web"], within: 500 },
    },
    {
      name: "what changed no setting can wait",
      given: news({ ...web, urgency: "later" }),
      expected: { is: "services", keys: ["prod/web"], within: 15_000 },
    },
    {
      name: "an event without a time is not old",
      given: { ...news(web), at: undefined },
      expected: { is: "services", keys: ["prod/web"], within: 500 },
    },
    {
      name: "what a look has seen since is not looked at again",
      given: news(web, ago(61)),
      expected: { is: "nothing" },
    },
    {
      name: "reads may be behind writes: a look soon after says nothing",
      given: news(web, ago(59)),
      expected: { is: "services", keys: ["prod/web"], within: 500 },
    },
    {
      name: "a log group of one service",
      given: news({ is: "log-group", name: "/ecs/web" }),
      expected: { is: "services", keys: ["prod/web"], within: 500 },
    },
    {
      name: "a log group that services share",
      given: news({ is: "log-group", name: "/ecs/all" }),
      expected: { is: "full", within: 15_000 },
    },
    {
      name: "a log group that is none of ours",
      given: news({ is: "log-group", name: "/aws/lambda/x" }),
      expected: { is: "nothing" },
    },
    {
      name: "a target group",
      given: news({ is: "target-groups", arns: ["arn:tg"] }),
      expected: { is: "services", keys: ["prod/api"], within: 500 },
    },
    {
      name: "a cluster",
      given: news({ is: "cluster", cluster: "prod" }),
      expected: { is: "full", within: 15_000 },
    },
    {
      name: "a cluster, long ago",
      given: news({ is: "cluster", cluster: "prod" }, ago(61)),
      expected: { is: "nothing" },
    },
    {
      name: "an alarm whose shortened name nobody knows",
      given: news({ ...web, services: [{ cluster: "prod", service: "x#0123456789ab" }] }),
      expected: { is: "full", within: 15_000 },
    },
  ])("$name", ({ given, expected }) => {
    expect(judgeEvent(given, memory())).toEqual(expected);
  });

  test("a focused look counts for its service alone", () => {
    const known = memory();
    known.lookedAt.set("prod/web", new Date(noon.getTime() + 120_000));
    expect(judgeEvent(news(web, noon), known)).toEqual({ is: "nothing" });
    const api = { ...web, services: [{ cluster: "prod", service: "api" }] };
    expect(judgeEvent(news(api, noon), known)).toMatchObject({ is: "services" });
  });
});
