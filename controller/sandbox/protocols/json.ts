// awsJson 1.0 and 1.1: a POST with X-Amz-Target; timestamps travel as epoch seconds.
import { AwsError, type SandboxService } from "../service.ts";
import { isRecord, type Protocol, queryErrorHeader } from "./protocol.ts";

export function jsonProtocol(service: SandboxService): Protocol {
  const contentType = `application/x-amz-json-${service.jsonVersion ?? "1.1"}`;

  return {
    decode(body) {
      if (body.length === 0) return {};
      let value: unknown;
      try {
        value = JSON.parse(body.toString("utf8"));
      } catch {
        throw new AwsError("SerializationException", "the request body isn't JSON");
      }
      if (!isRecord(value))
        throw new AwsError("SerializationException", "Start of structure or map found where not expected.");
      return value;
    },
    answer: (_operation, output, requestId) => ({
      status: 200,
      headers: { "content-type": contentType, "x-amzn-requestid": requestId },
      body: JSON.stringify(toWire(output)),
    }),
    error: (error, requestId) => ({
      status: error.status,
      headers: {
        "content-type": contentType,
        "x-amzn-requestid": requestId,
        ...(service.query === undefined && service.queryErrors !== true ? {} : queryErrorHeader(error)),
      },
      body: JSON.stringify({ __type: error.code, message: error.message, ...error.members }),
    }),
  };
}

// Ahead of JSON.stringify, as Date.toJSON would have made strings of the dates.
function toWire(value: unknown): unknown {
  if (value instanceof Date) return value.getTime() / 1000;
  if (Array.isArray(value)) return value.map(toWire);
  if (!isRecord(value)) return value;
  const copy: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) if (item !== undefined) copy[key] = toWire(item);
  return copy;
}
