// Whether a service that is about to get a revision of ours shares its task definition family. Asked only for services
// that a change is planned for: while nothing changes, it costs no call.
import type { AwsClients } from "../aws/clients.ts";
import { attempt, listClusters } from "../aws/inventory.ts";
import { readScheduledTasks, type ScheduledTask } from "../aws/scheduled-tasks.ts";
import type { Reason } from "../core/select.ts";
import { familyOf, findFamilyUsers, findSharing } from "../core/shared-family.ts";
import type { Failure } from "../model/errors.ts";
import { known } from "../model/read.ts";
import type { Inventory, Workload } from "../model/workload.ts";

export type FamilyUse = { readonly hold?: Reason } | { readonly unread: Failure };

/**
 * By `serviceArn`. A service that could not be read may share a family unseen: its tasks stay on the revision that they
 * run, so that alone holds nothing back. A scheduled task takes the latest, so all of them must have been read.
 */
export async function readFamilyUse(
  aws: AwsClients,
  { clusters, workloads, focused }: Inventory,
  changing: readonly Workload[],
): Promise<ReadonlyMap<string, FamilyUse>> {
  if (changing.length === 0 || !clusters.known) return new Map();
  const users = findFamilyUsers(workloads);
  // A task of any cluster runs the latest revision, whatever services a look is focused on.
  const arns = focused
    ? await attempt("ecs:ListClusters", () => listClusters(aws))
    : known(clusters.value.map(({ arn }) => arn));
  const scheduled = arns.known ? await readScheduledTasks(aws, arns.value) : arns;
  return new Map(
    changing.map((workload): [string, FamilyUse] => {
      const { cluster, service, serviceArn, taskDefinitionArn } = workload;
      const family = familyOf(taskDefinitionArn);
      const services = (users.get(family) ?? []).filter((user) => user !== `${cluster}/${service}`);
      if (!scheduled.known) {
        const message = `whether scheduled tasks use family ${family} too is unknown: ${scheduled.failure.message}`;
        return [serviceArn, { unread: { code: scheduled.failure.code, message } }];
      }
      const tasks = scheduled.value.filter(({ taskDefinition }) => familyOf(taskDefinition) === family);
      const [rules, schedules] = [namesOf(tasks, "rule"), namesOf(tasks, "schedule")];
      const hold = findSharing(family, { services, rules, schedules });
      return [serviceArn, hold === undefined ? {} : { hold }];
    }),
  );
}

/** A rule may have several targets of the family. */
function namesOf(tasks: readonly ScheduledTask[], by: ScheduledTask["by"]): string[] {
  return [...new Set(tasks.filter((task) => task.by === by).map(({ name }) => name))];
}
