// Which revisions a family has, and which of them a service has run: lists only, what is in them is read one by one.
import {
  DescribeServiceRevisionsCommand,
  ListServiceDeploymentsCommand,
  ListTaskDefinitionsCommand,
} from "@aws-sdk/client-ecs";
import type { SettledFact } from "../model/snapshot.ts";
import type { AwsClients } from "./clients.ts";

/** ARNs of a family's newest ACTIVE revisions, newest first; none where all of them are INACTIVE. */
export async function listNewestRevisions(
  aws: AwsClients,
  family: string,
  atMost: number,
): Promise<readonly string[]> {
  const { taskDefinitionArns = [] } = await aws.ecs.send(
    // Despite its name, the prefix is the whole family name.
    new ListTaskDefinitionsCommand({
      familyPrefix: family,
      status: "ACTIVE",
      sort: "DESC",
      maxResults: atMost,
    }),
  );
  return taskDefinitionArns;
}

/** How far back a service's deployments are looked at: as many as one DescribeServiceRevisions takes. */
const deploymentsBack = 20;

/** What a service has rolled out to the end, newest first; the definitions only where there was more than one of them. */
export async function readSettled(
  aws: AwsClients,
  cluster: string,
  service: string,
): Promise<readonly SettledFact[]> {
  const { serviceDeployments = [] } = await aws.ecs.send(
    new ListServiceDeploymentsCommand({
      cluster,
      service,
      status: ["SUCCESSFUL"],
      maxResults: deploymentsBack,
    }),
  );
  const arns = [...new Set(serviceDeployments.flatMap((one) => one.targetServiceRevisionArn ?? []))];
  // Only the current one: there was no other.
  if (arns.length < 2) return arns.map((revision) => ({ revision }));
  const { serviceRevisions = [] } = await aws.ecs.send(
    new DescribeServiceRevisionsCommand({ serviceRevisionArns: arns }),
  );
  const definitions = new Map(serviceRevisions.map((one) => [one.serviceRevisionArn, one.taskDefinition]));
  return arns.map((revision) => {
    const taskDefinition = definitions.get(revision);
    return { revision, ...(taskDefinition === undefined ? {} : { taskDefinition }) };
  });
}

/**
 * ARNs of the task definitions that a service has rolled out to the end, newest first, each once: the current one is
 * among them when it has settled. ECS keeps deployments for 90 days.
 */
export async function readSettledDefinitions(
  aws: AwsClients,
  cluster: string,
  service: string,
): Promise<readonly string[]> {
  const settled = await readSettled(aws, cluster, service);
  return [...new Set(settled.flatMap(({ taskDefinition }) => taskDefinition ?? []))];
}
