// What is remembered in tags of a service: that our layer failed to roll out (`stalled`), and how often it was put back
// after somebody's deployment had taken it off (`relayered`). They go when no policy wants our layer there any more. And
// that the layer is to be retained: a mark in the definition itself would redeploy.
import { TagResourceCommand, UntagResourceCommand } from "@aws-sdk/client-ecs";
import type { AwsClients } from "../aws/clients.ts";
import { layerRetainField, type MarkOverlay } from "../core/deletion-policy.ts";
import { recordKey } from "../core/record.ts";
import { relayeredField } from "../core/relayering.ts";
import type { Reason } from "../core/select.ts";
import { stalledField } from "../core/stall-mark.ts";
import type { Tags, Workload } from "../model/workload.ts";

/** Keys of our marks that the service carries. */
export function findMarks(tags: Tags, owner: string): string[] {
  return [stalledField, relayeredField, layerRetainField]
    .map((field) => recordKey(owner, field))
    .filter((key) => tags[key] !== undefined);
}

/** ECS tags services by their long ARN only: `service/CLUSTER/NAME`, not `service/NAME`. `so`: what follows. */
export function findUntaggable({ serviceArn }: Workload, so: string): Reason | undefined {
  if (!/:service\/[^/]+$/.test(serviceArn)) return undefined;
  const message = `the service has the short ARN of old, ${serviceArn}, which takes no tags, so ${so}; make the service anew to get the long one`;
  return { code: "NotTaggable", message };
}

export async function layMark(aws: AwsClients, serviceArn: string, { lay }: MarkOverlay): Promise<void> {
  const tags = Object.entries(lay).map(([key, value]) => ({ key, value }));
  if (tags.length > 0) await aws.ecs.send(new TagResourceCommand({ resourceArn: serviceArn, tags }));
}

export async function dropMarks(
  aws: AwsClients,
  { serviceArn, marks }: { readonly serviceArn: string; readonly marks: readonly string[] },
): Promise<void> {
  if (marks.length === 0) return;
  await aws.ecs.send(new UntagResourceCommand({ resourceArn: serviceArn, tagKeys: [...marks] }));
}
