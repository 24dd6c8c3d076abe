// How the service is doing just now: whether its tasks fail, and whether they end again and again without anybody noticing.
import type { ServiceFacts, ServiceLife } from "../../model/audit-facts.ts";
import { fine, found, type Verdict } from "./verdicts.ts";

/** Of a daemon a task starts with each instance that comes: how often says nothing. */
export function judgeLife(facts: ServiceFacts): Verdict[] {
  const { life } = facts;
  return [judgeTrouble(life), ...(life.schedulingStrategy === "DAEMON" ? [] : [judgeRestarts(facts)])];
}

/** Fewer of them are an accident. */
const many = 3;

function judgeTrouble({ deploymentFailed, cannotStart, failedTasks, troubles }: ServiceLife): Verdict {
  const code = "TasksFailing";
  if (deploymentFailed !== undefined) return found(code, `the last deployment failed: ${deploymentFailed}`);
  if (cannotStart !== undefined) return found(code, `ECS cannot start tasks: ${cannotStart}`);
  if (failedTasks >= many) return found(code, `${failedTasks} tasks of the current deployment failed`);
  return troubles.length < many
    ? fine(code)
    : found(code, `ECS told of ${troubles.length} failures in 24 hours, last: ${troubles[0]}`);
}

/** Where instances come and go, tasks go with them: every one of them must have gone that often. */
const manyWithHosts = 10;

function judgeRestarts({
  workload: { desiredCount },
  life: { restarts, losesHosts },
}: ServiceFacts): Verdict {
  const code = "TasksRestarting";
  const enough = losesHosts ? Math.max(manyWithHosts, many * desiredCount) : many;
  if (restarts === undefined || restarts.least < enough) return fine(code);
  const { least, hours } = restarts;
  return found(
    code,
    `at least ${least} tasks ended by themselves or were replaced as unhealthy in ${hours === 1 ? "an hour" : `${hours} hours`}`,
  );
}
