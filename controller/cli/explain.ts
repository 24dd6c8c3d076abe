// `ecsmon explain`: a field's documentation, like kubectl explain. Needs nothing.
import { explainField, renderReference } from "../api/explain.ts";
import { EcsmonError } from "../model/errors.ts";
import type { Io } from "./io.ts";

export interface ExplainFlags {
  readonly recursive: boolean;
  readonly format: string;
}

export async function runExplain(
  fields: readonly string[],
  flags: ExplainFlags,
  io: Pick<Io, "stdout">,
): Promise<number> {
  if (flags.format === "markdown") {
    io.stdout(renderReference());
    return 0;
  }
  const texts = (fields.length === 0 ? ["MonitoringPolicy"] : fields).map((field) => {
    const explanation = explainField(field, { recursive: flags.recursive });
    if (!explanation.ok) throw new EcsmonError("UnknownField", explanation.message);
    return explanation.text;
  });
  io.stdout(texts.join("\n---\n\n"));
  return 0;
}
