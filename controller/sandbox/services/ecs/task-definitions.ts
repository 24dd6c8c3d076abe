// Task definition operations: families of revisions, whose numbers are never used twice.
import type { Input, Operation, OperationContext, Output } from "../../service.ts";
import { pageOf } from "./paging.ts";
import {
  clientError,
  type EcsStore,
  ecsArn,
  includes,
  invalid,
  lookUpTaskDefinition,
  readTags,
  type TaskDefinitionRecord,
} from "./store.ts";
import { checkTaskDefinition, runsOnFargate } from "./task-definition-check.ts";
import { compatibilities, requiredAttributes, withDefaults } from "./task-definition-defaults.ts";

const LIMIT_BYTES = 64 * 1024;

export function taskDefinitionOperations(store: EcsStore): Record<string, Operation> {
  return {
    RegisterTaskDefinition: (input, context) => register(store, input, context),

    DescribeTaskDefinition(input) {
      const found = find(store, input.taskDefinition);
      return { taskDefinition: describe(found), ...(includes(input, "TAGS") ? { tags: found.tags } : {}) };
    },

    DeregisterTaskDefinition(input, context) {
      const reference = input.taskDefinition;
      if (typeof reference === "string" && !/:\d+$/.test(reference))
        throw invalid("The revision must be given: family:revision or the full ARN.");
      const found = find(store, reference);
      if (found.status === "ACTIVE") {
        found.status = "INACTIVE";
        found.fields["deregisteredAt"] = new Date(context.now());
      }
      return { taskDefinition: describe(found) };
    },

    DeleteTaskDefinitions(input, context) {
      const references = input.taskDefinitions;
      if (!Array.isArray(references) || references.length === 0)
        throw invalid("taskDefinitions cannot be empty.");
      if (references.length > 10) throw invalid("taskDefinitions cannot have more than 10 items.");
      const taskDefinitions: Output[] = [];
      const failures: Output[] = [];
      for (const reference of references as string[]) {
        const found = lookUpTaskDefinition(store, reference);
        if (found === undefined) {
          failures.push({ arn: reference, reason: "The specified task definition identifier is invalid." });
        } else if (found.status === "ACTIVE") {
          failures.push({
            arn: found.arn,
            reason:
              "The specified task definition is still in ACTIVE status. Please deregister the target and try again.",
          });
        } else {
          found.status = "DELETE_IN_PROGRESS";
          found.fields["deleteRequestedAt"] = new Date(context.now());
          taskDefinitions.push(describe(found));
        }
      }
      return { taskDefinitions, failures };
    },

    ListTaskDefinitions(input) {
      const status = input.status ?? "ACTIVE";
      const arns: string[] = [];
      for (const family of [...store.families.keys()].sort()) {
        // Despite its name, the prefix is the whole family name.
        if (input.familyPrefix !== undefined && family !== input.familyPrefix) continue;
        for (const definition of store.families.get(family) ?? [])
          if (definition.status === status) arns.push(definition.arn);
      }
      if (input.sort === "DESC") arns.reverse();
      const page = pageOf(arns, (arn) => arn, input, {
        scope: `task-definitions/${input.sort ?? "ASC"}/${status}`,
        standard: 100,
        maximum: 100,
      });
      return { taskDefinitionArns: page.items, nextToken: page.nextToken };
    },

    ListTaskDefinitionFamilies(input) {
      const status = input.status ?? "ACTIVE";
      const families = [...store.families]
        .filter(([family, revisions]) => {
          if (!family.startsWith(input.familyPrefix ?? "")) return false;
          if (status === "ALL") return true;
          const active = revisions.some((definition) => definition.status === "ACTIVE");
          return active === (status === "ACTIVE");
        })
        .map(([family]) => family)
        .sort();
      const page = pageOf(families, (family) => family, input, {
        scope: `families/${status}`,
        standard: 100,
        maximum: 100,
      });
      return { families: page.items, nextToken: page.nextToken };
    },
  };
}

function register(store: EcsStore, input: Input, context: OperationContext): Output {
  const { family, tags, ...given } = input;
  if (typeof family !== "string" || !/^[A-Za-z0-9_-]{1,255}$/.test(family))
    throw clientError(
      "Family contains invalid characters. It may contain only letters, numbers, hyphens, and underscores, and at most 255 of them.",
    );
  if (Array.isArray(tags) && tags.length === 0) throw clientError("Tags can not be empty.");
  const fields = withDefaults(given);
  checkTaskDefinition(fields);
  const bytes = Buffer.byteLength(JSON.stringify({ family, ...given }));
  if (bytes > LIMIT_BYTES)
    throw clientError(`Task definition size must not exceed 64 KiB. It is ${bytes} bytes.`);

  const revisions = store.families.get(family) ?? [];
  store.families.set(family, revisions);
  const revision = revisions.length + 1;
  const definition: TaskDefinitionRecord = {
    arn: ecsArn(context, `task-definition/${family}:${revision}`),
    family,
    revision,
    status: "ACTIVE",
    fields: {
      ...fields,
      requiresAttributes: requiredAttributes(fields),
      compatibilities: compatibilities(fields, runsOnFargate(fields)),
      registeredAt: new Date(context.now()),
      registeredBy: `arn:aws:iam::${context.account}:user/sandbox`,
    },
    tags: readTags(tags),
  };
  revisions.push(definition);
  return {
    taskDefinition: describe(definition),
    ...(definition.tags.length > 0 ? { tags: definition.tags } : {}),
  };
}

function find(store: EcsStore, reference: unknown): TaskDefinitionRecord {
  if (typeof reference !== "string" || reference === "") throw invalid("Task definition cannot be empty.");
  const found = lookUpTaskDefinition(store, reference);
  if (found === undefined) throw clientError("Unable to describe task definition.");
  return found;
}

function describe(definition: TaskDefinitionRecord): Output {
  const { containerDefinitions, ...rest } = definition.fields;
  return {
    taskDefinitionArn: definition.arn,
    containerDefinitions,
    family: definition.family,
    revision: definition.revision,
    status: definition.status,
    ...rest,
  };
}
