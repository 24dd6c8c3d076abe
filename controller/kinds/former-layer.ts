// Whether our layer ran on a service before, and somebody's deployment has taken it off. It is read from what ECS knows
// of the past, not from a mark of ours: tools that keep a service's tags as their file has them would drop that.
import type { AwsClients } from "../aws/clients.ts";
import { readSettledDefinitions } from "../aws/revisions.ts";
import { readTaskDefinition } from "../aws/task-definitions.ts";
import { hasLayer } from "../core/layer.ts";
import { recordKey } from "../core/record.ts";
import { readRevision } from "../core/rollout.ts";
import { stalledField } from "../core/stall-mark.ts";
import type { Tags } from "../model/workload.ts";

export interface FormerLayerQuestion {
  readonly cluster: string;
  readonly service: string;
  /** The revision that runs now, without our layer. */
  readonly taskDefinitionArn: string;
  /** Tags of the service. */
  readonly tags: Tags;
}

/** How many revisions that ran before the current one are looked into. */
const definitionsBack = 3;

/** The revision before the current one tells at once for most; builds that register more of them need the history. */
export async function hadLayer(
  aws: AwsClients,
  question: FormerLayerQuestion,
  owner: string,
): Promise<boolean> {
  const { cluster, service, taskDefinitionArn: current, tags } = question;
  // A layer that failed to roll out is in the family too, but has never run as it should.
  const hasFailed = tags[recordKey(owner, stalledField)] !== undefined;
  const { family, number } = readRevision(current);
  if (!hasFailed && number > 1 && (await carriesLayer(aws, `${family}:${number - 1}`, owner))) return true;
  try {
    const settled = await readSettledDefinitions(aws, cluster, service);
    const former = settled.filter((arn) => arn !== current).slice(0, definitionsBack);
    for (const arn of former) if (await carriesLayer(aws, arn, owner)) return true;
    return false;
  } catch {
    // The history cannot be read (not allowed, or an emulator without it): then the window decides.
    return false;
  }
}

async function carriesLayer(aws: AwsClients, arn: string, owner: string): Promise<boolean> {
  try {
    return hasLayer((await readTaskDefinition(aws, arn)).input, owner);
  } catch {
    // Deleted, or not to be read.
    return false;
  }
}
