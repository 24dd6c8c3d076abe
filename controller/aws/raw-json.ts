// ECS's JSON as it is on the wire, both ways: the SDK drops fields that it does not know, and we must not.
import type { DescribeServicesCommand, UpdateServiceCommand } from "@aws-sdk/client-ecs";

/** What is needed of a command; the SDK types it by input and output, which do not matter here. */
type Reading = Pick<DescribeServicesCommand, "middlewareStack">;
type Writing = Pick<UpdateServiceCommand, "middlewareStack">;

/** Gives the body of the answer once the command has been sent. */
export function keepRawBody(command: object): () => string {
  let body = "";
  (command as Reading).middlewareStack.add(
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
  return () => body;
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
