// `ecsmon schema`: the JSON Schema of a policy, for editors and for those who check policies with other tools.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { policyJsonSchema } from "../api/json-schema.ts";
import type { Io } from "./io.ts";

const fileName = "monitoringpolicy.schema.json";

export async function runSchema(flags: { readonly out?: string }, io: Io): Promise<number> {
  const text = `${JSON.stringify(policyJsonSchema(), null, 2)}\n`;
  if (flags.out === undefined) {
    io.stdout(text);
    return 0;
  }
  await mkdir(flags.out, { recursive: true });
  await writeFile(join(flags.out, fileName), text);
  io.stderr(`wrote ${join(flags.out, fileName)}\n`);
  return 0;
}
