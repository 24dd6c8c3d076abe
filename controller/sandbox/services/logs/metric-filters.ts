// Metric filters: turned from log events into metrics on AWS; here only kept, checked and listed.
import { compareText, present } from "../../checks.ts";
import { takePage } from "../../paging.ts";
import type { Input, Operation } from "../../service.ts";
import { UNITS } from "../cloudwatch/statistic.ts";
import { checks, invalidToken, limitExceeded, notFound } from "./errors.ts";
import { isSelector } from "./filter-fields.ts";
import { type FilterPattern, readFilterPattern } from "./filter-pattern.ts";
import { GROUP_NAME, type GroupStore, type StoredFilter, type StoredGroup } from "./group-store.ts";

const FILTER_NAME = { min: 1, max: 512, pattern: /^[^:*]*$/ };
const METRIC_TEXT = { max: 255, pattern: /^[^:*$]*$/ };
const PATTERN = { max: 1024 };
const MAX_FILTERS = 100;
const MAX_REGEX_FILTERS = 5;
const MAX_DIMENSIONS = 3;

export function createMetricFilterOperations(groups: GroupStore): Record<string, Operation> {
  return {
    PutMetricFilter(input, context) {
      const filterName = checks.requiredText(input, "filterName", FILTER_NAME);
      const filterPattern = checks.requiredText(input, "filterPattern", PATTERN);
      const pattern = readFilterPattern(filterPattern);
      const transformations = checks.list(input, "metricTransformations", { min: 1, max: 1 });
      if (transformations === undefined) throw checks.fail("metricTransformations must not be null");
      const configuration = {
        filterPattern,
        metricTransformations: transformations.map((each) => readTransformation(each, pattern)),
        applyOnTransformedLogs: checks.boolean(input, "applyOnTransformedLogs") ?? false,
        ...present({
          fieldSelectionCriteria: checks.text(input, "fieldSelectionCriteria", { max: 2000 }),
          emitSystemFieldDimensions: checks.texts(
            input,
            "emitSystemFieldDimensions",
            {},
            {
              oneOf: ["@aws.account", "@aws.region"],
            },
          ),
        }),
      };
      const group = groups.named(input);
      if (group.logGroupClass !== "STANDARD")
        throw checks.fail(`Metric filters are not supported in log groups of class ${group.logGroupClass}`);
      const others = [...group.filters.values()].filter((filter) => filter.filterName !== filterName);
      if (others.length >= MAX_FILTERS) throw limitExceeded();
      if (pattern.regexes > 0 && others.filter((filter) => filter.regexes > 0).length >= MAX_REGEX_FILTERS)
        throw limitExceeded();
      // Putting a filter whose name exists replaces it: there is never a second one.
      const creationTime = group.filters.get(filterName)?.creationTime ?? context.now();
      group.filters.set(filterName, { filterName, creationTime, configuration, regexes: pattern.regexes });
      return {};
    },

    DescribeMetricFilters(input) {
      const groupName = checks.text(input, "logGroupName", GROUP_NAME);
      const prefix = checks.text(input, "filterNamePrefix", FILTER_NAME);
      const metricName = checks.text(input, "metricName", METRIC_TEXT);
      const metricNamespace = checks.text(input, "metricNamespace", METRIC_TEXT);
      if ((metricName === undefined) !== (metricNamespace === undefined))
        throw checks.fail("metricName and metricNamespace must be specified together");
      const searched = groupName === undefined ? groups.all() : [groups.named(input)];
      const found = searched.flatMap((group) =>
        sortedFilters(group)
          // AWS uses the prefix only together with a group's name, and says nothing otherwise.
          .filter((filter) => groupName === undefined || filter.filterName.startsWith(prefix ?? ""))
          .filter((filter) => metricName === undefined || feeds(filter, metricName, metricNamespace))
          .map((filter) => ({ group, filter })),
      );
      const { nextToken, limit: _, ...asked } = input;
      // Lower than any character of a name, so this orders by group first, also where one's name begins another's.
      const page = takePage(found, ({ group, filter }) => `${group.name}\0${filter.filterName}`, {
        limit: checks.integer(input, "limit", { min: 1, max: 50 }) ?? 50,
        token: nextToken,
        scope: ["DescribeMetricFilters", asked],
        invalidToken,
      });
      return {
        metricFilters: page.items.map(({ group, filter: { filterName, creationTime, configuration } }) => ({
          filterName,
          logGroupName: group.name,
          creationTime,
          ...configuration,
        })),
        ...present({ nextToken: page.nextToken }),
      };
    },

    DeleteMetricFilter(input) {
      const filterName = checks.requiredText(input, "filterName", FILTER_NAME);
      if (!groups.named(input).filters.delete(filterName)) throw notFound("metric filter");
      return {};
    },

    TestMetricFilter(input) {
      const pattern = readFilterPattern(checks.requiredText(input, "filterPattern", PATTERN));
      const messages = checks.texts(input, "logEventMessages", { min: 1, max: 50 }, { min: 1 });
      if (messages === undefined) throw checks.fail("logEventMessages must not be null");
      const matches = messages.flatMap((eventMessage, index) => {
        const extractedValues = pattern.match(eventMessage);
        return extractedValues === undefined
          ? []
          : [{ eventNumber: index + 1, eventMessage, extractedValues }];
      });
      return { matches };
    },
  };
}

