// How long a log group keeps its events: its own setting, or the account's policy that overrides it.
import { compareText, present } from "../../checks.ts";
import type { Operation } from "../../service.ts";
import { checks, limitExceeded, notFound } from "./errors.ts";
import type { GroupStore, StoredGroup } from "./group-store.ts";

const DAYS = [
  ...[
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
  ],
];
const LEAST_POLICY_DAYS = 30;
const MAX_POLICIES = 20;
const POLICY_DELAY = 24 * 3600 * 1000;

interface PolicyVersion {
  readonly putAt: number;
  readonly document: string;
  readonly selectionCriteria: string | undefined;
  readonly prefixes: readonly string[];
  /** Infinity for NEVER_EXPIRE. */
  readonly days: number;
  readonly newOnly: boolean;
}

interface Policy {
  readonly name: string;
  readonly createdAt: number;
  /** Oldest first: an older one stays in force for a day after an update. */
  readonly versions: PolicyVersion[];
}

export interface Retention {
  readonly operations: Record<string, Operation>;
  /** What DescribeLogGroups says of a group. */
  describe(group: StoredGroup, now: number): { retentionInDays?: number; retentionPolicyName?: string };
  state(): unknown;
}

export function createRetention(groups: GroupStore): Retention {
  const policies = new Map<string, Policy>();

  const describe: Retention["describe"] = (group, now) => {
    let best: { policy: Policy; days: number } | undefined;
    for (const policy of policies.values()) {
      const version = policy.versions.findLast((each) => each.putAt + POLICY_DELAY <= now);
      if (version === undefined || !version.prefixes.some((prefix) => group.name.startsWith(prefix)))
        continue;
      if (version.newOnly && group.creationTime < policy.createdAt) continue;
      // The longest wins; among equals, the first created (a Map keeps that order).
      if (best === undefined || version.days > best.days) best = { policy, days: version.days };
    }
    const days = best?.days ?? group.retentionInDays;
    return {
      ...(days === undefined || days === Number.POSITIVE_INFINITY ? {} : { retentionInDays: days }),
      ...(best === undefined ? {} : { retentionPolicyName: best.policy.name }),
    };
  };

  const operations: Record<string, Operation> = {
    PutRetentionPolicy(input) {
      const days = checks.requiredInteger(input, "retentionInDays");
      if (!DAYS.includes(days))
        throw checks.fail(`Invalid retention value: ${days}. Valid values are: ${DAYS.join(", ")}`);
      groups.named(input).retentionInDays = days;
      return {};
    },

    DeleteRetentionPolicy(input) {
      groups.named(input).retentionInDays = undefined;
      return {};
    },

    PutAccountPolicy(input, context) {
      const type = checks.requiredText(input, "policyType");
      const name = checks.requiredText(input, "policyName", { min: 1, max: 256, pattern: /^(?!aws\/)/ });
      checks.text(input, "scope", { oneOf: ["ALL"] });
      if (type !== "RETENTION_POLICY")
        throw checks.fail(`The sandbox knows no account policies of type ${type}, only RETENTION_POLICY`);
      if (input.dryRun === true) throw checks.fail("The sandbox knows no dry run of account policies");
      const document = checks.requiredText(input, "policyDocument");
      const selectionCriteria = checks.text(input, "selectionCriteria", { max: 25 * 1024 });
      const version = {
        putAt: context.now(),
        document,
        selectionCriteria,
        prefixes: readPrefixes(selectionCriteria),
        ...readDocument(document),
      };
      const policy = policies.get(name) ?? { name, createdAt: context.now(), versions: [] };
      if (!policies.has(name) && policies.size >= MAX_POLICIES) throw limitExceeded();
      policy.versions.push(version);
      policies.set(name, policy);
      return { accountPolicy: shown(policy, context.account) };
    },

    DescribeAccountPolicies(input, context) {
      const type = checks.requiredText(input, "policyType");
      const name = checks.text(input, "policyName");
      const found = [...policies.values()]
        .filter((policy) => type === "RETENTION_POLICY" && (name === undefined || policy.name === name))
        .sort((a, b) => compareText(a.name, b.name));
      return { accountPolicies: found.map((policy) => shown(policy, context.account)) };
    },

    DeleteAccountPolicy(input) {
      const type = checks.requiredText(input, "policyType");
      const name = checks.requiredText(input, "policyName");
      if (type !== "RETENTION_POLICY" || !policies.delete(name)) throw notFound("account policy");
      return {};
    },
  };
  return { operations, describe, state: () => [...policies.values()] };
}

function shown(policy: Policy, accountId: string): Record<string, unknown> {
  const latest = policy.versions.at(-1);
  return {
    policyName: policy.name,
    policyType: "RETENTION_POLICY",
    scope: "ALL",
    accountId,
    ...present({
      policyDocument: latest?.document,
      lastUpdatedTime: latest?.putAt,
      selectionCriteria: latest?.selectionCriteria,
    }),
  };
}

function readDocument(text: string): { days: number; newOnly: boolean } {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw checks.fail("The policy document is not JSON");
  }
  const mode = checks.requiredText(document, "enforcementMode", { oneOf: ["NEW_ONLY", "RETROACTIVE"] });
  const days = (document as Record<string, unknown>).retentionInDays;
  if (
    days !== "NEVER_EXPIRE" &&
    !(typeof days === "number" && days >= LEAST_POLICY_DAYS && DAYS.includes(days))
  )
    throw checks.fail(`Invalid retention value in the policy document: ${String(days)}`);
  return { days: days === "NEVER_EXPIRE" ? Number.POSITIVE_INFINITY : days, newOnly: mode === "NEW_ONLY" };
}

/** Without criteria, every group; otherwise the texts quoted in `LogGroupNamePrefix IN ["/ecs/"]`. */
function readPrefixes(criteria: string | undefined): string[] {
  if (criteria === undefined) return [""];
  if (!criteria.trim().startsWith("LogGroupNamePrefix"))
    throw checks.fail("A retention policy's selectionCriteria supports only LogGroupNamePrefix");
  return [...criteria.matchAll(/"([^"]*)"/g)].map(([, prefix = ""]) => prefix);
}
