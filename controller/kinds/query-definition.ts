// Saved Logs Insights queries. Ours by name: OWNER/CLUSTER/SERVICE/NAME; AWS gives them neither tags nor ARNs, and only
// an id tells two of one name apart.
import {
  DeleteQueryDefinitionCommand,
  DescribeQueryDefinitionsCommand,
  PutQueryDefinitionCommand,
  type PutQueryDefinitionCommandInput,
  type QueryDefinition,
} from "@aws-sdk/client-cloudwatch-logs";
import type { AwsClients } from "../aws/clients.ts";
import { lacksOperation } from "../aws/emulator.ts";
import { describeAwsError } from "../aws/errors.ts";
import { readAllPages } from "../aws/pages.ts";
import { isMarkedQuery, markQuery, retainOf } from "../core/deletion-policy.ts";
import { findLogGroups } from "../core/log-query.ts";
import type { Observed, Wanted } from "../core/managed.ts";
import { ownedName, parseOwnedName } from "../core/names.ts";
import { enforcementOf, type Item, type MergedQuery, type Selected } from "../core/select.ts";
import { type Failure, toFailure } from "../model/errors.ts";
import { compareText, type Json, type JsonObject } from "../model/json.ts";
import { known, unknown } from "../model/read.ts";
import type { Kind } from "./kind.ts";
import { namePrefixes } from "./name-prefixes.ts";

/** CloudWatch Logs API reference, PutQueryDefinition. */
const maxQuery = 10_000;

export const queryDefinition: Kind = {
  name: "QueryDefinition",
  phase: 32,
  doc: "A saved Logs Insights query over a service's log groups.",
  reads: ["logs:DescribeQueryDefinitions"],
  writes: ["logs:PutQueryDefinition", "logs:DeleteQueryDefinition"],
  removeBatch: 1,

  desired(selection, { owner }): Wanted[] {
    return selection.flatMap((selected) =>
      [...selected.queries].map(([name, item]) => wantQuery(name, item, selected, owner)),
    );
  },

  canonical: canonicalQuery,

  // Without the id, a put makes another one, even under a name that is there.
  judge(spec, observed, { retain }) {
    const queryString = markQuery(String(spec["queryString"]), retain);
    const id = observed === undefined ? {} : { queryDefinitionId: observed.spec["queryDefinitionId"] };
    const after = { ...spec, ...id, queryString };
    if (queryString.length <= maxQuery) return { after, impact: "none" };
    const message = `the query has ${queryString.length} characters with the line that keeps deletionPolicy: Retain; CloudWatch takes ${maxQuery}: shorten it by ${queryString.length - maxQuery}`;
    return { after, impact: "none", hold: { code: "InvalidValue", message } };
  },

  release: () => ({ after: null, impact: "none", deletes: 1 }),

  async observe({ aws, owner, inventory, wanted }) {
    try {
      const lists = namePrefixes(owner, inventory).map((prefix) => listDefinitions(aws, prefix));
      const definitions = (await Promise.all(lists)).flat();
      const items = new Map<string, Observed>();
      const byId = [...definitions].sort((a, b) =>
        compareText(a.queryDefinitionId ?? "", b.queryDefinitionId ?? ""),
      );
      for (const definition of byId) {
        const name = definition.name as string;
        const parsed = parseOwnedName(owner, name);
        if (parsed === undefined) continue;
        const { cluster, service } = parsed;
        // Two runs at once can each make one. The first stays; the others are of our name too, and wanted by nobody.
        const id = items.has(name) ? `${name}|${definition.queryDefinitionId}` : name;
        const spec = pickInput(definition as unknown as JsonObject);
        const retain = isMarkedQuery(spec["queryString"]);
        items.set(id, { id, name, cluster, service, spec, owned: true, ...(retain && { retain }) });
      }
      return known({ items });
    } catch (error) {
      // Some emulators have no saved queries: they hold none of ours then, and whoever wants one is told.
      if (wanted.length === 0 && lacksOperation("CLOUDWATCH_LOGS", error, process.env))
        return known({ items: new Map() });
      return unknown(describeAwsError(error, "logs:DescribeQueryDefinitions"));
    }
  },

  async put({ after }, { aws }) {
    await aws.logs.send(new PutQueryDefinitionCommand(after as unknown as PutQueryDefinitionCommandInput));
  },

  async remove(changes, { aws }) {
    const failures: (Failure | undefined)[] = [];
    for (const { before } of changes) {
      const { queryDefinitionId } = before as { queryDefinitionId: string };
      try {
        await aws.logs.send(new DeleteQueryDefinitionCommand({ queryDefinitionId }));
        failures.push(undefined);
      } catch (error) {
        // Gone already: that is what was wanted.
        failures.push(
          toFailure(error).code === "ResourceNotFoundException"
            ? undefined
            : describeAwsError(error, "logs:DeleteQueryDefinition"),
        );
      }
    }
    return failures;
  },
};

function listDefinitions(aws: AwsClients, prefix: string): Promise<readonly QueryDefinition[]> {
  return readAllPages("logs:DescribeQueryDefinitions", async (nextToken) => {
    const answer = await aws.logs.send(
      new DescribeQueryDefinitionsCommand({
        queryDefinitionNamePrefix: prefix,
        maxResults: 1000,
        nextToken,
      }),
    );
    return { items: answer.queryDefinitions, next: answer.nextToken };
  });
}

function wantQuery(name: string, item: Item<MergedQuery>, selected: Selected, owner: string): Wanted {
  const { cluster, service } = selected.workload;
  const full = ownedName(owner, { cluster, service, name });
  const base = {
    kind: "QueryDefinition",
    id: full,
    name: full,
    cluster,
    service,
    policies: item.contributors.map((policy) => policy.name),
    enforcement: enforcementOf(item.contributors, "QueryDefinition"),
    ...retainOf(item.contributors),
  } as const;
  if (!item.result.ok) return { ...base, state: { is: "blocked", reason: item.result.reason } };
  const groups = findLogGroups(item.result.value, selected, owner);
  if (!groups.ok) return { ...base, state: groups.state };
  const { query } = item.result.value;
  if (query == null) {
    const message = `query ${name} has no query in any policy that selects this service`;
    return { ...base, state: { is: "blocked", reason: { code: "Incomplete", message } } };
  }
  // A saved query reads nothing by itself, so its groups need not be there yet.
  const spec: JsonObject = { name: full, queryString: query, logGroupNames: groups.names };
  return { ...base, state: { is: "wanted", spec, needs: [] } };
}

/** The members of PutQueryDefinition's input that DescribeQueryDefinitions gives back. */
function pickInput(definition: JsonObject): JsonObject {
  const { queryDefinitionId, name, queryLanguage, queryString, logGroupNames, parameters } = definition;
  const given = { queryDefinitionId, name, queryLanguage, queryString, logGroupNames, parameters };
  return Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== undefined && value !== null),
  );
}

function canonicalQuery({
  name,
  queryLanguage,
  queryString,
  logGroupNames,
  parameters,
}: JsonObject): JsonObject {
  return {
    name,
    queryLanguage: queryLanguage ?? "CWLI",
    queryString: String(queryString ?? "").trim(),
    logGroupNames: sorted(logGroupNames),
    ...(Array.isArray(parameters) && parameters.length > 0 ? { parameters } : {}),
  };
}

function sorted(list: Json | undefined): Json {
  return Array.isArray(list) ? list.map(String).sort(compareText) : [];
}
