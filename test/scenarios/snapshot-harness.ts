// A plan of the account as it is, and the plan from a snapshot of it: they must be the same bytes, but for when they were made.
import { expect } from "vitest";
import type { Any, Flags, Ran, World } from "./harness.ts";
import { flags } from "./reference-estate.ts";

type Planned = Ran & { readonly json: Any };

/** The plan from a snapshot, in a process that knows no AWS: nothing is asked of the sandbox. */
export async function planFrom(
  world: World,
  file: string,
  policy: string,
  given: Flags = flags,
): Promise<Planned> {
  world.sandbox.control.clearCalls();
  const before = { ...process.env };
  for (const name of Object.keys(process.env)) if (/^(AWS|MACKEREL)_/.test(name)) delete process.env[name];
  try {
    return await world.plan(policy, { ...given, snapshot: file });
  } finally {
    Object.assign(process.env, before);
    expect(world.sandbox.control.calls({})).toEqual([]);
  }
}

/** @returns the plan, as JSON */
export async function expectSame(world: World, policy: string, given: Flags = flags): Promise<Any> {
  // Until the world is left, whose end gives the environment back.
  process.env["ECSMON_SNAPSHOT_KEY"] = "a key of the tests' own";
  const live = await world.plan(policy, given);
  expect(live.json.kind, live.stderr).toBe("Plan");
  const { code, file, stderr } = await world.takeSnapshot();
  expect([code, stderr]).toEqual([0, expect.any(String)]);
  const replayed = await planFrom(world, file, policy, given);
  expect(withoutWhen(replayed.stdout)).toBe(withoutWhen(live.stdout));
  expect(replayed.code).toBe(live.code);
  return live.json;
}

function withoutWhen(stdout: string): string {
  return stdout.replace(/"createdAt": "[^"]*"/, '"createdAt": "then"');
}
