// Reads everything that a plan of any policy, or an audit, may ask of an account: `aws/snapshot/answers.ts` answers from it.
// A read that fails is a fact too, so that the plan says of it what a live one would.
import PQueue from "p-queue";
import type { AwsClients } from "../../aws/clients.ts";
import { type Identity, listClusters, parseArn } from "../../aws/inventory.ts";
import type { RevisionCache } from "../../aws/revision-cache.ts";
import { readFact } from "../../aws/snapshot/facts.ts";
import { readCallerFact } from "../../aws/snapshot/service-reads.ts";
import type { MackerelApi } from "../../mackerel/client.ts";
import type { JsonObject } from "../../model/json.ts";
import type { Emulated, Fact, SnapshotFacts } from "../../model/snapshot.ts";
import { noMemory, type SnapshotMemory } from "./memory.ts";
import { placesOfRules, takeEvents } from "./take-events.ts";
import { takeHistory } from "./take-history.ts";
import { takeRoles } from "./take-roles.ts";
import { confirmPlaces, takeServices } from "./take-services.ts";
import { placesOfSignals, takeSignals } from "./take-signals.ts";
import { takeTargetGroups } from "./take-target-groups.ts";
import { takeTopics } from "./take-topics.ts";

export interface TakeOptions {
  /** Left out: no MACKEREL_APIKEY is set. */
  readonly mackerel?: MackerelApi | undefined;
  /** Revisions that need not be read again. Left out: each is read. */
  readonly revisions?: Pick<RevisionCache, "get" | "set"> | undefined;
  /** Left out: nothing is kept from one to the next. */
  readonly memory?: SnapshotMemory | undefined;
  readonly progress: (what: string, done: number, total: number | undefined) => void;
}

/** What the parts of a snapshot are read with. */
export interface Taking extends TakeOptions {
  readonly aws: AwsClients;
  /** One for all parts: how many reads are under way at once. */
  readonly queue: PQueue;
  readonly memory: SnapshotMemory;
  readonly region: string;
  readonly identity: Identity;
}

const concurrency = 12;
const mayBeEmulated: readonly Emulated[] = ["IAM", "SCHEDULER"];

/** Never throws for what AWS says: that stands in the facts. @throws what the SDK does where no Region is set */
export async function takeSnapshot(aws: AwsClients, options: TakeOptions): Promise<SnapshotFacts> {
  const { mackerel, memory = noMemory } = options;
  const region = await aws.region();
  const [caller, clusters, monitors] = await Promise.all([
    readCallerFact(aws),
    readFact(() => listClusters(aws)),
    mackerel && readFact(() => mackerel.listMonitors()),
  ]);
  const identity = identify(clusters, caller);
  const taking: Taking = { ...options, aws, memory, region, identity, queue: new PQueue({ concurrency }) };
  const listed = "value" in clusters ? clusters.value : [];
  const { described, ...services } = await takeServices(taking, listed);
  const running = { ...services, described };
  const [signals, events, history, targetGroups, roles] = await Promise.all([
    takeSignals(taking, running),
    takeEvents(taking, listed),
    takeHistory(taking, running),
    takeTargetGroups(taking, running),
    takeRoles(taking, running),
  ]);
  const places = [...(await placesOfSignals(signals, region)), ...placesOfRules(events)];
  const [spokenOf, topics] = await Promise.all([
    confirmPlaces(taking, running, places),
    takeTopics(taking, { ...signals, ...events }),
  ]);
  memory.sweep();
  return {
    account: identity.account,
    region,
    emulated: mayBeEmulated.filter((service) => aws.isEmulated(service)),
    caller,
    clusters,
    ...services,
    services: { ...services.services, ...spokenOf.services },
    clusterDetails: { ...spokenOf.clusterDetails, ...services.clusterDetails },
    ...history,
    ...targetGroups,
    ...signals,
    ...events,
    ...topics,
    ...roles,
    ...(monitors && { mackerel: monitors }),
  };
}

/** Every ARN holds the account, as in the inventory. */
function identify(clusters: Fact<readonly string[]>, caller: Fact<JsonObject>): Identity {
  const arn = ("value" in clusters && clusters.value[0]) || ("value" in caller && caller.value["Arn"]);
  return typeof arn === "string" ? parseArn(arn) : { account: "", partition: "aws" };
}
