// `ecsmon sandbox`: the local AWS as a process of its own, until someone ends it.
import { EcsmonError } from "../model/errors.ts";
import { type Sandbox, startSandbox } from "../sandbox/server.ts";
import type { Io } from "./io.ts";

export interface SandboxFlags {
  readonly port: number;
  readonly seed: "demo" | "empty";
  readonly services?: number;
  readonly rates: boolean;
}

export async function runSandbox(flags: SandboxFlags, io: Io): Promise<number> {
  const sandbox = await listen(flags, io);
  const ended = new Promise<void>((resolve) => {
    io.onInterrupt(() => resolve());
  });
  io.stdout(`${JSON.stringify({ endpoint: sandbox.endpoint })}\n`);
  await ended;
  await sandbox.close();
  return 0;
}

async function listen({ port, seed, services, rates }: SandboxFlags, { env }: Io): Promise<Sandbox> {
  // As the commands that will be run on it in the same shell.
  const region = env["AWS_REGION"] || env["AWS_DEFAULT_REGION"];
  try {
    return await startSandbox({
      port,
      seed,
      rates,
      ...(services === undefined ? {} : { services }),
      ...(region ? { region } : {}),
    });
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code !== "EADDRINUSE" && code !== "EACCES") throw error;
    const why = code === "EACCES" ? "may not be opened by this user" : "is in use";
    throw new EcsmonError(
      "PortNotFree",
      `port ${port} ${why}; give another one, or --port 0 for any free one`,
      { cause: error },
    );
  }
}
