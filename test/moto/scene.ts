// What every scenario starts from: an empty moto with the estate in it, and a fresh proxy in front of it.
import { DeleteMetricFilterCommand } from "@aws-sdk/client-cloudwatch-logs";
import { afterAll, beforeAll } from "vitest";
import { type Account, readAccount } from "./account.ts";
import { type Clients, createClients } from "./clients.ts";
import { type Run, runEcsmon } from "./ecsmon.ts";
import { motoEndpoint } from "./endpoint.ts";
import { seedEstate } from "./estate.ts";
import { resetMoto } from "./moto-server.ts";
import { type Handler, type RecordingProxy, startRecordingProxy } from "./recording-proxy.ts";

export interface Scene {
  /** Past the proxy. */
  readonly aws: Clients;
  readonly proxy: RecordingProxy;
  /** Empties the account and builds the estate. */
  begin(): Promise<void>;
  account(): Promise<Account>;
  plan(policy: string, ...args: string[]): Promise<Run>;
  /** With --yes and --no-wait. */
  apply(policy: string, ...args: string[]): Promise<Run>;
}

/** One for a file; its proxy is closed at the end. */
export function useScene(): Scene {
  const endpoint = motoEndpoint();
  const aws = createClients(endpoint);
  let proxy: RecordingProxy;
  beforeAll(async () => {
    proxy = await startRecordingProxy(endpoint, { "logs:PutMetricFilter": replaceFilter(aws) });
  });
  afterAll(() => proxy.close());
  const run = (command: string[], policy: string, args: string[]): Promise<Run> =>
    runEcsmon(proxy.endpoint, [...command, "--policies", policy, ...args]);
  return {
    aws,
    get proxy() {
      return proxy;
    },
    begin: async () => {
      await resetMoto(endpoint);
      await seedEstate(aws);
      proxy.reset();
    },
    account: () => readAccount(aws),
    plan: (policy, ...args) => run(["plan"], policy, args),
    apply: (policy, ...args) => run(["apply", "--yes", "--no-wait"], policy, args),
  };
}

/** AWS replaces a filter of the same name; moto puts a second one beside it. */
function replaceFilter(aws: Clients): Handler {
  return async ({ body }, forward) => {
    const { logGroupName, filterName } = JSON.parse(body) as { logGroupName: string; filterName: string };
    await aws.logs.send(new DeleteMetricFilterCommand({ logGroupName, filterName })).catch(() => undefined);
    return forward();
  };
}
