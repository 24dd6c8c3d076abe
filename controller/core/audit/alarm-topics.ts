// Whether the SNS topics that a service's alarms tell are there, let CloudWatch in, and are heard.
import type { TopicFacts } from "../../model/audit-facts.ts";
import type { Failure } from "../../model/errors.ts";
import { compareText } from "../../model/json.ts";
import { known, type Read, unknown } from "../../model/read.ts";
import type { FindingCode } from "./findings.ts";
import type { AuditIndex } from "./index-facts.ts";
import { fine, foundIn, untold, type Verdict } from "./verdicts.ts";

interface TopicCheck {
  readonly code: FindingCode;
  readonly isWrong: (topic: TopicFacts, arn: string) => Read<boolean>;
  readonly describe: (names: string) => string;
}

const checks: readonly TopicCheck[] = [
  {
    code: "AlarmTopicMissing",
    isWrong: ({ exists }) => known(!exists),
    describe: (names) => `alarms of the service tell ${names}, which does not exist`,
  },
  {
    code: "AlarmTopicRefuses",
    isWrong: ({ exists, allowsCloudWatch }, arn) => {
      if (!exists) return known(false);
      return allowsCloudWatch === undefined ? unknown(unsaid(arn)) : known(!allowsCloudWatch);
    },
    describe: (names) => `alarms of the service tell ${names}, which does not let CloudWatch publish`,
  },
  {
    code: "AlarmTopicUnheard",
    isWrong: ({ exists, confirmedSubscriptions: confirmed }) => {
      if (!exists) return known(false);
      return confirmed.known ? known(confirmed.value === 0) : confirmed;
    },
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
    const answers = told.map(({ arn, read }) => ({ arn, is: read.known ? isWrong(read.value, arn) : read }));
    const wrong = answers.filter(({ is }) => is.known && is.value).map(({ arn }) => arn);
    if (wrong.length > 0) return foundIn(code, wrong, describe);
    const failure = answers.flatMap(({ is }) => (is.known ? [] : [is.failure]))[0];
    return failure === undefined ? fine(code) : untold(code, failure);
  });
}

function unsaid(arn: string): Failure {
  return { code: "NotCertain", message: `what SNS says of ${arn} does not tell it for certain` };
}
