// The fence over real sockets: a request that is refused at the last moment is never seen by the server.
import { once } from "node:events";
import { createServer as createHttp, type IncomingMessage, type Server } from "node:http";
import { createServer as createHttps, request as requestHttps } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { ListClustersCommand, UpdateServiceCommand } from "@aws-sdk/client-ecs";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { createAws } from "../../../controller/aws/clients.ts";
import { createFencedAgents, type Fence, isWriteOperation } from "../../../controller/aws/fence.ts";
import { EcsmonError } from "../../../controller/model/errors.ts";

const lost = { code: "LeaseLost", message: "the lease is not held any more" };
const before = { ...process.env };

interface Seen {
  readonly server: Server;
  readonly requests: string[];
  connections: number;
  bytes: number;
}

async function listen(server: Server): Promise<Seen> {
  const seen: Seen = { server, requests: [], connections: 0, bytes: 0 };
  server.on("connection", (socket: Socket) => {
    seen.connections += 1;
    socket.on("error", () => undefined);
    socket.on("close", () => {
      seen.bytes += socket.bytesRead;
    });
  });
  server.on("request", (request: IncomingMessage, response) => {
    seen.requests.push(String(request.headers["x-amz-target"] ?? request.url).replace(/.*\./, ""));
    request.resume();
    request.on("end", () => response.setHeader("content-type", "application/x-amz-json-1.1").end("{}"));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return seen;
}

function portOf({ server }: Seen): number {
  return (server.address() as AddressInfo).port;
}

let http: Seen;
beforeEach(async () => {
  http = await listen(createHttp());
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${portOf(http)}`,
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
  });
  delete process.env["AWS_MAX_ATTEMPTS"];
});
afterEach(() => {
  process.env = { ...before };
});

function open(fence: Fence) {
  const answers: string[] = [];
  const asked: string[] = [];
  const aws = createAws({
    fence,
    onRequest: (_, operation) => asked.push(operation),
    onAnswer: (service, operation, outcome) => answers.push(`${service}.${operation} ${outcome}`),
  });
  onTestFinished(() => aws.destroy());
  return { aws, answers, asked };
}

const read = new ListClustersCommand({});
const write = new UpdateServiceCommand({ service: "web" });

/** Lets so many questions pass, and refuses all after them. */
function refuseAfter(passes: number) {
  const fence = { asked: 0, refuse: () => (fence.asked++ < passes ? undefined : lost) };
  return fence;
}

describe("requests of the SDK", () => {
  it("go through while nothing is refused, over kept connections", async () => {
    const { aws, answers } = open({ refuse: () => undefined });
    for (let i = 0; i < 3; i++) await aws.ecs.send(read);
    expect(http.requests).toEqual(["ListClusters", "ListClusters", "ListClusters"]);
    expect(http.connections).toBe(1);
    expect(answers).toEqual(Array(3).fill("ECS.ListClusters success"));
  });

  it("are not begun when refused, and not tried again", async () => {
    const { aws, answers, asked } = open(refuseAfter(0));
    await expect(aws.ecs.send(read)).rejects.toMatchObject({
      code: "LeaseLost",
      message: "ECS.ListClusters was not sent: the lease is not held any more",
    });
    expect([http.connections, asked]).toEqual([0, []]);
    expect(answers).toEqual(["ECS.ListClusters refused"]);
  });

  it("are not sent on a new connection when refused after they were ready", async () => {
    const fence = refuseAfter(1);
    const { aws } = open(fence);
    const error = await aws.ecs.send(write).catch((given: unknown) => given);
    expect(error).toBeInstanceOf(EcsmonError);
    expect(error).toMatchObject({ code: "LeaseLost" });
    // Once when it was ready, once when its connection was, and no second attempt.
    expect(fence.asked).toBe(2);
    await closed(http);
    expect([http.requests, http.bytes]).toEqual([[], 0]);
  });

  it("are not sent on a kept connection when refused after they were ready", async () => {
    const fence = refuseAfter(3);
    const { aws } = open(fence);
    await aws.ecs.send(read);
    await expect(aws.ecs.send(write)).rejects.toMatchObject({ code: "LeaseLost" });
    expect(fence.asked).toBe(4);
    await closed(http);
    expect([http.requests, http.connections]).toEqual([["ListClusters"], 1]);
  });

  it("are not sent when they are refused while the connection is being made", async () => {
    let isRefusing = false;
    http.server.on("connection", () => {
      isRefusing = true;
    });
    const { aws } = open({ refuse: () => (isRefusing ? lost : undefined) });
    await expect(aws.ecs.send(write)).rejects.toMatchObject({ code: "LeaseLost" });
    await closed(http);
    expect([http.requests, http.bytes, http.connections]).toEqual([[], 0, 1]);
  });

  it("that wait for a connection of others are refused when they get it", async () => {
    let isRefusing = false;
    const { aws } = open({ refuse: () => (isRefusing ? lost : undefined) });
    const first = Array.from({ length: 60 }, () => aws.ecs.send(read));
    await once(http.server, "request");
    isRefusing = true;
    const ended = await Promise.allSettled(first);
    const failed = ended.filter(({ status }) => status === "rejected");
    expect(failed.length + http.requests.length).toBe(60);
    for (const one of failed) expect(one).toMatchObject({ reason: { code: "LeaseLost" } });
  });

  it("that only read go on while writes are paused", async () => {
    const paused = { code: "Paused", message: "writes are paused" };
    const { aws } = open({ refuse: ({ isWrite }) => (isWrite ? paused : undefined) });
    await aws.ecs.send(read);
    await expect(aws.ecs.send(write)).rejects.toMatchObject({ code: "Paused" });
    expect(http.requests).toEqual(["ListClusters"]);
  });

  it("say that nobody listens, as without a fence", async () => {
    http.server.close();
    await once(http.server, "close");
    process.env["AWS_MAX_ATTEMPTS"] = "1";
    const { aws, answers } = open({ refuse: () => undefined });
    await expect(aws.ecs.send(read)).rejects.toMatchObject({ code: "ECONNREFUSED" });
    expect(answers).toEqual(["ECS.ListClusters unreachable"]);
  });
});

describe("over TLS", () => {
  // A key that both know: no certificate.
  const key = Buffer.from("0123456789abcdef0123456789abcdef", "hex");
  const tls = { ciphers: "PSK", maxVersion: "TLSv1.2", minVersion: "TLSv1.2" } as const;

  async function send(
    fence: Fence,
    port: number,
    path: string,
    agents = createFencedAgents(fence),
  ): Promise<number> {
    onTestFinished(() => agents.httpsAgent.destroy());
    return agents.send("ECS", "UpdateService", () => {
      const options = {
        ...tls,
        host: "127.0.0.1",
        port,
        path,
        method: "POST",
        agent: agents.httpsAgent,
        pskCallback: () => ({ psk: key, identity: "test" }),
        checkServerIdentity: () => undefined,
      };
      const request = requestHttps(options);
      request.end("what is to be written");
      return new Promise<number>((resolve, reject) => {
        request.on("error", reject);
        request.on("response", (response) => {
          response.resume();
          response.on("end", () => resolve(response.statusCode ?? 0));
        });
      });
    });
  }
  const listenTls = () => listen(createHttps({ ...tls, pskCallback: () => key, pskIdentityHint: "test" }));

  it("requests go through, over kept connections", async () => {
    const server = await listenTls();
    const fence = { refuse: () => undefined };
    const agents = createFencedAgents(fence);
    expect(await send(fence, portOf(server), "/1", agents)).toBe(200);
    expect(await send(fence, portOf(server), "/2", agents)).toBe(200);
    expect([server.requests, server.connections]).toEqual([["/1", "/2"], 1]);
  });

  it("one that is refused during the handshake is not sent", async () => {
    const server = await listenTls();
    let isRefusing = false;
    server.server.on("secureConnection", () => {
      isRefusing = true;
    });
    const fence = { refuse: () => (isRefusing ? lost : undefined) };
    await expect(send(fence, portOf(server), "/1")).rejects.toMatchObject({ code: "LeaseLost" });
    await closed(server);
    expect(server.requests).toEqual([]);
  });

  it("one that is refused on a kept connection is not sent", async () => {
    const server = await listenTls();
    const fence = refuseAfter(3);
    const agents = createFencedAgents(fence);
    expect(await send(fence, portOf(server), "/1", agents)).toBe(200);
    await expect(send(fence, portOf(server), "/2", agents)).rejects.toMatchObject({ code: "LeaseLost" });
    await closed(server);
    expect(server.requests).toEqual(["/1"]);
  });
});

it("knows what writes", () => {
  for (const operation of [
    "DescribeServices",
    "ListClusters",
    "GetDashboard",
    "BatchGetX",
    "FilterLogEvents",
    "AssumeRole",
    "SimulatePrincipalPolicy",
  ])
    expect(isWriteOperation(operation), operation).toBe(false);
  for (const operation of [
    "UpdateService",
    "PutMetricAlarm",
    "DeleteAlarms",
    "TagResource",
    "RegisterTaskDefinition",
  ])
    expect(isWriteOperation(operation), operation).toBe(true);
});

/** All that was sent has arrived: the connections have ended. */
async function closed({ server }: Seen): Promise<void> {
  for (;;) {
    const open = await new Promise<number>((resolve) => server.getConnections((_, count) => resolve(count)));
    if (open === 0) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
