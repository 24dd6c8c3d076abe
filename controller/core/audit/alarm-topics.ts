// Whether the SNS topics that a service's alarms tell are there, let CloudWatch in, and are heard.
import type { TopicFacts } from "../../model/audit-facts.ts";
import type { Failure } from "../../model/errors.ts";
import { compareText } from "../../model/json.ts";
import type { FindingCode } from "./findings.ts";
import type { AuditIndex } from "./index-facts.ts";
import { fine, foundIn, untold, type Verdict } from "./verdicts.ts";

interface TopicCheck {
  readonly code: FindingCode;
  /** undefined: it cannot be said. */
  readonly isWrong: (topic: TopicFacts) => boolean | undefined;
  readonly describe: (names: string) => string;
}

const checks: readonly TopicCheck[] = [
  {
    code: "AlarmTopicMissing",
    isWrong: ({ exists }) => !exists,
    describe: (names) => `alarms of the service tell ${names}, which does not exist`,
  },
  {
    code: "AlarmTopicRefuses",
    isWrong: ({ exists, allowsCloudWatch }) =>
      exists && (allowsCloudWatch === undefined ? undefined : !allowsCloudWatch),
    describe: (names) => `alarms of the service tell ${names}, which does not let CloudWatch publish`,
  },
  {
    code: "AlarmTopicUnheard",
    isWrong: ({ exists, confirmedSubscriptions }) =>
      exists && (confirmedSubscriptions === undefined ? undefined : confirmedSubscriptions === 0),
    describe: (names) => `alarms of the service tell ${names}, which has no confirmed subscription`,
  },
];

/** @param arns whatever the alarms tell; without a topic among them there is nothing to check */
export function judgeAlarmTopics(arns: readonly string[], { topics }: AuditIndex): Verdict[] {
  const told = [...new Set(arns)].sort(compareText).flatMap((arn) => {
    const read = topics(arn);
    return read === undefined ? [] : [{ arn, read }];
  });
  if (told.length === 0) return [];
  return checks.map(({ code, isWrong, describe }) => {
    const answers = told.map(({ arn, read }) => ({
      arn,
      wrong: read.known ? isWrong(read.value) : undefined,
      failure: read.known ? unsaid(arn) : read.failure,
    }));
    const wrong = answers.filter((answer) => answer.wrong === true).map(({ arn }) => arn);
    const open = answers.find((answer) => answer.wrong === undefined);
    if (wrong.length > 0) return foundIn(code, wrong, describe);
    return open === undefined ? fine(code) : untold(code, open.failure);
  });
}

function unsaid(arn: string): Failure {
  return { code: "NotCertain", message: `what SNS says of ${arn} does not tell it for certain` };
}
