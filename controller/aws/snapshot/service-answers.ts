// ECS's and STS's answers out of a snapshot.
import type { JsonObject } from "../../model/json.ts";
import type { DefinitionFact, Fact, Lacking, SnapshotFacts } from "../../model/snapshot.ts";
import { lastPart } from "../inventory.ts";
import { withRawBody } from "../raw-json.ts";
import type { Answers } from "./answers.ts";
import { factOf, notInSnapshot, toError, valueIn } from "./facts.ts";
import { revive } from "./instants.ts";

interface Asked {
  readonly name: string;
  readonly fact: Fact<JsonObject | Lacking> | undefined;
}

export const serviceAnswers: Answers = {
  "ECS.ListClusters": (_input, { clusters }) => ({
    clusterArns: valueIn(clusters, "the list of clusters"),
  }),

  "ECS.DescribeClusters": (input, { clusterDetails }) => {
    const asked = (input.clusters as string[]).map((cluster): Asked => {
      const name = lastPart(cluster);
      return { name, fact: factOf(clusterDetails, name) };
    });
    const { found, failures } = describeAll(asked, "cluster");
    return { clusters: found, failures };
  },

  "ECS.ListServices": (input, { clusterServices }) => {
    const name = lastPart(input.cluster as string);
    return { serviceArns: valueIn(factOf(clusterServices, name), `the services of cluster ${name}`) };
  },

  "ECS.DescribeServices": (input, { services }) => {
    const cluster = lastPart(input.cluster as string);
    const asked = (input.services as string[]).map((service): Asked => {
      const name = lastPart(service);
      return { name, fact: factOf(services, `${cluster}/${name}`) };
    });
    const { found, failures } = describeAll(asked, `service ${cluster}/`);
    return { services: found, failures };
  },

  "ECS.DescribeTaskDefinition": (input, facts) => {
    const arn = input.taskDefinition as string;
    const fact = factOf(facts.taskDefinitions, arn) ?? factOf(facts.formerDefinitions, arn);
    const definition = valueIn<DefinitionFact | "bare">(fact, `the task definition ${arn}`);
    return describeDefinition(definition === "bare" ? bareDefinition(arn) : definition);
  },

  "ECS.ListTagsForResource": (input, { serviceTags }) => {
    const arn = input.resourceArn as string;
    const tags = valueIn(factOf(serviceTags, arn), `the tags of ${arn}, asked for alone`);
    return { tags: Object.entries(tags).map(([key, value]) => ({ key, value })) };
  },

  "ECS.ListServiceDeployments": (input, { settled }) => {
    const key = `${lastPart(input.cluster as string)}/${lastPart(input.service as string)}`;
    const deployments = valueIn(factOf(settled, key), `the past deployments of ${key}`);
    return {
      serviceDeployments: deployments.map(({ revision }) => ({ targetServiceRevisionArn: revision })),
    };
  },

  "ECS.DescribeServiceRevisions": (input, facts) => {
    const index = revisionsOf(facts);
    return {
      serviceRevisions: (input.serviceRevisionArns as string[]).map((serviceRevisionArn) => {
        if (!index.has(serviceRevisionArn)) throw notInSnapshot(`the service revision ${serviceRevisionArn}`);
        return { serviceRevisionArn, taskDefinition: index.get(serviceRevisionArn) };
      }),
    };
  },

  "STS.GetCallerIdentity": (_input, { caller }) => valueIn(caller, "the caller's identity"),
};

/**
 * Some of a batch may be there and some have failed, where a plan cuts its batches otherwise than the snapshot did: then
 * those are left out, as ECS would leave out what it says nothing of.
 */
function describeAll(
  asked: readonly Asked[],
  what: string,
): { readonly found: object[]; readonly failures: object[] } {
  const known = asked.filter(({ fact }) => fact !== undefined && "value" in fact);
  const [first] = asked;
  if (known.length === 0 && first !== undefined) {
    const failed = asked.find(({ fact }) => fact !== undefined)?.fact;
    if (failed !== undefined && "fault" in failed) throw toError(failed.fault);
    throw notInSnapshot(`the ${what.endsWith("/") ? what : `${what} `}${first.name}`);
  }
  const found: object[] = [];
  const failures: object[] = [];
  for (const { name, fact } of known) {
    if (fact === undefined || "fault" in fact || fact.value === "unaccounted") continue;
    if (fact.value === "missing") failures.push({ arn: name, reason: "MISSING" });
    else found.push(revive(fact.value));
  }
  return { found, failures };
}

/** With the body that it would come in: ECS's JSON is read raw (aws/raw-json.ts). */
function describeDefinition({ arn, status, input, tags, registeredBy }: DefinitionFact): object {
  const answer = {
    taskDefinition: {
      ...input,
      taskDefinitionArn: arn,
      status,
      ...(registeredBy === undefined ? {} : { registeredBy }),
    },
    tags: Object.entries(tags).map(([key, value]) => ({ key, value })),
  };
  return withRawBody(answer, JSON.stringify(answer));
}

/** Of what is not known but that nobody's layer is in it, which is all that is asked of it. */
function bareDefinition(arn: string): DefinitionFact {
  const family = lastPart(arn).split(":")[0] ?? "";
  return { arn, status: "ACTIVE", input: { family, containerDefinitions: [] }, tags: {} };
}

const indexes = new WeakMap<SnapshotFacts, ReadonlyMap<string, string | undefined>>();

/** Service revision → task definition. */
function revisionsOf(facts: SnapshotFacts): ReadonlyMap<string, string | undefined> {
  const index =
    indexes.get(facts) ??
    new Map(
      Object.values(facts.settled).flatMap((fact) =>
        "value" in fact
          ? fact.value.map(({ revision, taskDefinition }) => [revision, taskDefinition] as const)
          : [],
      ),
    );
  indexes.set(facts, index);
  return index;
}
