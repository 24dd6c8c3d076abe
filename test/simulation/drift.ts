// What people do to what the controller looks after: every kind, changed or taken away by hand.
import { placeOfKey } from "../../controller/core/names.ts";
import type { Any } from "../scenarios/harness.ts";
import { type Call, clusters } from "./estate.ts";
import { pick, type Random } from "./random.ts";

type Drift = (call: Call, random: Random) => string;

/** Who finds nothing to change changes nothing. */
const nothing = "nothing there";

const isOurs = (name: string): boolean => name.startsWith("ecsmon");

function chooseOne(random: Random, items: readonly Any[]): Any {
  return items.length === 0 ? undefined : pick(random, items);
}

function listAlarms(call: Call): Any {
  return call("monitoring", "DescribeAlarms", {
    AlarmTypes: ["MetricAlarm", "CompositeAlarm", "LogAlarm"],
    AlarmNamePrefix: "ecsmon/",
    MaxRecords: 100,
  });
}

function ourService(call: Call, random: Random): Any {
  const all = clusters.flatMap((cluster) => {
    const { serviceArns } = call("ecs", "ListServices", { cluster });
    return serviceArns.length === 0
      ? []
      : call("ecs", "DescribeServices", { cluster, services: serviceArns }).services;
  });
  return chooseOne(
    random,
    all.filter(({ serviceName, status }: Any) => serviceName.startsWith("web-") && status === "ACTIVE"),
  );
}

function clusterOf({ clusterArn }: Any): string {
  return placeOfKey(clusterArn.slice(clusterArn.lastIndexOf(":") + 1)).service;
}