export function sortedFilters(group: StoredGroup): StoredFilter[] {
  return [...group.filters.values()].sort((a, b) => compareText(a.filterName, b.filterName));
}

function feeds({ configuration }: StoredFilter, name: string, namespace: string | undefined): boolean {
  return (configuration.metricTransformations as Record<string, unknown>[]).some(
    (each) => each.metricName === name && each.metricNamespace === namespace,
  );
}

function readTransformation(input: Input, pattern: FilterPattern): Record<string, unknown> {
  const at = "metricTransformations.1.member";
  const metricNamespace = checks.requiredText(input, "metricNamespace", { ...METRIC_TEXT, at });
  if (metricNamespace.startsWith("AWS/"))
    throw checks.fail("metricNamespace must not start with AWS/, which is reserved");
  const metricValue = checks.requiredText(input, "metricValue", { min: 1, max: 100, at });
  if (metricValue.startsWith("$")) refuseUnknownField("metricValue", metricValue, pattern);
  else if (!Number.isFinite(Number(metricValue)) || metricValue.trim() === "")
    throw checks.fail(`Invalid metric transformation: metricValue '${metricValue}' is not a number`);
  const defaultValue = checks.number(input, "defaultValue", { at });
  const dimensions = checks.textMap(input, "dimensions", { max: MAX_DIMENSIONS, at }) ?? {};
  const names = Object.keys(dimensions);
  if (names.length > 0 && defaultValue !== undefined)
    throw checks.fail("Invalid metric transformation: dimensions and default value are mutually exclusive.");
  for (const [name, value] of Object.entries(dimensions)) {
    if (name === "" || name.length > 255) throw checks.fail("A dimension's name has 1 to 255 characters");
    if (pattern.kind === "words")
      throw checks.fail("Invalid metric transformation: dimensions need a JSON or space-delimited pattern");
    refuseUnknownField(`dimension ${name}`, value, pattern);
  }
  return {
    metricName: checks.requiredText(input, "metricName", { ...METRIC_TEXT, at }),
    metricNamespace,
    metricValue,
    ...present({
      defaultValue,
      dimensions: names.length === 0 ? undefined : dimensions,
      unit: checks.text(input, "unit", { oneOf: UNITS, at }),
    }),
  };
}

function refuseUnknownField(what: string, reference: string, pattern: FilterPattern): void {
  const known =
    pattern.kind === "json"
      ? isSelector(reference)
      : pattern.kind === "space-delimited" && pattern.fields.includes(reference.slice(1));
  if (!reference.startsWith("$") || !known)
    throw checks.fail(
      `Invalid metric transformation: ${what} '${reference}' is not a field of the filter pattern`,
    );
}
