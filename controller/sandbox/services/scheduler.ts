// Amazon EventBridge Scheduler as the sandbox plays it: schedules of the default group. They are kept, and never run. How it
// is spoken to is in scheduler/rest.ts.
import { compareText, present } from "../checks.ts";
import { takePage } from "../paging.ts";
import type { Input, Operation, OperationContext, SandboxService } from "../service.ts";
import { isolated, plainState } from "./isolated.ts";
import { checks, groupNotFound, invalidToken, scheduleExists, scheduleNotFound } from "./scheduler/errors.ts";
import { readExpression } from "./scheduler/expression.ts";
import { readTarget } from "./scheduler/target-check.ts";

interface Schedule {
  readonly name: string;
  readonly arn: string;
  readonly createdAt: Date;
  changedAt: Date;
  /** Everything but name and group, as read back. */
  settings: Readonly<Record<string, unknown>> & { readonly State: string; readonly Target: Input };
}

const GROUP = "default";
const NAME = { min: 1, max: 64, pattern: /^[0-9a-zA-Z\-_.]+$/ };
const STATES = ["ENABLED", "DISABLED"];
const MAX_PAGE = 100;
/** A start in the past is refused, but for the time that a request may take. */
const GRACE = 5 * 60_000;

export function createScheduler(): SandboxService & { state(): unknown } {
  const schedules = new Map<string, Schedule>();
  const sorted = (): Schedule[] => [...schedules.values()].sort((a, b) => compareText(a.name, b.name));

  const named = (input: Input): Schedule => {
    const name = checks.requiredText(input, "Name", NAME);
    checkGroup(input);
    const schedule = schedules.get(name);
    if (schedule === undefined) throw scheduleNotFound(name);
    return schedule;
  };

  const operations: Record<string, Operation> = {
    CreateSchedule(input, context) {
      const name = checks.requiredText(input, "Name", NAME);
      const settings = readSettings(input, context);
      checkGroup(input);
      if (schedules.has(name)) throw scheduleExists(name);
      const arn = `arn:aws:scheduler:${context.region}:${context.account}:schedule/${GROUP}/${name}`;
      const now = new Date(context.now());
      schedules.set(name, { name, arn, createdAt: now, changedAt: now, settings });
      return { ScheduleArn: arn };
    },

    GetSchedule: (input) => {
      const schedule = named(input);
      return { ...summaryOf(schedule), ...schedule.settings };
    },

    /** Replaces all of it: what is left out is the default again. */
    UpdateSchedule(input, context) {
      checks.requiredText(input, "Name", NAME);
      const settings = readSettings(input, context);
      const schedule = named(input);
      schedule.settings = settings;
      schedule.changedAt = new Date(context.now());
      return { ScheduleArn: schedule.arn };
    },

    DeleteSchedule(input) {
      checkClientToken(input);
      schedules.delete(named(input).name);
      return {};
    },

    ListSchedules(input) {
      const prefix = checks.text(input, "NamePrefix", NAME) ?? "";
      const state = checks.text(input, "State", { oneOf: STATES });
      checkGroup(input);
      const found = sorted().filter(
        ({ name, settings }) => name.startsWith(prefix) && (state === undefined || settings.State === state),
      );
      const page = takePage(found, ({ name }) => name, {
        limit: checks.integer(input, "MaxResults", { min: 1, max: MAX_PAGE }) ?? MAX_PAGE,
        token: input.NextToken,
        scope: ["ListSchedules", prefix, state, input.GroupName],
        invalidToken,
      });
      return { Schedules: page.items.map(summaryOf), ...present({ NextToken: page.nextToken }) };
    },
  };

  return {
    id: "scheduler",
    operations: isolated(operations),
    state: () => plainState({ schedules: sorted() }),
  };
}

/** What a list tells of a schedule: of its target the ARN alone. */
function summaryOf({ name, arn, createdAt, changedAt, settings }: Schedule): Record<string, unknown> {
  return {
    Arn: arn,
    Name: name,
    GroupName: GROUP,
    State: settings.State,
    CreationDate: createdAt,
    LastModificationDate: changedAt,
    Target: { Arn: settings.Target.Arn },
  };
}

/** There is the default group only. */
function checkGroup(input: Input): void {
  const group = checks.text(input, "GroupName", NAME);
  if (group !== undefined && group !== GROUP) throw groupNotFound(group);
}

function readSettings(input: Input, { now }: OperationContext): Schedule["settings"] {
  checkClientToken(input);
  const start = readDate(input, "StartDate");
  const end = readDate(input, "EndDate");
  if (start !== undefined && start.getTime() < now() - GRACE)
    throw checks.fail("The StartDate you specify cannot be earlier than 5 minutes ago.");
  if (end !== undefined && end.getTime() <= (start?.getTime() ?? now()))
    throw checks.fail("The EndDate you specify must come after the StartDate, and cannot be in the past.");
  return {
    ...readExpression(input),
    ...present({
      StartDate: start,
      EndDate: end,
      Description: checks.text(input, "Description", { max: 512 }),
      KmsKeyArn: checks.text(input, "KmsKeyArn", {
        min: 1,
        max: 2048,
        pattern: /^arn:aws(-[a-z]+)?:kms:[a-z0-9-]+:\d{12}:(key|alias)\/[0-9a-zA-Z\-_]*$/,
      }),
    }),
    State: checks.text(input, "State", { oneOf: STATES }) ?? "ENABLED",
    FlexibleTimeWindow: readWindow(input),
    Target: readTarget(input),
    ActionAfterCompletion:
      checks.text(input, "ActionAfterCompletion", { oneOf: ["NONE", "DELETE"] }) ?? "NONE",
  };
}

function checkClientToken(input: Input): void {
  checks.text(input, "ClientToken", { min: 1, max: 64, pattern: /^[a-zA-Z0-9\-_]+$/ });
}

function readWindow(input: Input): Readonly<Record<string, unknown>> {
  const given = checks.object(input, "FlexibleTimeWindow");
  const at = "flexibleTimeWindow";
  if (given === undefined)
    throw checks.fail(
      `1 validation error detected: Value null at '${at}' failed to satisfy constraint: Member must not be null`,
    );
  const mode = checks.requiredText(given, "Mode", { oneOf: ["OFF", "FLEXIBLE"], at });
  const minutes = checks.integer(given, "MaximumWindowInMinutes", { min: 1, max: 1440, at });
  if ((mode === "FLEXIBLE") !== (minutes !== undefined))
    throw checks.fail("MaximumWindowInMinutes must be specified for the mode FLEXIBLE, and for no other.");
  return present({ Mode: mode, MaximumWindowInMinutes: minutes });
}

/** Epoch seconds, as they come over the wire, or a Date. */
function readDate(input: Input, field: string): Date | undefined {
  if (input[field] instanceof Date) return input[field];
  const seconds = checks.number(input, field);
  if (seconds === undefined) return undefined;
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) throw checks.fail(`${field} is out of range: ${seconds}`);
  return date;
}
