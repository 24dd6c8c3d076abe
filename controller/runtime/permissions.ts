// The least IAM policy for given policies, from the lists of the kinds. What a plan reads is the same whatever the
// policies say: what nobody wants any more must be found too.
import type { PolicySet } from "../api/policy.ts";
import type { PolicySpec } from "../api/schema.ts";
import { parseTemplate } from "../api/template.ts";
import { auditReads } from "../aws/audit-reads.ts";
import { inventoryReads } from "../aws/inventory.ts";
import { selectWorkloads } from "../core/select.ts";
import { kinds } from "../kinds/index.ts";
import type { Kind } from "../kinds/kind.ts";
import { compareText } from "../model/json.ts";
import { known } from "../model/read.ts";
import type { Inventory, Workload } from "../model/workload.ts";
import { backtestReads } from "./backtest-reads.ts";
import { snapshotReads } from "./snapshot/reads.ts";

export interface Statement {
  readonly Sid: string;
  readonly Effect: "Allow";
  readonly Action: readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

export interface IamPolicy {
  readonly Version: "2012-10-17";
  readonly Statement: readonly Statement[];
}

export const noPolicy: IamPolicy = { Version: "2012-10-17", Statement: [] };

/** `policies` undefined: for whatever policies may ask. */
export function leastPolicy(policies: PolicySet | undefined, owner: string): IamPolicy {
  const used = policies === undefined ? kinds : findUsedKinds(policies, owner);
  const reads = unique([...inventoryReads, ...kinds.flatMap((kind) => kind.reads)]);
  const writes = unique(used.flatMap((kind) => kind.writes)).filter((action) => !reads.includes(action));
  const byResource = new Map<string, string[]>();
  for (const action of writes.filter((one) => one !== passRole)) {
    const key = resourcesOf(action, owner).join(" ");
    byResource.set(key, [...(byResource.get(key) ?? []), action]);
  }
  const passing = used.flatMap((kind) => passedTo[kind.name] ?? []);
  return {
    Version: "2012-10-17",
    Statement: [
      { Sid: "Read", Effect: "Allow", Action: reads, Resource: "*" },
      ...[...byResource]
        .sort(([a], [b]) => compareText(a, b))
        .map(([key, Action], index): Statement => {
          const resources = key.split(" ");
          const Resource = resources.length === 1 ? (resources[0] as string) : resources;
          return { Sid: `Write${index + 1}`, Effect: "Allow", Action, Resource };
        }),
      ...passing.map(({ sid, service, roles }): Statement => {
        const Resource = roles(policies);
        const Condition = { StringEquals: { "iam:PassedToService": [service] } };
        return { Sid: sid, Effect: "Allow", Action: [passRole], Resource, Condition };
      }),
    ],
  };
}

/** The same, and what `plan --backtest` reads beside: each of these takes no narrower resource, or any topic's. */
export function allowBacktest(policy: IamPolicy): IamPolicy {
  return allowReads(policy, "Backtest", backtestReads);
}

/** The same, and what a snapshot reads beside. */
export function allowSnapshot(policy: IamPolicy): IamPolicy {
  return allowReads(policy, "Snapshot", snapshotReads);
}

/** The same, and what `ecsmon audit` reads beside. */
export function allowAudit(policy: IamPolicy): IamPolicy {
  return allowReads(policy, "Audit", auditReads);
}

function allowReads(policy: IamPolicy, Sid: string, reads: readonly string[]): IamPolicy {
  const given = new Set(
    policy.Statement.filter(({ Resource }) => Resource === "*").flatMap(({ Action }) => Action),
  );
  const Action = unique(reads).filter((action) => !given.has(action));
  if (Action.length === 0) return policy;
  const statement: Statement = { Sid, Effect: "Allow", Action, Resource: "*" };
  return { ...policy, Statement: [...policy.Statement, statement] };
}

const passRole = "iam:PassRole";

interface Passing {
  readonly sid: string;
  readonly service: string;
  roles(policies: PolicySet | undefined): string | readonly string[];
}

const anyRole = "arn:*:iam::*:role/*";

/** What takes the roles that a kind hands over, and which those are. */
const passedTo: Readonly<Record<string, Passing>> = {
  // Task definitions name them, not policies: whose they are is the account's to say, who may narrow this.
  TaskDefinition: { sid: "PassTaskRoles", service: "ecs-tasks.amazonaws.com", roles: () => anyRole },
  LogAlarm: { sid: "PassQueryRoles", service: "logs.amazonaws.com", roles: findQueryRoles },
};

/** The `roleArn` of every alarm on a query; what a template fills in may be anything. */
function findQueryRoles(policies: PolicySet | undefined): string | readonly string[] {
  const specs = (policies?.policies ?? []).flatMap(({ spec }) => [spec, ...(spec.overrides ?? [])]);
  const roles = specs
    .flatMap(({ queries }) => queries ?? [])
    .flatMap(({ alarm }) => alarm?.roleArn ?? [])
    .map((role) =>
      parseTemplate(role)
        .parts.map((part) => ("literal" in part ? part.literal : "*"))
        .join(""),
    );
  const [first, ...more] = unique(roles.map((role) => (role.startsWith("arn:") ? role : anyRole)));
  if (first === undefined) return anyRole;
  return more.length === 0 ? first : [first, ...more];
}

/** What an action can be narrowed to (AWS service authorization reference); all else takes no resource. */
function resourcesOf(action: string, owner: string): readonly string[] {
  const narrowed: Readonly<Record<string, readonly string[]>> = {
    "cloudwatch:PutMetricAlarm": [`arn:*:cloudwatch:*:*:alarm:${owner}/*`],
    "cloudwatch:PutLogAlarm": [`arn:*:cloudwatch:*:*:alarm:${owner}/*`],
    "cloudwatch:DeleteAlarms": [`arn:*:cloudwatch:*:*:alarm:${owner}/*`],
    "cloudwatch:PutDashboard": [`arn:*:cloudwatch::*:dashboard/${owner}__*`],
    "cloudwatch:DeleteDashboards": [`arn:*:cloudwatch::*:dashboard/${owner}__*`],
    "cloudwatch:TagResource": [
      `arn:*:cloudwatch:*:*:alarm:${owner}/*`,
      `arn:*:cloudwatch::*:dashboard/${owner}__*`,
    ],
    "ecs:UpdateClusterSettings": ["arn:*:ecs:*:*:cluster/*"],
    "ecs:UpdateService": ["arn:*:ecs:*:*:service/*"],
    "ecs:TagResource": [
      "arn:*:ecs:*:*:cluster/*",
      "arn:*:ecs:*:*:service/*",
      "arn:*:ecs:*:*:task-definition/*",
    ],
    "ecs:UntagResource": ["arn:*:ecs:*:*:cluster/*", "arn:*:ecs:*:*:service/*"],
    "elasticloadbalancing:ModifyTargetGroup": ["arn:*:elasticloadbalancing:*:*:targetgroup/*"],
    "elasticloadbalancing:AddTags": ["arn:*:elasticloadbalancing:*:*:targetgroup/*"],
    "elasticloadbalancing:RemoveTags": ["arn:*:elasticloadbalancing:*:*:targetgroup/*"],
    "logs:CreateLogGroup": ["arn:*:logs:*:*:log-group:*"],
    "logs:PutRetentionPolicy": ["arn:*:logs:*:*:log-group:*"],
    "logs:DeleteRetentionPolicy": ["arn:*:logs:*:*:log-group:*"],
    "logs:PutMetricFilter": ["arn:*:logs:*:*:log-group:*"],
    "logs:DeleteMetricFilter": ["arn:*:logs:*:*:log-group:*"],
    "logs:TagResource": ["arn:*:logs:*:*:log-group:*"],
    "logs:UntagResource": ["arn:*:logs:*:*:log-group:*"],
    "events:PutRule": [`arn:*:events:*:*:rule/${owner}-*`],
    "events:PutTargets": [`arn:*:events:*:*:rule/${owner}-*`],
    "events:RemoveTargets": [`arn:*:events:*:*:rule/${owner}-*`],
    "events:DeleteRule": [`arn:*:events:*:*:rule/${owner}-*`],
    "events:TagResource": [`arn:*:events:*:*:rule/${owner}-*`],
  };
  return narrowed[action] ?? ["*"];
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)].sort(compareText);
}

