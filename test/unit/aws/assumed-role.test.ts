// A role's credentials are asked for once, before they run out, and by one call however many clients want them.
import { AssumeRoleCommand, type STSClient } from "@aws-sdk/client-sts";
import { expect, test } from "vitest";
import { assumeRole } from "../../../controller/aws/assumed-role.ts";

const role = { arn: "arn:aws:iam::222222222222:role/ecsmon", externalId: "x" };
const hour = 3_600_000;

function scene(answer: (call: number, now: number) => unknown = (_, now) => credentials(now + hour)) {
  const inputs: unknown[] = [];
  const clock = { now: Date.UTC(2026, 10, 22) };
  const sts = {
    send: async (command: AssumeRoleCommand) => {
      expect(command).toBeInstanceOf(AssumeRoleCommand);
      inputs.push(command.input);
      return answer(inputs.length, clock.now);
    },
  } as unknown as STSClient;
  return {
    inputs,
    clock,
    provide: assumeRole(
      () => sts,
      role,
      () => clock.now,
    ),
  };
}

function credentials(until: number): unknown {
  const Expiration = new Date(until);
  return { Credentials: { AccessKeyId: "A", SecretAccessKey: "S", SessionToken: "T", Expiration } };
}

test("one call for all who ask, with the external id", async () => {
  const { inputs, clock, provide } = scene();
  const [first, second] = await Promise.all([provide(), provide()]);
  expect(second).toBe(first);
  expect(first).toEqual({
    accessKeyId: "A",
    secretAccessKey: "S",
    sessionToken: "T",
    expiration: new Date(clock.now + hour),
  });
  expect(inputs).toEqual([{ RoleArn: role.arn, RoleSessionName: "ecsmon", ExternalId: "x" }]);
});

test("they are asked for again before they expire", async () => {
  const { inputs, clock, provide } = scene();
  await provide();
  clock.now += hour - 6 * 60_000;
  await provide();
  expect(inputs).toHaveLength(1);
  clock.now += 60_000;
  expect((await provide()).expiration.getTime()).toBe(clock.now + hour);
  expect(inputs).toHaveLength(2);
});

test("a failure to renew them is none while they hold; afterwards it is, and the next call asks again", async () => {
  let fails = true;
  const { clock, provide } = scene((call, now) => {
    if (call > 1 && fails) throw Object.assign(new Error("no"), { name: "AccessDenied" });
    return credentials(now + hour);
  });
  await provide();
  clock.now += hour - 60_000;
  await expect(provide()).resolves.toMatchObject({ accessKeyId: "A" });
  clock.now += 60_000;
  await expect(provide()).rejects.toMatchObject({ code: "AccessDenied", remedy: "stall" });
  fails = false;
  await expect(provide()).resolves.toMatchObject({ expiration: new Date(clock.now + hour) });
});

test("a refusal names the role; an answer without credentials is none", async () => {
  const refused = scene(() => {
    throw Object.assign(new Error("not authorized"), { name: "AccessDenied" });
  });
  await expect(refused.provide()).rejects.toThrow(/sts:AssumeRole of arn:aws:iam::222222222222:role\/ecsmon/);
  await expect(scene(() => ({})).provide()).rejects.toMatchObject({ code: "MalformedAnswer" });
});
