// Service deployments and revisions: what happened to a service, newest first.
import { AwsError, type Input, type Operation, type Output } from "../../service.ts";
import { failureThreshold, settle } from "./deployments.ts";
import { pageOf } from "./paging.ts";
import {
  type EcsStore,
  type Fields,
  findCluster,
  findService,
  invalid,
  lookUpTaskDefinition,
  type RevisionRecord,
  type ServiceDeploymentRecord,
  type ServiceRecord,
} from "./store.ts";

export function serviceDeploymentOperations(store: EcsStore): Record<string, Operation> {
  return {
    ListServiceDeployments(input, context) {
      const cluster = findCluster(store, input.cluster);
      const service = findService(cluster, input.service);
      settle(store, service, context);
      const { status, createdAt } = input;
      const after = toMilliseconds(createdAt?.after) ?? Number.NEGATIVE_INFINITY;
      const before = toMilliseconds(createdAt?.before) ?? Number.POSITIVE_INFINITY;
      const matching = service.serviceDeployments.filter(
        (item) =>
          (!status?.length || status.includes(item.status)) &&
          item.createdAt >= after &&
          item.createdAt <= before,
      );
      const page = pageOf(matching, (item) => item.arn, input, {
        scope: `service-deployments/${cluster.name}/${service.name}`,
        standard: 20,
        maximum: 100,
      });
      return {
        serviceDeployments: page.items.map((item) => brief(service, item)),
        nextToken: page.nextToken,
      };
    },

    DescribeServiceDeployments(input, context) {
      return describeEach(store, input.serviceDeploymentArns, "serviceDeployments", (service, arn) => {
        settle(store, service, context);
        const found = service.serviceDeployments.find((item) => item.arn === arn);
        return found && describeDeployment(service, found);
      });
    },

    DescribeServiceRevisions(input) {
      return describeEach(store, input.serviceRevisionArns, "serviceRevisions", (service, arn) => {
        const found = service.revisions.get(arn);
        return found && describeRevision(store, service, found);
      });
    },
  };
}

function describeEach(
  store: EcsStore,
  arns: unknown,
  name: string,
  describe: (service: ServiceRecord, arn: string) => Output | undefined,
): Output {
  if (!Array.isArray(arns) || arns.length === 0) throw invalid(`${name} cannot be empty.`);
  if (arns.length > 20) throw invalid(`${name} cannot have more than 20 items.`);
  const found: Output[] = [];
  const failures: Output[] = [];
  for (const arn of arns as string[]) {
    const [, cluster, service] = arn.split("/");
    const held = store.clusters.get(cluster ?? "")?.services.get(service ?? "");
    const item = held && describe(held, arn);
    if (item === undefined) failures.push({ arn, reason: "MISSING" });
    else found.push(item);
  }
  return { [name]: found, failures };
}

function brief(service: ServiceRecord, item: ServiceDeploymentRecord): Output {
  return {
    serviceDeploymentArn: item.arn,
    serviceArn: service.arn,
    clusterArn: service.cluster.arn,
    startedAt: new Date(item.createdAt),
    createdAt: new Date(item.createdAt),
    finishedAt: toDate(item.finishedAt),
    targetServiceRevisionArn: item.target.arn,
    status: item.status,
    statusReason: item.statusReason,
  };
}

function describeDeployment(service: ServiceRecord, item: ServiceDeploymentRecord): Output {
  const configuration = service.fields["deploymentConfiguration"] as Input;
  const over = item.finishedAt !== undefined;
  return {
    ...brief(service, item),
    targetServiceRevisionArn: undefined,
    updatedAt: new Date(item.updatedAt),
    stoppedAt: item.status === "STOPPED" ? toDate(item.finishedAt) : undefined,
    sourceServiceRevisions: item.source === undefined ? [] : [summary(service, item.source)],
    targetServiceRevision: summary(service, item.target),
    deploymentConfiguration: configuration,
    ...(item.rollback === undefined
      ? {}
      : {
          rollback: {
            reason: item.rollback.reason,
            startedAt: new Date(item.rollback.startedAt),
            serviceRevisionArn: item.rollback.revision.arn,
          },
        }),
    deploymentCircuitBreaker: {
      status: breakerStatus(configuration?.deploymentCircuitBreaker?.enable === true, item, over),
      failureCount: item.failureCount,
      threshold: failureThreshold(service),
    },
    alarms:
      configuration?.alarms?.enable === true
        ? {
            status: over ? "MONITORING_COMPLETE" : "MONITORING",
            alarmNames: configuration.alarms.alarmNames,
            triggeredAlarmNames: [],
          }
        : { status: "DISABLED", alarmNames: [], triggeredAlarmNames: [] },
  };
}

function breakerStatus(enabled: boolean, item: ServiceDeploymentRecord, over: boolean): string {
  if (!enabled) return "DISABLED";
  if (item.rollback !== undefined || (item.status === "STOPPED" && item.failureCount > 0)) return "TRIGGERED";
  return over ? "MONITORING_COMPLETE" : "MONITORING";
}

function summary(service: ServiceRecord, revision: RevisionRecord): Output {
  const deployment = service.deployments.find((item) => item.revision === revision);
  const primary = deployment !== undefined && deployment === service.deployments[0];
  return {
    arn: revision.arn,
    requestedTaskCount: primary ? service.desiredCount : 0,
    runningTaskCount: deployment?.running ?? 0,
    pendingTaskCount: deployment?.pending ?? 0,
  };
}

function describeRevision(store: EcsStore, service: ServiceRecord, revision: RevisionRecord): Output {
  const definition = lookUpTaskDefinition(store, revision.taskDefinition ?? "");
  const containers = (definition?.fields["containerDefinitions"] as Input[] | undefined) ?? [];
  const fields = revision.fields as Fields;
  const loadBalancers = (fields["loadBalancers"] as Input[] | undefined) ?? [];
  return {
    serviceRevisionArn: revision.arn,
    serviceArn: service.arn,
    clusterArn: service.cluster.arn,
    taskDefinition: revision.taskDefinition,
    ...fields,
    containerImages: containers.map((container) => ({
      containerName: container.name,
      image: container.image,
    })),
    guardDutyEnabled: false,
    createdAt: new Date(revision.createdAt),
    resolvedConfiguration: {
      loadBalancers: loadBalancers.map((item) => ({ targetGroupArn: item.targetGroupArn })),
    },
  };
}

function toDate(milliseconds: number | undefined): Date | undefined {
  return milliseconds === undefined ? undefined : new Date(milliseconds);
}

function toMilliseconds(timestamp: unknown): number | undefined {
  if (timestamp === undefined) return undefined;
  if (typeof timestamp !== "number")
    throw new AwsError("SerializationException", "a timestamp must be a number of seconds");
  return timestamp * 1000;
}