/** The kinds that the policies ask anything of, judged over a service that has everything. */
function findUsedKinds({ policies, exceptions }: PolicySet, owner: string): Kind[] {
  const context = { owner, inventory: completeInventory, force: false, asOf: new Date(0) };
  const used = new Set<Kind>();
  // What a policy says for some services only counts, and what that takes away from others does too.
  for (const withOverrides of [false, true]) {
    const everywhere = policies.map((policy) => ({ ...policy, spec: selectAll(policy.spec, withOverrides) }));
    const selection = selectWorkloads(everywhere, [completeWorkload], owner, exceptions);
    for (const kind of kinds) if (kind.desired(selection, context).length > 0) used.add(kind);
  }
  return kinds.filter((kind) => used.has(kind));
}

function selectAll({ overrides, ...spec }: PolicySpec, withOverrides: boolean): PolicySpec {
  const selector = { services: ["*"] };
  const laid = withOverrides ? { overrides: (overrides ?? []).map((one) => ({ ...one, selector })) } : {};
  return { ...spec, ...laid, selector };
}

const place = { account: "123456789012", partition: "aws", region: "us-east-1" };
const arn = (service: string, resource: string): string =>
  `arn:aws:${service}:${place.region}:${place.account}:${resource}`;

const completeWorkload: Workload = {
  ...place,
  cluster: "cluster",
  service: "service",
  serviceArn: arn("ecs", "service/cluster/service"),
  tags: {},
  desiredCount: 1,
  launchType: "FARGATE",
  deploymentController: "ECS",
  deploymentInProgress: undefined,
  healthCheckGracePeriod: 0,
  taskDefinitionArn: arn("ecs", "task-definition/family:1"),
  taskDefinition: known({
    arn: arn("ecs", "task-definition/family:1"),
    input: { family: "family", containerDefinitions: [{ name: "app", image: "app" }] },
    tags: {},
  }),
  targetGroups: known([]),
};

const completeInventory: Inventory = {
  ...place,
  clusters: known([]),
  workloads: [completeWorkload],
  leaving: [],
  unreadable: [],
};
