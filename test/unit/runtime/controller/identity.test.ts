// Who a replica is, by the task metadata endpoint or by its host.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { hostname } from "node:os";
import { expect, it, onTestFinished } from "vitest";
import {
  type FetchJson,
  fetchJson,
  readIdentity,
} from "../../../../controller/runtime/controller/identity.ts";
import { createVirtualClock } from "../../../support/virtual-clock.ts";

const taskArn = "arn:aws:ecs:eu-west-1:123456789012:task/ops/0f9de17a6465404e8b1b2356dc13c2f8";
const env = { ECS_CONTAINER_METADATA_URI_V4: "http://169.254.170.2/v4/abc" };
const none: FetchJson = async () => {
  throw new Error("nobody should ask");
};

it.each(["ops", "arn:aws:ecs:eu-west-1:123456789012:cluster/ops"])(
  "is its task, of the cluster %s",
  async (Cluster) => {
    const asked: unknown[] = [];
    const answer: FetchJson = async (...given) => {
      asked.push(given);
      return { Cluster, TaskARN: taskArn, ServiceName: "ecsmon", Family: "ecsmon", Containers: [] };
    };
    expect(await readIdentity(env, answer, createVirtualClock())).toEqual({
      id: expect.stringMatching(/^ecsmon-0f9de17a-[0-9a-f]{8}$/),
      cluster: "ops",
      service: "ecsmon",
      account: "123456789012",
      region: "eu-west-1",
      taskArn,
    });
    expect(asked).toEqual([["http://169.254.170.2/v4/abc/task", 1_000]]);
  },
);

it("is another one after each start", async () => {
  const ids = await Promise.all(
    Array.from({ length: 20 }, async () => (await readIdentity({}, none, createVirtualClock())).id),
  );
  expect(new Set(ids).size).toBe(20);
});

it("is its host outside of ECS", async () => {
  const { id, ...rest } = await readIdentity({}, none, createVirtualClock());
  expect(rest).toEqual({});
  expect(
    id.startsWith(
      hostname()
        .replaceAll(/[^A-Za-z0-9-]+/g, "-")
        .slice(0, 60),
    ),
  ).toBe(true);
});

it("may be a task of no service, in a cluster of the old form of ARNs", async () => {
  const answer: FetchJson = async () => ({
    TaskARN: "arn:aws:ecs:eu-west-1:123456789012:task/0f9de17a64",
    Cluster: "x",
  });
  expect(await readIdentity(env, answer, createVirtualClock())).toMatchObject({
    id: expect.stringMatching(/^task-0f9de17a-/),
    cluster: "x",
  });
});

it("asks again when the endpoint is not up yet", async () => {
  const clock = createVirtualClock();
  let asked = 0;
  const identity = readIdentity(
    env,
    async () => {
      asked += 1;
      if (asked === 1) throw new Error("connection refused");
      return { TaskARN: taskArn };
    },
    clock,
  );
  await clock.advance(200);
  expect(await identity).toMatchObject({ account: "123456789012", cluster: "ops" });
});

it.each([[null], [{}], [{ TaskARN: "task/1" }], ["<html>"]])(
  "says that it does not know its task: %j",
  async (answer) => {
    const clock = createVirtualClock();
    const identity = readIdentity(env, async () => answer, clock);
    await clock.advance(1_000);
    const { service, failure } = await identity;
    expect(service).toBeUndefined();
    expect(failure?.message).toMatch(/TaskARN/);
  },
);

it("reads over HTTP, and not for longer than it may", async () => {
  const server = createServer((request, response) => {
    if (request.url === "/task") response.end(JSON.stringify({ TaskARN: taskArn }));
    else if (request.url === "/moved") response.writeHead(302, { location: "/task" }).end();
    else if (request.url !== "/silent") response.writeHead(404).end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  expect(await fetchJson(`${origin}/task`, 1_000)).toEqual({ TaskARN: taskArn });
  await expect(fetchJson(`${origin}/other`, 1_000)).rejects.toThrow(/status 404/);
  await expect(fetchJson(`${origin}/moved`, 1_000)).rejects.toThrow();
  await expect(fetchJson(`${origin}/silent`, 20)).rejects.toThrow(/timeout/i);
});
