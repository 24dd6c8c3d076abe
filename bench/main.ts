// `npm run bench`: what a plan with nothing to do costs in calls, time and memory, and how fast the command starts.
// On the sandbox always; on moto, beside Terraform, where those are installed.
import { existsSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { findMotoServer } from "../test/moto/moto-server.ts";
import { benchAudit, renderAudit } from "./audit.ts";
import { runBesideTerraform } from "./beside-terraform.ts";
import { applyToSandbox } from "./estate.ts";
import { benchIdle, benchMemory } from "./idle.ts";
import { renderIdle, renderMemory } from "./idle-results.ts";
import { type Command, measurePlan, measureSuccess, median } from "./measure.ts";
import { benchPage } from "./page.ts";
import { renderPageResult } from "./page-results.ts";
import { benchPlanning } from "./planning.ts";
import { writeBenchPolicy } from "./policy.ts";
import { countWithoutService, type PlanResult, renderResults, type StartupResult } from "./results.ts";

const usage = `Usage: npm run bench -- [options]
  --services N            how large the estate is (default 60)
  --runs N                how often each command is run; the median counts (default 3)
  --cli FILE              the command to measure (default dist/main.js: npm run build makes it)
  --terraform-plugins DIR Terraform's folder of provider plugins, with hashicorp/aws in it: measures
                          Terraform on moto too (default $TF_PLUGIN_DIR)
  --idle N                instead: what the controller costs while nothing changes in N services, and what an
                          event costs; takes three minutes and more
  --audit N               instead: what an audit of N services costs
  --memory N              instead: how much memory the controller holds with N services
  --page N                instead: the status page of N services, and the listener among 500 slow clients and
                          10,000 bad requests
  --node-flags=FLAGS      Node's own flags for the controller, such as --node-flags="--max-old-space-size=128"
  --json                  print JSON
`;

const { values } = parseArgs({
  options: {
    services: { type: "string", default: "60" },
    runs: { type: "string", default: "3" },
    cli: { type: "string", default: fileURLToPath(new URL("../dist/main.js", import.meta.url)) },
    "terraform-plugins": { type: "string" },
    idle: { type: "string" },
    memory: { type: "string" },
    audit: { type: "string" },
    page: { type: "string" },
    "node-flags": { type: "string", default: "" },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

// The SDK's own switch: its warning about Node 20 is not for those who measure.
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";

if (values.help) process.stdout.write(usage);
else if (values.audit !== undefined) await runAudit(values.audit);
else if (values.idle !== undefined || values.memory !== undefined || values.page !== undefined)
  await runController();
else await run();

async function runAudit(text: string): Promise<void> {
  const { cli } = values;
  requireBuilt(cli);
  const result = await benchAudit(cli, readCount("audit", text), node);
  process.stdout.write(values.json ? `${JSON.stringify(result, null, 2)}\n` : renderAudit(result));
}

async function runController(): Promise<void> {
  const { cli } = values;
  requireBuilt(cli);
  const nodeFlags = values["node-flags"].split(" ").filter(Boolean);
  const options = { cli, nodeFlags };
  const idle =
    values.idle === undefined ? undefined : await benchIdle(readCount("idle", values.idle), options);
  const memory =
    values.memory === undefined ? undefined : await benchMemory(readCount("memory", values.memory), options);
  const page =
    values.page === undefined ? undefined : await benchPage(readCount("page", values.page), options);
  const machine = describeMachine();
  const text = [
    `${machine.cpus} CPUs, ${machine.memoryGigabytes} GB, Node ${machine.node}`,
    ...(idle === undefined ? [] : [renderIdle(idle)]),
    ...(memory === undefined ? [] : [renderMemory(memory)]),
    ...(page === undefined ? [] : [renderPageResult(page)]),
  ].join("\n\n");
  process.stdout.write(values.json ? `${JSON.stringify({ machine, idle, memory, page }, null, 2)}\n` : text);
}

async function run(): Promise<void> {
  const services = readCount("services", values.services);
  const runs = readCount("runs", values.runs);
  const { cli } = values;
  requireBuilt(cli);
  const policyFolder = await writeBenchPolicy();
  const notes: string[] = [];
  const startup = await benchStartup(cli, policyFolder, Math.max(runs, 15));
  const plans = await benchSandbox(cli, policyFolder, services, runs);
  const planning = await benchPlanning(200, Math.max(runs, 5));

  const motoServer = findMotoServer();
  const pluginFolder = values["terraform-plugins"] ?? process.env["TF_PLUGIN_DIR"];
  const hasTerraform = pluginFolder !== undefined && isOnPath("terraform");
  if (motoServer === undefined) notes.push("moto_server is not on PATH: nothing was measured on moto.");
  else {
    if (!hasTerraform)
      notes.push("Terraform was not measured: it needs `terraform` on PATH and --terraform-plugins.");
    plans.push(
      ...(await runBesideTerraform({
        motoServer,
        cli,
        policyFolder,
        services,
        runs,
        pluginFolder: hasTerraform ? pluginFolder : undefined,
      })),
    );
  }
  const results = { machine: describeMachine(), services, runs, plans, planning, startup, notes };
  process.stdout.write(values.json ? `${JSON.stringify(results, null, 2)}\n` : renderResults(results));
}

async function benchSandbox(
  cli: string,
  policyFolder: string,
  services: number,
  runs: number,
): Promise<PlanResult[]> {
  const estate = await applyToSandbox(policyFolder, services);
  const plan = node([cli, "plan", "--detailed-exitcode", "--policies", policyFolder]);
  // Before a real account ecsmon keeps to AWS's request rates; on this machine only when asked to.
  const inRates = { ...plan, env: { ...process.env, ECSMON_RATE_LIMITS: "on" } };
  const calls = {
    forget: () => estate.sandbox.control.clearCalls(),
    count: () => countWithoutService(estate.sandbox.control.counts()),
  };
  try {
    return [
      { ...(await measurePlan("ecsmon on the sandbox", plan, calls, runs)), floor: estate.floor },
      {
        ...(await measurePlan("the same inside AWS's rates", inRates, calls, 1)),
        floor: estate.floor,
      },
    ];
  } finally {
    await estate.close();
  }
}

async function benchStartup(cli: string, policyFolder: string, runs: number): Promise<StartupResult> {
  const empty: number[] = [];
  const validate: number[] = [];
  // In turns, so that a busy moment of the machine hits both.
  for (let run = 0; run < runs; run++) {
    empty.push((await measureSuccess(node(["-e", "0"]))).seconds * 1000);
    validate.push((await measureSuccess(node([cli, "validate", policyFolder]))).seconds * 1000);
  }
  return { emptyNodeMs: median(empty), validateMs: median(validate) };
}

function node(args: readonly string[]): Command {
  return { file: process.execPath, args, env: process.env };
}

function describeMachine(): { cpus: number; memoryGigabytes: number; node: string } {
  return {
    cpus: cpus().length,
    memoryGigabytes: Math.round(totalmem() / 2 ** 30),
    node: process.versions.node,
  };
}

function isOnPath(command: string): boolean {
  return (process.env["PATH"] ?? "").split(delimiter).some((folder) => existsSync(join(folder, command)));
}

function requireBuilt(cli: string): void {
  if (!existsSync(cli)) throw new Error(`${cli} is not there: run \`npm run build\` first`);
}

function readCount(name: string, text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1) throw new Error(`--${name} wants a number of at least 1`);
  return count;
}
