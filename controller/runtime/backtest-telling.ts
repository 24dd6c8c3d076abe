// Whom the new and changed alarms and rules of a plan would tell: topics that would not hear it, and people whom somebody
// else's alarms tell already.
import type { AwsClients } from "../aws/clients.ts";
import { readTellingAlarms } from "../aws/telling-alarms.ts";
import { readTopics } from "../aws/topics.ts";
import { warnOfDoubles } from "../core/backtest/double-paging.ts";
import type { PlannedAlarm } from "../core/backtest/plan-alarms.ts";
import { findTellers, warnOfTopics } from "../core/backtest/topic-warnings.ts";
import { warnOfUnread } from "../core/backtest/warnings.ts";
import { parseOwnedName } from "../core/names.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Plan } from "../model/plan.ts";

export async function lookAtTelling(
  aws: AwsClients,
  plan: Plan,
  alarms: readonly PlannedAlarm[],
): Promise<Diagnostic[]> {
  const { account, region } = plan.metadata;
  const tellers = findTellers(alarms, plan);
  const told = tellers.flatMap((teller) => teller.told);
  const topics = await readTopics(aws, told, { account, region });
  return [...(await findDoubles(aws, plan, alarms)), ...warnOfTopics(tellers, topics)];
}

async function findDoubles(
  aws: AwsClients,
  { metadata: { account, owner } }: Plan,
  alarms: readonly PlannedAlarm[],
): Promise<Diagnostic[]> {
  if (alarms.every(({ facts }) => facts.metrics.length === 0)) return [];
  const standing = await readTellingAlarms(aws, (name) => parseOwnedName(owner, name) !== undefined);
  if (!standing.known) return [warnOfUnread("alarms of others", [], standing.failure)];
  return warnOfDoubles(alarms, standing.value, account);
}
