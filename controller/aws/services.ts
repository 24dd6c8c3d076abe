// One service as raw JSON, both ways: UpdateService replaces nested objects as a whole, with the fields that the SDK
// does not know.
import {
  DescribeServicesCommand,
  type Service,
  UpdateServiceCommand,
  type UpdateServiceCommandInput,
} from "@aws-sdk/client-ecs";
import { isObject, type JsonObject } from "../model/json.ts";
import type { AwsClients } from "./clients.ts";
import { malformed } from "./errors.ts";
import { describeDeployment } from "./inventory.ts";
import { keepRawBody, rawBodyOf, sendRaw } from "./raw-json.ts";

export interface RawService {
  readonly service: JsonObject;
  /** What ECS says of a deployment that has not settled. */
  readonly deploymentInProgress: string | undefined;
}

/** @throws what AWS says, or MalformedAnswer when the answer does not hold the service. */
export async function readRawService(aws: AwsClients, cluster: string, name: string): Promise<RawService> {
  const command = new DescribeServicesCommand({ cluster, services: [name] });
  keepRawBody(command);
  const typed = await aws.ecs.send(command);
  const answer: unknown = JSON.parse(rawBodyOf(typed));
  const services = isObject(answer) && Array.isArray(answer["services"]) ? answer["services"] : [];
  const isIt = (one: { readonly serviceName?: unknown; readonly status?: unknown }): boolean =>
    one.serviceName === name && one.status === "ACTIVE";
  const service = services.filter(isObject).find(isIt);
  if (service === undefined)
    throw malformed("ecs:DescribeServices", `the service ${cluster}/${name}, which was asked for`);
  const deploymentInProgress = describeDeployment(typed.services?.find(isIt) as Service);
  return { service, deploymentInProgress };
}

/** Sends exactly this JSON. Members that are left out stay as they are. */
export async function updateRawService(aws: AwsClients, input: JsonObject): Promise<void> {
  const command = new UpdateServiceCommand(input as unknown as UpdateServiceCommandInput);
  sendRaw(command, input);
  await aws.ecs.send(command);
}
