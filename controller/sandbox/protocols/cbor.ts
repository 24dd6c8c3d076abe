// Smithy's rpc-v2-cbor, which botocore prefers for CloudWatch: POST /service/NAME/operation/OP,
// timestamps are CBOR tag 1.
import { cbor, tag, tagSymbol } from "@smithy/core/cbor";
import { AwsError } from "../service.ts";
import { isRecord, type Protocol, queryErrorHeader } from "./protocol.ts";

const HEADERS = { "content-type": "application/cbor", "smithy-protocol": "rpc-v2-cbor" };
const EPOCH_SECONDS = 1;

export const cborProtocol: Protocol = {
  decode(body) {
    if (body.length === 0) return {};
    let value: unknown;
    try {
      value = fromWire(cbor.deserialize(body));
    } catch {
      throw new AwsError("SerializationException", "the request body isn't CBOR");
    }
    if (!isRecord(value)) throw new AwsError("SerializationException", "the request body isn't a CBOR map");
    return value;
  },
  answer: (_operation, output, requestId) => ({
    status: 200,
    headers: { ...HEADERS, "x-amzn-requestid": requestId },
    body: cbor.serialize(toWire(output)),
  }),
  error: (error, requestId) => ({
    status: error.status,
    headers: { ...HEADERS, "x-amzn-requestid": requestId, ...queryErrorHeader(error) },
    body: cbor.serialize({ __type: error.code, message: error.message, ...error.members }),
  }),
};

function toWire(value: unknown): unknown {
  if (value instanceof Date) return tag({ tag: EPOCH_SECONDS, value: value.getTime() / 1000 });
  if (Array.isArray(value)) return value.map(toWire);
  if (!isRecord(value)) return value;
  const copy: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) if (item !== undefined) copy[key] = toWire(item);
  return copy;
}

function fromWire(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(fromWire);
  if (!isRecord(value)) return value;
  if (tagSymbol in value) return new Date(Number(value["value"]) * 1000);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fromWire(item)]));
}
