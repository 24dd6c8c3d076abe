// Finds which service, operation and protocol a request is for, and whose account and Region: all
// that AWS reads from host names and signatures, the sandbox reads from headers and body.
import { randomUUID } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { AwsError, type SandboxService } from "../service.ts";
import { cborProtocol } from "./cbor.ts";
import { jsonProtocol } from "./json.ts";
import type { Protocol, WireAnswer } from "./protocol.ts";
import { formAction, queryProtocol } from "./query.ts";

export interface Route {
  readonly service: SandboxService;
  readonly operation: string;
  readonly protocol: Protocol;
}

const RPC_PATH = /^\/service\/([^/]+)\/operation\/([^/]+)$/;

export function findRoute(
  services: readonly SandboxService[],
  path: string,
  headers: IncomingHttpHeaders,
  body: Buffer,
): Route | undefined {
  const rpc = RPC_PATH.exec(path);
  if (rpc !== null) {
    const [, name, operation] = rpc;
    const service = services.find((item) => item.targetPrefix === name);
    return service && { service, operation: operation ?? "", protocol: cborProtocol };
  }

  const target = headers["x-amz-target"];
  if (typeof target === "string") {
    const dot = target.lastIndexOf(".");
    const service = services.find((item) => item.targetPrefix === target.slice(0, dot));
    return service && { service, operation: target.slice(dot + 1), protocol: jsonProtocol(service) };
  }

  const form = formAction(body);
  if (form === undefined) return undefined;
  // The version settles it, but for a service whose version another one could share.
  const named = readCredential(headers).service;
  const speakers = services.filter((item) => item.query?.version === form.version);
  const service = speakers.find((item) => item.id === named) ?? speakers[0];
  return service?.query && { service, operation: form.action, protocol: queryProtocol(service.query) };
}

/** The answer for a service that isn't here, in the form its caller can read. */
export function noRoute(headers: IncomingHttpHeaders, body: Buffer): WireAnswer {
  const action = formAction(body)?.action;
  const what = headers["x-amz-target"] ?? action ?? "this request";
  const error = new AwsError("UnknownOperationException", `the sandbox has no service for ${what}`);
  const protocol =
    action === undefined
      ? jsonProtocol({ id: "", operations: {} })
      : queryProtocol({ version: "", xmlNamespace: "", numbers: [], booleans: [] });
  return protocol.error(error, randomUUID());
}

interface Credential {
  readonly accessKey?: string | undefined;
  readonly region?: string | undefined;
  readonly service?: string | undefined;
}

/** The scope in the Authorization header; the signature itself is never checked. */
export function readCredential(headers: IncomingHttpHeaders): Credential {
  const match = /Credential=([^/,\s]+)\/\d+\/([^/,\s]+)\/([^/,\s]+)\/aws4_request/.exec(
    headers.authorization ?? "",
  );
  return match === null ? {} : { accessKey: match[1], region: match[2], service: match[3] };
}
