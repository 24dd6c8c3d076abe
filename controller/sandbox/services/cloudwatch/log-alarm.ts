// PutLogAlarm's input turned into the configuration that is stored and read back, or refused: an
// alarm on what a Logs Insights query finds, on a schedule.
import { checkTags, present, tagMap } from "../../checks.ts";
import type { Input, OperationContext } from "../../service.ts";
import { readActions } from "./actions.ts";
import { alarmChecks as checks } from "./errors.ts";
import { ALARM_NAME, type AlarmConfiguration, MISSING_DATA, PLAIN_OPERATORS } from "./metric-alarm.ts";
import { readActionConfiguration, readWarmUp } from "./metric-alarm-extras.ts";

/** `QueryARN` isn't in it: the alarm's owner doesn't choose that. */
export function readLogAlarm(input: Input, context: OperationContext): AlarmConfiguration {
  const ScheduledQueryConfiguration = readQuery(input);
  const QueryResultsToEvaluate = checks.requiredInteger(input, "QueryResultsToEvaluate", {
    min: 1,
    max: 100,
  });
  const QueryResultsToAlarm = checks.requiredInteger(input, "QueryResultsToAlarm", { min: 1, max: 100 });
  if (QueryResultsToAlarm > QueryResultsToEvaluate)
    throw checks.fail("QueryResultsToAlarm must be less than or equal to QueryResultsToEvaluate");
  const Threshold = checks.number(input, "Threshold");
  if (Threshold === undefined) throw checks.fail("threshold must not be null");
  return {
    AlarmName: checks.requiredText(input, "AlarmName", ALARM_NAME),
    ...present({ AlarmDescription: checks.text(input, "AlarmDescription", { max: 1024 }) }),
    ActionsEnabled: checks.boolean(input, "ActionsEnabled") ?? true,
    ...readActions(input, "log", context),
    ScheduledQueryConfiguration,
    QueryResultsToEvaluate,
    QueryResultsToAlarm,
    Threshold,
    ComparisonOperator: checks.requiredText(input, "ComparisonOperator", { oneOf: PLAIN_OPERATORS }),
    ...present({ TreatMissingData: checks.text(input, "TreatMissingData", { oneOf: MISSING_DATA }) }),
    ...readLogLines(input, ScheduledQueryConfiguration.QueryString),
    ...readWarmUp(input),
    ...readActionConfiguration(input),
  };
}

/**
 * What of a query begins the evaluation anew when it changes. A threshold or M of N doesn't; neither does the role.
 */
export function evaluatedQuery(configuration: AlarmConfiguration): string {
  const {
    QueryARN: _arn,
    ScheduledQueryRoleARN: _role,
    ...query
  } = (configuration.ScheduledQueryConfiguration ?? {}) as Record<string, unknown>;
  return JSON.stringify(query);
}

const AT = "scheduledQueryConfiguration";
const ROLE = /^arn:aws[a-z-]*:iam::\d{12}:role\/.+$/;
const MAX_GROUPS = 50;
/** The SDK's text says 2048, the API reference 256. */
const MAX_AGGREGATION = 256;

function readQuery(input: Input): { QueryString: string } & Record<string, unknown> {
  const query = checks.object(input, "ScheduledQueryConfiguration");
  if (query === undefined) throw checks.fail(`${AT} must not be null`);
  // These go to the scheduled query and are never shown here.
  checkTags(checks, tagMap(checks, query, "Tags") ?? {});
  const groups = checks.texts(
    query,
    "LogGroupIdentifiers",
    { min: 1, max: MAX_GROUPS, at: AT },
    { min: 1, max: 2048, pattern: /^[\w#+=/:,.@-]*$/ },
  );
  return {
    QueryString: checks.requiredText(query, "QueryString", { min: 1, max: 10_000, at: AT }),
    ...present({ LogGroupIdentifiers: groups }),
    ScheduledQueryRoleARN: checks.requiredText(query, "ScheduledQueryRoleARN", {
      min: 1,
      max: 2048,
      pattern: ROLE,
      at: AT,
    }),
    ScheduleConfiguration: readSchedule(query),
    AggregationExpression: readAggregation(query),
  };
}

function readSchedule(query: Input): Record<string, unknown> {
  const at = `${AT}.scheduleConfiguration`;
  const schedule = checks.object(query, "ScheduleConfiguration", AT);
  if (schedule === undefined) throw checks.fail(`${at} must not be null`);
  const ScheduleExpression = checks.requiredText(schedule, "ScheduleExpression", { min: 1, max: 256, at });
  const [, count, unit] = /^rate\(([1-9]\d*) (minute|hour|day)s?\)$/.exec(ScheduleExpression) ?? [];
  const plural = ScheduleExpression.endsWith("s)");
  if (unit === undefined || plural !== Number(count) > 1)
    throw checks.fail(`Invalid ScheduleExpression '${ScheduleExpression}': a rate such as rate(5 minutes)`);
  const StartTimeOffset = checks.requiredInteger(schedule, "StartTimeOffset", { min: 1, at });
  const EndTimeOffset = checks.integer(schedule, "EndTimeOffset", { min: 0, at }) ?? 0;
  if (EndTimeOffset >= StartTimeOffset)
    throw checks.fail(
      `EndTimeOffset ${EndTimeOffset} must be less than the StartTimeOffset of ${StartTimeOffset}`,
    );
  return { ScheduleExpression, StartTimeOffset, EndTimeOffset };
}

const FIELD = "(?:[\\w@.-]+|`[^`]+`)";
const AGGREGATION = new RegExp(
  `^(?:count\\(\\*\\)|(?:count|avg|sum|min|max)\\(${FIELD}\\))` +
    `(?: by ${FIELD}(?:, ?${FIELD}){0,4})?(?: \\| sort (?:asc|desc))?$`,
  "i",
);

/** One aggregation, up to five fields to group by, and an order. `bin(…)` is no field. */
function readAggregation(query: Input): string {
  const text = checks.requiredText(query, "AggregationExpression", { min: 1, max: MAX_AGGREGATION, at: AT });
  const plain = text.trim().replace(/\s+/g, " ");
  if (!AGGREGATION.test(plain) || (/ \| sort /i.test(plain) && !/ by /i.test(plain)))
    throw checks.fail(
      `Invalid AggregationExpression '${text}': one of count(*), avg(f), sum(f), min(f), max(f), ` +
        "then by f1, f2 and | sort asc or desc",
    );
  return text;
}

function readLogLines(input: Input, query: string): Record<string, unknown> {
  const ActionLogLineCount = checks.integer(input, "ActionLogLineCount", { min: 0, max: 50 }) ?? 0;
  const ActionLogLineRoleArn = checks.text(input, "ActionLogLineRoleArn", {
    min: 1,
    max: 2048,
    pattern: ROLE,
  });
  if (ActionLogLineCount > 0 && ActionLogLineRoleArn === undefined)
    throw checks.fail("ActionLogLineRoleArn is required when ActionLogLineCount is greater than 0");
  if (ActionLogLineCount > 0 && /\bunmask\s*\(/i.test(query))
    throw checks.fail("A query with unmask() can't be used together with ActionLogLineCount");
  return { ActionLogLineCount, ...present({ ActionLogLineRoleArn }) };
}
