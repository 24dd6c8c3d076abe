// restJson1: method and path name the operation, and its input is spread over path, query and body.
// Timestamps are epoch seconds; an error's name stands in a header, and its status says what kind it is.
import type { AwsError, Input, SandboxService } from "../service.ts";
import { jsonProtocol } from "./json.ts";
import type { Protocol } from "./protocol.ts";

export interface RestRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
}

/** `bound` gives what path and query say; it may refuse. That counts before what the body says. */
export function restJsonProtocol(service: SandboxService, bound: () => Input): Protocol {
  const json = jsonProtocol(service);
  return {
    decode: (body) => ({ ...json.decode(body), ...bound() }),
    answer(operation, output, requestId) {
      const answer = json.answer(operation, output, requestId);
      return { ...answer, headers: { ...answer.headers, "content-type": "application/json" } };
    },
    error: (error, requestId) => ({
      status: statusOf(error),
      headers: {
        "content-type": "application/json",
        "x-amzn-requestid": requestId,
        "x-amzn-errortype": error.code,
      },
      body: JSON.stringify({ Message: error.message, ...error.members }),
    }),
  };
}

/** The sandbox's faults have the statuses of the older protocols. */
function statusOf({ code, status }: AwsError): number {
  if (code === "ThrottlingException") return 429;
  return code === "AccessDeniedException" ? 403 : status;
}
