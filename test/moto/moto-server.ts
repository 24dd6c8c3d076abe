// moto's server as a child process: found on PATH, started on a free port, emptied between tests.
import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { setTimeout } from "node:timers/promises";
import { findOnPath } from "../support/find-on-path.ts";

/** Files of tests that run side by side, each with a moto of its own. */
export const workers = 2;

export interface MotoServer {
  readonly endpoint: string;
  stop(): Promise<void>;
}

/** The command's path, or `undefined` where moto is not installed. */
export function findMotoServer(): string | undefined {
  return findOnPath("moto_server");
}

export async function startMoto(command: string): Promise<MotoServer> {
  const port = await findFreePort();
  const child = spawn(command, ["-p", String(port)], {
    // Deployments complete at the second look, so that `apply` without --no-wait would end too.
    env: { ...process.env, MOTO_ECS_SERVICE_RUNNING: "2" },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let log = "";
  child.stderr.on("data", (chunk: Buffer) => {
    log = (log + chunk.toString("utf8")).slice(-4000);
  });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const endpoint = `http://127.0.0.1:${port}`;
  const stop = async (): Promise<void> => {
    child.kill("SIGTERM");
    await ended;
  };
  if (await answers(endpoint, () => child.exitCode !== null)) return { endpoint, stop };
  await stop();
  throw new Error(`moto_server did not answer on port ${port}; it said:\n${log}`);
}

export async function resetMoto(endpoint: string): Promise<void> {
  const answer = await fetch(`${endpoint}/moto-api/reset`, { method: "POST" });
  if (!answer.ok) throw new Error(`moto could not be reset: HTTP ${answer.status}`);
}

/** Asks until it answers, for at most half a minute. */
async function answers(endpoint: string, isDead: () => boolean): Promise<boolean> {
  for (let attempt = 0; attempt < 300 && !isDead(); attempt++) {
    try {
      await resetMoto(endpoint);
      return true;
    } catch {
      await setTimeout(100);
    }
  }
  return false;
}

async function findFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  if (address === null || typeof address === "string") throw new Error("no free port was given");
  return address.port;
}
