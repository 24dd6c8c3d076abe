// Tags of clusters, services, task definitions and tasks, by ARN.
import { AwsError, type Operation, type TaggedResource } from "../../service.ts";
import { type EcsStore, invalid, lookUpTaskDefinition, readTags, type Tag } from "./store.ts";

interface Tagged {
  tags: Tag[];
}

export function tagOperations(store: EcsStore): Record<string, Operation> {
  return {
    TagResource(input) {
      const resource = find(store, input.resourceArn);
      if (!Array.isArray(input.tags) || input.tags.length === 0) throw invalid("Tags cannot be empty.");
      resource.tags = readTags(input.tags, resource.tags);
      return {};
    },
    UntagResource(input) {
      const resource = find(store, input.resourceArn);
      if (!Array.isArray(input.tagKeys) || input.tagKeys.length === 0)
        throw invalid("Tag keys cannot be empty.");
      resource.tags = resource.tags.filter((tag) => !input.tagKeys.includes(tag.key));
      return {};
    },
    ListTagsForResource: (input) => ({ tags: find(store, input.resourceArn).tags }),
  };
}

function find(store: EcsStore, arn: unknown): Tagged {
  const match = /^arn:aws[a-z-]*:ecs:[^:]*:[^:]*:([a-z-]+)\/(.+)$/.exec(String(arn));
  const [, type, path = ""] = match ?? [];
  const [first = "", second] = path.split("/");
  if (type === "cluster") {
    const cluster = store.clusters.get(first);
    if (cluster?.status !== "ACTIVE") throw new AwsError("ClusterNotFoundException", "Cluster not found.");
    return cluster;
  }
  if (type === "service" && second === undefined)
    throw invalid(
      "Long arn format must be used for tagging operations. Please opt in to the long arn format and retry.",
    );
  if (type === "service" || type === "task") {
    const cluster = store.clusters.get(first);
    if (cluster === undefined) throw new AwsError("ClusterNotFoundException", "Cluster not found.");
    const held = type === "task" ? cluster.tasks.get(second ?? "") : cluster.services.get(second ?? "");
    if (held === undefined) throw invalid(`The specified ${type} was not found.`);
    if (type === "service" && "status" in held && held.status === "INACTIVE")
      throw invalid("The specified service is inactive. Specify an active service and try again.");
    return held;
  }
  if (type === "task-definition") {
    const definition = path.includes(":") ? lookUpTaskDefinition(store, path) : undefined;
    if (definition === undefined)
      throw invalid("The specified task definition was not found. Specify a valid task definition.");
    if (definition.status !== "ACTIVE")
      throw invalid(
        "The specified task definition is inactive. Specify an active task definition and try again.",
      );
    return definition;
  }
  throw invalid(`Invalid resource ARN '${arn}'.`);
}

export function taggedEcsResources(store: EcsStore): TaggedResource[] {
  const found: TaggedResource[] = [];
  const add = (arn: string, type: string, tags: readonly Tag[]): void => {
    if (tags.length > 0)
      found.push({ arn, type, tags: Object.fromEntries(tags.map((tag) => [tag.key, tag.value ?? ""])) });
  };
  for (const cluster of store.clusters.values()) {
    if (cluster.status === "ACTIVE") add(cluster.arn, "ecs:cluster", cluster.tags);
    for (const service of cluster.services.values())
      if (service.status !== "INACTIVE") add(service.arn, "ecs:service", service.tags);
    for (const task of cluster.tasks.values())
      if (task.stopped === undefined) add(task.arn, "ecs:task", task.tags);
  }
  for (const revisions of store.families.values())
    for (const definition of revisions)
      if (definition.status === "ACTIVE") add(definition.arn, "ecs:task-definition", definition.tags);
  return found;
}
