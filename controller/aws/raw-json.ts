// ECS's JSON as it is on the wire, both ways: the SDK drops fields that it does not know, and we must not.
import type { DescribeServicesCommand, UpdateServiceCommand } from "@aws-sdk/client-ecs";

/** What is needed of a command; the SDK types it by input and output, which do not matter here. */
type Reading = Pick<DescribeServicesCommand, "middlewareStack">;
type Writing = Pick<UpdateServiceCommand, "middlewareStack">;

/** On the output of a command that `keepRawBody` was called for, and of answers that stand in for one. */
const rawBody = Symbol("ecsmon.rawBody");

/** Has the command's output carry the body that it was read from: `rawBodyOf` gives it. */
export function keepRawBody(command: object): void {
  const { middlewareStack } = command as Reading;
  let body = "";
  middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const response = result.response as { body: AsyncIterable<Uint8Array> | Uint8Array };
      const bytes = await readBody(response.body);
      body = bytes.toString("utf8");
      response.body = bytes;
      return result;
    },
    { step: "deserialize", priority: "low", name: "ecsmonRawBody" },
  );
  middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      if (result.output !== undefined) withRawBody(result.output, body);
      return result;
    },
    { step: "deserialize", priority: "high", name: "ecsmonRawOutput" },
  );
}

/** @throws RangeError for an output of a command that was sent without `keepRawBody`. */
export function rawBodyOf(output: object): string {
  const body = (output as { readonly [rawBody]?: string })[rawBody];
  if (body === undefined) throw new RangeError("this answer was not read with its body");
  return body;
}

export function withRawBody<T extends object>(output: T, body: string): T {
  return Object.assign(output, { [rawBody]: body });
}

/** Has the command send exactly this JSON; signing comes after it. */
export function sendRaw(command: object, input: object): void {
  const body = JSON.stringify(input);
  (command as Writing).middlewareStack.add(
    (next) => (args) => {
      const request = args.request as { body: unknown; headers: Record<string, string> };
      request.body = body;
      request.headers["content-length"] = String(Buffer.byteLength(body));
      return next(args);
    },
    { step: "build", priority: "low", name: "ecsmonRawInput" },
  );
}

async function readBody(body: AsyncIterable<Uint8Array> | Uint8Array): Promise<Buffer> {
  if (body instanceof Uint8Array) return Buffer.from(body);
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}
