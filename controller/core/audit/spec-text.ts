// Lines of a policy's spec as YAML, complete in themselves: those that tell say whom.
import { Document, isScalar } from "yaml";
import type { AuditFacts } from "../../model/audit-facts.ts";
import { isObject, type JsonObject } from "../../model/json.ts";
import { suggestedSeverity } from "./suggest-policy.ts";

const unnamed = "REPLACE-ME";

/** Where nobody was named: a topic that is to be put in its place. */
export function unnamedTopic({ partition, region, account }: AuditFacts): string {
  return `arn:${partition}:sns:${region}:${account}:${unnamed}`;
}

/**
 * Without a line end behind it. Texts that YAML would read as something else are quoted.
 * @param notify whom its alarms and events tell
 */
export function specText(spec: JsonObject, notify: string): string {
  if (!tells(spec)) return write(new Document(spec));
  const document = new Document({ notifications: { [suggestedSeverity]: [notify] }, ...spec });
  const arn = document.getIn(["notifications", suggestedSeverity, 0], true);
  if (notify.endsWith(`:${unnamed}`) && isScalar(arn)) arn.comment = " the SNS topic to tell";
  return write(document);
}

function tells(spec: JsonObject): boolean {
  const items = Object.values(spec).flatMap((part) => (Array.isArray(part) ? part.filter(isObject) : []));
  return items.some(({ severity }) => severity === suggestedSeverity);
}

function write(document: Document): string {
  return document.toString({ lineWidth: 0 }).trimEnd();
}