export const drifts: Readonly<Record<string, Drift>> = {
  deleteAlarm(call, random) {
    const { CompositeAlarms, MetricAlarms, LogAlarms = [] } = listAlarms(call);
    // Other alarms cannot go before the composite ones that name them.
    const named = CompositeAlarms.map(({ AlarmRule }: Any) => AlarmRule).join();
    const free = [...MetricAlarms, ...LogAlarms].filter(({ AlarmName }) => !named.includes(`"${AlarmName}"`));
    const one = chooseOne(random, [...free, ...CompositeAlarms]);
    if (one === undefined) return nothing;
    call("monitoring", "DeleteAlarms", { AlarmNames: [one.AlarmName] });
    return one.AlarmName;
  },
  changeAlarm(call, random) {
    const one = chooseOne(
      random,
      listAlarms(call).MetricAlarms.filter(({ MetricName }: Any) => MetricName),
    );
    if (one === undefined) return nothing;
    const {
      AlarmName,
      Namespace,
      MetricName,
      Dimensions,
      Statistic,
      Period,
      EvaluationPeriods,
      ComparisonOperator,
    } = one;
    const rest = {
      Namespace,
      MetricName,
      Dimensions,
      Statistic,
      Period,
      EvaluationPeriods,
      ComparisonOperator,
    };
    call("monitoring", "PutMetricAlarm", { AlarmName, ...rest, Threshold: one.Threshold + 1 });
    return AlarmName;
  },
  muteAlarm(call, random) {
    const { CompositeAlarms, MetricAlarms, LogAlarms = [] } = listAlarms(call);
    const one = chooseOne(random, [...CompositeAlarms, ...MetricAlarms, ...LogAlarms]);
    if (one === undefined) return nothing;
    call("monitoring", "DisableAlarmActions", { AlarmNames: [one.AlarmName] });
    return one.AlarmName;
  },
  deleteFilter(call, random) {
    const { metricFilters } = call("logs", "DescribeMetricFilters", {});
    const one = chooseOne(
      random,
      metricFilters.filter(({ filterName }: Any) => isOurs(filterName)),
    );
    if (one === undefined) return nothing;
    call("logs", "DeleteMetricFilter", { logGroupName: one.logGroupName, filterName: one.filterName });
    return one.filterName;
  },
  changeFilter(call, random) {
    const { metricFilters } = call("logs", "DescribeMetricFilters", {});
    const one = chooseOne(
      random,
      metricFilters.filter(({ filterName }: Any) => isOurs(filterName)),
    );
    if (one === undefined) return nothing;
    const { logGroupName, filterName, metricTransformations } = one;
    call("logs", "PutMetricFilter", {
      logGroupName,
      filterName,
      metricTransformations,
      filterPattern: "changed",
    });
    return filterName;
  },
  changeRetention(call, random) {
    const one = ourGroup(call, random);
    if (one === undefined) return nothing;
    call("logs", "PutRetentionPolicy", {
      logGroupName: one.logGroupName,
      retentionInDays: pick(random, [1, 90, 365]),
    });
    return one.logGroupName;
  },
  dropRetention(call, random) {
    const one = ourGroup(call, random);
    if (one === undefined) return nothing;
    call("logs", "DeleteRetentionPolicy", { logGroupName: one.logGroupName });
    return one.logGroupName;
  },
  deleteLogGroup(call, random) {
    const one = ourGroup(call, random);
    if (one === undefined) return nothing;
    call("logs", "DeleteLogGroup", { logGroupName: one.logGroupName });
    return one.logGroupName;
  },
  deleteQuery(call, random) {
    const one = ourQuery(call, random);
    if (one === undefined) return nothing;
    call("logs", "DeleteQueryDefinition", { queryDefinitionId: one.queryDefinitionId });
    return one.name;
  },
  changeQuery(call, random) {
    const one = ourQuery(call, random);
    if (one === undefined) return nothing;
    const { name, queryDefinitionId, logGroupNames } = one;
    call("logs", "PutQueryDefinition", {
      name,
      queryDefinitionId,
      logGroupNames,
      queryString: "fields @timestamp",
    });
    return name;
  },
  deleteDashboard(call, random) {
    const one = ourDashboard(call, random);
    if (one === undefined) return nothing;
    call("monitoring", "DeleteDashboards", { DashboardNames: [one.DashboardName] });
    return one.DashboardName;
  },
  deleteRule(call, random) {
    const one = ourRule(call, random);
    if (one === undefined) return nothing;
    const { Targets } = call("events", "ListTargetsByRule", { Rule: one.Name });
    if (Targets.length > 0)
      call("events", "RemoveTargets", { Rule: one.Name, Ids: Targets.map(({ Id }: Any) => Id) });
    call("events", "DeleteRule", { Name: one.Name });
    return one.Name;
  },
  disableRule(call, random) {
    const one = ourRule(call, random);
    if (one === undefined) return nothing;
    call("events", "DisableRule", { Name: one.Name });
    return one.Name;
  },
  changeTargetGroup(call, random) {
    const { TargetGroups } = call("elasticloadbalancing", "DescribeTargetGroups", {});
    const { TargetGroupArn, TargetGroupName } = pick<Any>(random, TargetGroups);
    const HealthCheckPath = `/by-hand-${Math.floor(random() * 100)}`;
    call("elasticloadbalancing", "ModifyTargetGroup", { TargetGroupArn, HealthCheckPath });
    return TargetGroupName;
  },
  changeCluster(call, random) {
    const cluster = pick(random, clusters);
    const settings = [{ name: "containerInsights", value: "disabled" }];
    call("ecs", "UpdateClusterSettings", { cluster, settings });
    return cluster;
  },
  changeService(call, random) {
    const one = ourService(call, random);
    if (one === undefined) return nothing;
    const deploymentConfiguration = { deploymentCircuitBreaker: { enable: false, rollback: false } };
    call("ecs", "UpdateService", {
      cluster: clusterOf(one),
      service: one.serviceName,
      deploymentConfiguration,
    });
    return one.serviceName;
  },
  scaleService(call, random) {
    const one = ourService(call, random);
    if (one === undefined) return nothing;
    call("ecs", "UpdateService", {
      cluster: clusterOf(one),
      service: one.serviceName,
      desiredCount: pick(random, [0, 1, 3]),
    });
    return one.serviceName;
  },
};

function ourGroup(call: Call, random: Random): Any {
  const { logGroups } = call("logs", "DescribeLogGroups", {});
  return chooseOne(
    random,
    logGroups.filter(({ logGroupName }: Any) => /web-\d$/.test(logGroupName)),
  );
}

function ourQuery(call: Call, random: Random): Any {
  const { queryDefinitions } = call("logs", "DescribeQueryDefinitions", {});
  return chooseOne(
    random,
    queryDefinitions.filter(({ name }: Any) => isOurs(name)),
  );
}

function ourDashboard(call: Call, random: Random): Any {
  const { DashboardEntries } = call("monitoring", "ListDashboards", {});
  return chooseOne(
    random,
    DashboardEntries.filter(({ DashboardName }: Any) => isOurs(DashboardName)),
  );
}

function ourRule(call: Call, random: Random): Any {
  const { Rules } = call("events", "ListRules", {});
  return chooseOne(
    random,
    Rules.filter(({ Name }: Any) => isOurs(Name)),
  );
}
