// Task definitions as raw JSON, both ways: the SDK drops fields that it does not know, we must not.
import {
  DescribeTaskDefinitionCommand,
  RegisterTaskDefinitionCommand,
  type RegisterTaskDefinitionCommandInput,
} from "@aws-sdk/client-ecs";
import { isObject, type JsonObject } from "../model/json.ts";
import { toRegisterInput } from "../model/task-definition.ts";
import type { Tags, TaskDefinition } from "../model/workload.ts";
import type { AwsClients } from "./clients.ts";
import { malformed } from "./errors.ts";
import { keepRawBody, rawBodyOf, sendRaw } from "./raw-json.ts";

/**
 * `status` is ACTIVE or INACTIVE: an INACTIVE revision goes on running where it runs, and starts nowhere else.
 * @throws the SDK's error, or MalformedAnswer when the answer holds no task definition.
 */
export async function readTaskDefinition(
  aws: AwsClients,
  arn: string,
): Promise<TaskDefinition & { readonly status: string }> {
  const command = new DescribeTaskDefinitionCommand({ taskDefinition: arn, include: ["TAGS"] });
  keepRawBody(command);
  const answer: unknown = JSON.parse(rawBodyOf(await aws.ecs.send(command)));
  if (!isObject(answer) || !isObject(answer["taskDefinition"]))
    throw malformed("ecs:DescribeTaskDefinition", "a task definition");
  const described = answer["taskDefinition"];
  const input = toRegisterInput(described);
  if (!Array.isArray(input["containerDefinitions"]) || typeof input["family"] !== "string") {
    throw malformed("ecs:DescribeTaskDefinition", "a family and container definitions");
  }
  return {
    arn: typeof described["taskDefinitionArn"] === "string" ? described["taskDefinitionArn"] : arn,
    status: typeof described["status"] === "string" ? described["status"] : "ACTIVE",
    input,
    tags: toTags(answer["tags"]),
    ...(typeof described["registeredBy"] === "string" ? { registeredBy: described["registeredBy"] } : {}),
  };
}

/** Registers exactly this JSON, with these tags; returns the new revision's ARN. */
export async function registerTaskDefinition(
  aws: AwsClients,
  definition: JsonObject,
  tags: Tags = {},
): Promise<string> {
  const list = Object.entries(tags).map(([key, value]) => ({ key, value }));
  // An empty tag list is refused.
  const input = list.length > 0 ? { ...definition, tags: list } : definition;
  const command = new RegisterTaskDefinitionCommand(input as unknown as RegisterTaskDefinitionCommandInput);
  sendRaw(command, input);
  const arn = (await aws.ecs.send(command)).taskDefinition?.taskDefinitionArn;
  if (arn === undefined) throw malformed("ecs:RegisterTaskDefinition", "the new revision's ARN");
  return arn;
}

function toTags(list: unknown): Record<string, string> {
  if (!Array.isArray(list)) return {};
  return Object.fromEntries(
    list.flatMap((tag) =>
      isObject(tag) && typeof tag["key"] === "string" ? [[tag["key"], String(tag["value"] ?? "")]] : [],
    ),
  );
}
