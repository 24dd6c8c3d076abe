// What a target gets of an event: all of it, a constant, a part, or a template with parts filled in.
import type { JsonObject } from "./pattern.ts";
import type { StoredRule } from "./rule-store.ts";

export interface Occasion {
  readonly rule: Pick<StoredRule, "name" | "arn">;
  /** Epoch milliseconds. */
  readonly now: number;
}

export function targetBody(target: JsonObject, event: JsonObject, occasion: Occasion): string {
  const { Input, InputPath, InputTransformer } = target;
  if (typeof Input === "string") return Input;
  if (typeof InputPath === "string") return JSON.stringify(valueAt(event, InputPath) ?? null);
  if (InputTransformer !== undefined) return transform(InputTransformer as Transformer, event, occasion);
  return JSON.stringify(event);
}

interface Transformer {
  readonly InputPathsMap?: Readonly<Record<string, string>>;
  readonly InputTemplate: string;
}

/** A text is put in bare between quotes and quoted elsewhere in JSON; an absent value is an empty text. */
function transform(
  { InputPathsMap = {}, InputTemplate }: Transformer,
  event: JsonObject,
  { rule, now }: Occasion,
): string {
  const reserved: Readonly<Record<string, unknown>> = {
    "aws.events.rule-arn": rule.arn,
    "aws.events.rule-name": rule.name,
    "aws.events.event.ingestion-time": new Date(now).toISOString(),
    "aws.events.event.json": event,
    "aws.events.event": Object.fromEntries(Object.entries(event).filter(([key]) => key !== "detail")),
  };
  const values = (name: string): unknown =>
    Object.hasOwn(reserved, name) ? reserved[name] : valueAt(event, InputPathsMap[name] ?? "");
  const isObject = /^\s*[{[]/.test(InputTemplate);
  let quoted = false;
  return InputTemplate.replace(/"|<([\w.-]+)>/g, (found, name: string | undefined) => {
    if (name === undefined) {
      quoted = !quoted;
      return found;
    }
    const value = values(name) ?? "";
    if (typeof value !== "string") return JSON.stringify(value);
    const text = JSON.stringify(value);
    return isObject && !quoted ? text : quoted ? text.slice(1, -1) : value;
  });
}

/** Paths as EventBridge takes them: `$.detail.name`, `$.resources[0]`, `$['detail-type']`. */
function valueAt(event: JsonObject, path: string): unknown {
  const steps = [...path.matchAll(/\.([\w-]+)|\[(\d+)\]|\['([^']+)'\]/g)].map(
    ([, name, index, quoted]) => name ?? index ?? quoted ?? "",
  );
  let value: unknown = event;
  for (const step of steps) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[step];
  }
  return value;
}
