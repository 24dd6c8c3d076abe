// A message's own attributes: typed values beside its body, and the MD5 that SQS gives of them.
import { createHash } from "node:crypto";
import { compareText } from "../../checks.ts";
import type { Input } from "../../service.ts";
import { checks } from "./errors.ts";

export interface MessageAttribute {
  readonly DataType: string;
  readonly StringValue?: string;
  /** As base64. */
  readonly BinaryValue?: string;
}

export type MessageAttributes = Readonly<Record<string, MessageAttribute>>;

const MAX_ATTRIBUTES = 10;
const STRING = 1;
const BINARY = 2;

export function readMessageAttributes(input: Input): MessageAttributes {
  const given = checks.object(input, "MessageAttributes") ?? {};
  const names = Object.keys(given);
  if (names.length > MAX_ATTRIBUTES)
    throw checks.fail(`Number of message attributes [${names.length}] exceeds the allowed maximum [10].`);
  return Object.fromEntries(names.map((name) => [name, readAttribute(name, given[name])]));
}

function readAttribute(name: string, value: Input): MessageAttribute {
  const invalid = (reason: string) => checks.fail(`The message attribute '${name}' ${reason}.`);
  if (!/^(?!aws\.|amazon\.)(?!\.)[\w.-]{1,256}(?<!\.)$/i.test(name)) throw invalid("has an invalid name");
  const at = `messageAttributes.${name}`;
  const DataType = checks.text(value, "DataType", { at }) ?? "";
  const kind = DataType.split(".")[0] ?? "";
  if (!["String", "Number", "Binary"].includes(kind)) throw invalid("has an invalid message attribute type");
  const field = kind === "Binary" ? "BinaryValue" : "StringValue";
  const text = checks.text(value, field, { at });
  if (!text) throw invalid(`must contain a non-empty message attribute value for type ${kind}`);
  if (kind === "Number" && Number.isNaN(Number(text))) throw invalid(`can't be cast to a number: ${text}`);
  return { DataType, [field]: text };
}

/** Plain texts, from another service. */
export function textAttributes(values: Readonly<Record<string, string>>): MessageAttributes {
  return Object.fromEntries(
    Object.entries(values).map(([name, StringValue]) => [name, { DataType: "String", StringValue }]),
  );
}

/** Undefined where there are none. The MD5 of the names in order, each with type and value, as SQS's guide says. */
export function attributesMd5(attributes: MessageAttributes): string | undefined {
  const names = Object.keys(attributes).sort(compareText);
  if (names.length === 0) return undefined;
  const hash = createHash("md5");
  const add = (bytes: Buffer): void => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    hash.update(length).update(bytes);
  };
  for (const name of names) {
    const { DataType = "", StringValue, BinaryValue = "" } = attributes[name] ?? {};
    add(Buffer.from(name));
    add(Buffer.from(DataType));
    hash.update(Buffer.of(StringValue === undefined ? BINARY : STRING));
    add(StringValue === undefined ? Buffer.from(BinaryValue, "base64") : Buffer.from(StringValue));
  }
  return hash.digest("hex");
}

/** Those a receiver asks for: by name, by `prefix.*`, or all. */
export function pickAttributes(attributes: MessageAttributes, asked: readonly string[]): MessageAttributes {
  const wanted = (name: string): boolean =>
    asked.some(
      (each) =>
        each === "All" ||
        each === name ||
        (each.endsWith(".*") && name.startsWith(each.slice(0, -1))) ||
        each === ".*",
    );
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => wanted(name)));
}

/** What counts toward the size of a message. */
export function attributesSize(attributes: MessageAttributes): number {
  return Object.entries(attributes).reduce(
    (sum, [name, { DataType, StringValue, BinaryValue = "" }]) =>
      sum +
      Buffer.byteLength(name) +
      Buffer.byteLength(DataType) +
      (StringValue === undefined ? Buffer.byteLength(BinaryValue, "base64") : Buffer.byteLength(StringValue)),
    0,
  );
}
