// Saved Logs Insights queries. They have no tags and no ARN; two may have the same name, and only the
// id tells them apart.
import { compareText, present } from "../../checks.ts";
import { takePage } from "../../paging.ts";
import type { Input, Operation, Output } from "../../service.ts";
import { uuidOf } from "../made-ids.ts";
import { checks, invalidToken, limitExceeded, notFound } from "./errors.ts";
import { GROUP_NAME } from "./group-store.ts";

interface QueryDefinition {
  readonly queryDefinitionId: string;
  readonly name: string;
  readonly queryLanguage: string;
  readonly queryString: string;
  readonly logGroupNames: readonly string[];
  readonly parameters: readonly Output[] | undefined;
  /** Epoch milliseconds. */
  readonly lastModified: number;
}

export interface QueryDefinitions {
  readonly operations: Record<string, Operation>;
  state(): unknown;
}

const NAME = { min: 1, max: 255 };
const ID = { min: 1, max: 256 };
const LANGUAGES = ["CWLI", "SQL", "PPL"];
const MAX_DEFINITIONS = 1000;
const MAX_GROUPS = 50;
const PAGE = 1000;
const PARAMETER_NAME = { min: 1, max: 128, pattern: /^[a-zA-Z_][a-zA-Z0-9_]*$/ };

export function createQueryDefinitions(): QueryDefinitions {
  const definitions = new Map<string, QueryDefinition>();
  /** Which definition a client's token made: a call sent again makes no second one. */
  const made = new Map<string, string>();
  let count = 0;
  const sorted = (): QueryDefinition[] =>
    [...definitions.values()].sort(
      (a, b) => compareText(a.name, b.name) || compareText(a.queryDefinitionId, b.queryDefinitionId),
    );

  const operations: Record<string, Operation> = {
    PutQueryDefinition(input, context) {
      const content = readDefinition(input);
      const given = checks.text(input, "queryDefinitionId", ID);
      const token = checks.text(input, "clientToken", { min: 36, max: 128, pattern: /^\S+$/ });
      if (given === undefined) {
        const earlier = token === undefined ? undefined : made.get(token);
        if (earlier !== undefined) return { queryDefinitionId: earlier };
        if (definitions.size >= MAX_DEFINITIONS) throw limitExceeded();
        count += 1;
      } else if (!definitions.has(given)) throw notFound("query definition");
      const queryDefinitionId =
        given ?? uuidOf(`${context.account}/${context.region}/query-definition/${count}`);
      // Nothing of the old definition stays: log groups left out are gone.
      definitions.set(queryDefinitionId, { queryDefinitionId, ...content, lastModified: context.now() });
      if (given === undefined && token !== undefined) made.set(token, queryDefinitionId);
      return { queryDefinitionId };
    },

    DescribeQueryDefinitions(input) {
      const language = checks.text(input, "queryLanguage", { oneOf: LANGUAGES });
      const prefix = checks.text(input, "queryDefinitionNamePrefix", NAME) ?? "";
      const found = sorted().filter(
        (each) => each.name.startsWith(prefix) && (language === undefined || each.queryLanguage === language),
      );
      // Ids have one length, so this orders as `sorted` does.
      const page = takePage(found, ({ name, queryDefinitionId }) => `${name}\u0000${queryDefinitionId}`, {
        limit: checks.integer(input, "maxResults", { min: 1, max: PAGE }) ?? PAGE,
        token: input.nextToken,
        scope: ["DescribeQueryDefinitions", prefix, language],
        invalidToken,
      });
      return {
        queryDefinitions: page.items.map((each) => present({ ...each })),
        ...present({ nextToken: page.nextToken }),
      };
    },

    DeleteQueryDefinition(input) {
      const id = checks.requiredText(input, "queryDefinitionId", ID);
      if (!definitions.delete(id)) throw notFound("query definition");
      return { success: true };
    },
  };
  return { operations, state: sorted };
}

function readDefinition(input: Input): Omit<QueryDefinition, "queryDefinitionId" | "lastModified"> {
  const queryLanguage = checks.text(input, "queryLanguage", { oneOf: LANGUAGES }) ?? "CWLI";
  const parameters = checks.list(input, "parameters", { max: 20 })?.map((parameter, index) => {
    const at = `parameters.${index + 1}.member`;
    return {
      name: checks.requiredText(parameter, "name", { ...PARAMETER_NAME, at }),
      ...present({
        defaultValue: checks.text(parameter, "defaultValue", { max: 1024, at }),
        description: checks.text(parameter, "description", { max: 512, at }),
      }),
    };
  });
  if (parameters !== undefined && parameters.length > 0 && queryLanguage !== "CWLI")
    throw checks.fail("Query parameters are supported only for Logs Insights QL queries");
  return {
    name: checks.requiredText(input, "name", NAME),
    queryLanguage,
    queryString: checks.requiredText(input, "queryString", { min: 1, max: 10_000 }),
    logGroupNames: checks.texts(input, "logGroupNames", { max: MAX_GROUPS }, GROUP_NAME) ?? [],
    parameters,
  };
}
