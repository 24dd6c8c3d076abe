// The part of a snapshot that tells what the roles of tasks may do, where IAM can be asked.
import { readFact } from "../../aws/snapshot/facts.ts";
import { readRoleActions } from "../../aws/snapshot/role-reads.ts";
import type { Fact, SnapshotFacts } from "../../model/snapshot.ts";
import { breathing } from "../breathe.ts";
import type { Running } from "./take-services.ts";
import type { Taking } from "./take-snapshot.ts";

type Roles = Pick<SnapshotFacts, "roleActions">;

export async function takeRoles(taking: Taking, { taskDefinitions }: Running): Promise<Roles> {
  const { aws, queue, memory, progress } = taking;
  if (aws.isEmulated("IAM")) return { roleActions: {} };
  const named = new Set<unknown>();
  for await (const fact of breathing(Object.values(taskDefinitions)))
    if ("value" in fact)
      for (const role of [fact.value.input["executionRoleArn"], fact.value.input["taskRoleArn"]])
        named.add(role);
  const isArn = (role: unknown): role is string => typeof role === "string" && role.startsWith("arn:");
  const roles = [...named].filter(isArn).sort();
  const roleActions: Record<string, Fact<readonly string[]>> = {};
  let refusal: Fact<never> | undefined;
  let done = 0;
  await queue.addAll(
    roles.map((role) => async () => {
      // One refusal says that of the others too; each would cost as much.
      const fact =
        refusal ??
        (await memory.recall(`role ${role}`, "", () => readFact(() => readRoleActions(aws, role))));
      if ("fault" in fact && fact.fault.name !== "NoSuchEntityException") refusal ??= fact;
      roleActions[role] = fact;
      done += 1;
      progress("roles of tasks", done, roles.length);
    }),
  );
  return { roleActions };
}
