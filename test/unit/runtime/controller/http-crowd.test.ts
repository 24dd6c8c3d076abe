// Health is answered however many connections others hold, and whatever they send.
import { connect, type Socket } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { startScene } from "./http-scene.ts";

function open(port: number, text: string): Promise<Socket> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(text, () => resolve(socket)));
    socket.on("error", () => undefined);
    onTestFinished(() => void socket.destroy());
  });
}

it("lets the one that comes last in, and sends away who has been silent for longest", async () => {
  const { port, get } = await startScene();
  const closed: number[] = [];
  const slow: Socket[] = [];
  for (let index = 0; index < 1_200; index += 1) {
    const socket = await open(port, "GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ");
    socket.on("close", () => closed.push(index));
    slow.push(socket);
  }
  expect((await get("/healthz")).status).toBe(200);
  // Not those that came last.
  expect(closed.length).toBeGreaterThanOrEqual(1_200 - 1_024);
  expect(closed.every((index) => index < 1_000)).toBe(true);
  expect(slow.at(-1)?.destroyed).toBe(false);
});

it("closes who sends what is no request, and goes on", async () => {
  const { port, get } = await startScene();
  const bad = [
    "\u0000\u0001\u0002\r\n\r\n",
    "GET\r\n\r\n",
    `GET / HTTP/1.1\r\n${"x: y\r\n".repeat(5_000)}\r\n`,
    `GET /${"a".repeat(100_000)} HTTP/1.1\r\nHost: a\r\n\r\n`,
    "POST /webhooks/git HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n",
    "GET / HTTP/9.9\r\nHost: a\r\n\r\n",
  ];
  const ended = bad.map(async (text) => {
    const socket = await open(port, text);
    let answer = "";
    for await (const chunk of socket as AsyncIterable<Buffer>) answer += chunk.toString("latin1");
    return answer.slice(0, 12);
  });
  for (const answer of await Promise.all(ended)) expect(answer).toMatch(/^HTTP\/1\.1 4\d\d$/);
  expect((await get("/healthz")).status).toBe(200);
});
