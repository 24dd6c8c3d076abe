// No second revision of the same content: a run that ended between register and update has left one like ours.
import type { AwsClients } from "../aws/clients.ts";
import { listNewestRevisions } from "../aws/revisions.ts";
import { readTaskDefinition, registerTaskDefinition } from "../aws/task-definitions.ts";
import { canonicalTaskDefinition } from "../core/layer.ts";
import { readRevision } from "../core/rollout.ts";
import { type JsonObject, jsonEqual } from "../model/json.ts";
import type { Tags } from "../model/workload.ts";

/** Others may have registered some since; what lies further back is not worth the reads. */
const revisionsBack = 5;

/** ARN of an ACTIVE revision of this content, later than `from`: one that is there, or a new one with these tags. */
export async function findOrRegister(
  aws: AwsClients,
  input: JsonObject,
  tags: Tags,
  from: string,
): Promise<string> {
  const content = canonicalTaskDefinition(input);
  const { number } = readRevision(from);
  const newest = await listNewestRevisions(aws, String(input["family"]), revisionsBack);
  for (const arn of newest.filter((one) => readRevision(one).number > number)) {
    const { input: there } = await readTaskDefinition(aws, arn);
    if (jsonEqual(canonicalTaskDefinition(there), content)) return arn;
  }
  return registerTaskDefinition(aws, input, tags);
}
