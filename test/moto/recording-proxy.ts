// Between a command and an emulator: counts every call, and answers in the emulator's place where a test says so.
import { createServer, type IncomingHttpHeaders, type IncomingMessage, request as send } from "node:http";
import type { AddressInfo } from "node:net";

export interface RecordedCall {
  /** The service of the request's signature: `ecs`, `monitoring`, `logs`, `elasticloadbalancing`, `tagging`. */
  readonly service: string;
  readonly operation: string;
  readonly body: string;
}

export interface WireAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Answers a call itself, or passes it on, changed or not. */
export type Handler = (
  call: RecordedCall,
  forward: (body?: string) => Promise<WireAnswer>,
) => WireAnswer | Promise<WireAnswer>;

export interface RecordingProxy {
  readonly endpoint: string;
  calls(): readonly RecordedCall[];
  /** Calls of each operation. */
  counts(): Record<string, number>;
  /** Those that are no reads. */
  writes(): readonly RecordedCall[];
  /** Answers an operation (`ecs:ListServices`) until {@link RecordingProxy.reset}. */
  on(operation: string, handler: Handler): void;
  /** Forgets handlers and calls. */
  reset(): void;
  close(): Promise<void>;
}

/** `repairs` answer where no handler does, and outlive a reset: what the emulator does otherwise than AWS. */
export async function startRecordingProxy(
  target: string,
  repairs: Readonly<Record<string, Handler>> = {},
): Promise<RecordingProxy> {
  let calls: RecordedCall[] = [];
  const handlers = new Map<string, Handler>();
  const server = createServer((request, response) => {
    handle(request)
      .then((answer) => {
        response.writeHead(answer.status, toPlainHeaders(answer));
        response.end(answer.body);
      })
      .catch(() => response.destroy());
  });

  async function handle(request: IncomingMessage): Promise<WireAnswer> {
    const body = await readText(request);
    const call = readCall(request.headers, body);
    calls.push(call);
    const forward = (changed = body) => passOn(target, request, changed);
    const name = `${call.service}:${call.operation}`;
    const handler = handlers.get(name) ?? repairs[name];
    return handler === undefined ? forward() : handler(call, forward);
  }

  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls: () => calls,
    counts: () => countCalls(calls),
    writes: () => calls.filter(({ operation }) => !/^(Describe|List|Get)/.test(operation)),
    on: (operation, handler) => void handlers.set(operation, handler),
    reset: () => {
      calls = [];
      handlers.clear();
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** What AWS answers to someone who may not. */
export const deny: Handler = ({ service, operation, body }) => {
  const message = `User: arn:aws:iam::123456789012:user/ci is not authorized to perform: ${service}:${operation}`;
  if (isQuery(body)) {
    const error = `<Error><Type>Sender</Type><Code>AccessDenied</Code><Message>${message}</Message></Error>`;
    const text = `<ErrorResponse>${error}<RequestId>denied</RequestId></ErrorResponse>`;
    return { status: 403, headers: { "content-type": "text/xml" }, body: text };
  }
  return json(400, { __type: "AccessDeniedException", message });
};

/** Denies only the calls whose body holds a text: one cluster's, say. */
export function denyWhere(text: string): Handler {
  return (call, forward) => (call.body.includes(text) ? deny(call, forward) : forward());
}

export function answerWith(body: unknown): Handler {
  return () => json(200, body);
}

/** Passes the call on, and the answer back with something changed in it. */
export function rewriteAnswer(change: (output: Record<string, unknown>) => Record<string, unknown>): Handler {
  return async (_, forward) => {
    const answer = await forward();
    return { ...answer, body: JSON.stringify(change(JSON.parse(answer.body))) };
  };
}

/** moto has no pages for most lists: half a list comes first, and the other half is `second`'s to answer. */
export function inTwoPages(list: string, token: string, second?: Handler): Handler {
  return async (call, forward) => {
    const { [token]: given, ...input } = JSON.parse(call.body) as Record<string, unknown>;
    if (given !== undefined && second !== undefined) return second(call, forward);
    const whole = await forward(JSON.stringify(input));
    const output = JSON.parse(whole.body) as Record<string, unknown>;
    const items = output[list] as unknown[];
    const middle = Math.ceil(items.length / 2);
    const page =
      given === undefined
        ? { ...output, [list]: items.slice(0, middle), [token]: "page-2" }
        : { ...output, [list]: items.slice(middle) };
    return { ...whole, body: JSON.stringify(page) };
  };
}

/** The same for the query protocol, where all stands on the first page. */
export function inTwoXmlPages(second: Handler): Handler {
  return async (call, forward) => {
    if (/(^|&)Marker=/.test(call.body)) return second(call, forward);
    const answer = await forward();
    const closing = `</${call.operation}Result>`;
    return { ...answer, body: answer.body.replace(closing, `<NextMarker>page-2</NextMarker>${closing}`) };
  };
}

export function countCalls(calls: readonly RecordedCall[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { operation } of calls) counts[operation] = (counts[operation] ?? 0) + 1;
  return counts;
}

function readCall(headers: IncomingHttpHeaders, body: string): RecordedCall {
  const service = /Credential=[^/]+\/[^/]+\/[^/]+\/([^/]+)\//.exec(headers.authorization ?? "")?.[1] ?? "?";
  const target = headers["x-amz-target"];
  const operation =
    typeof target === "string" ? target.split(".").at(-1) : new URLSearchParams(body).get("Action");
  return { service, operation: operation ?? "?", body };
}

function isQuery(body: string): boolean {
  return /(^|&)Action=/.test(body);
}

function json(status: number, body: unknown): WireAnswer {
  return { status, headers: { "content-type": "application/x-amz-json-1.1" }, body: JSON.stringify(body) };
}

function passOn(
  target: string,
  { method, url, headers }: IncomingMessage,
  body: string,
): Promise<WireAnswer> {
  return new Promise((resolve, reject) => {
    const length = String(Buffer.byteLength(body));
    const passed = { ...headers, "content-length": length, connection: "close" };
    const options = { ...(method === undefined ? {} : { method }), headers: passed };
    const onward = send(new URL(url ?? "/", target), options, (answer) => {
      readText(answer).then(
        (text) => resolve({ status: answer.statusCode ?? 502, headers: answer.headers, body: text }),
        reject,
      );
    });
    onward.once("error", reject);
    onward.end(body);
  });
}

/** Length and connection are this server's own. */
function toPlainHeaders({ headers, body }: WireAnswer): IncomingHttpHeaders {
  const { "transfer-encoding": _, connection: __, ...rest } = headers;
  return { ...rest, "content-length": String(Buffer.byteLength(body)) };
}

async function readText(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}
