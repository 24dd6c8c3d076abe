// A Dockerfile as its test reads it: stages of instructions. What it does not understand it refuses, so that nothing of
// the image goes untested unseen.

const understood = [
  "ARG",
  "FROM",
  "WORKDIR",
  "COPY",
  "RUN",
  "ENV",
  "VOLUME",
  "USER",
  "EXPOSE",
  "STOPSIGNAL",
  "HEALTHCHECK",
  "ENTRYPOINT",
  "CMD",
] as const;

export interface Instruction {
  readonly name: (typeof understood)[number];
  readonly rest: string;
}

export interface Stage {
  readonly image: string;
  readonly name: string | undefined;
  readonly instructions: readonly Instruction[];
}

/** @throws Error that names an instruction it does not know. */
export function parseDockerfile(text: string): Stage[] {
  const args = new Map<string, string>();
  const stages: { image: string; name: string | undefined; instructions: Instruction[] }[] = [];
  const lines = text
    .split("\n")
    .filter((line) => !/^\s*(#|$)/.test(line))
    .join("\n")
    .replaceAll(/\\\n\s*/g, "")
    .split("\n");
  for (const line of lines) {
    const [, word = "", rest = ""] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
    const name = understood.find((one) => one === word);
    if (name === undefined) throw new Error(`the test does not understand: ${line}`);
    const stage = stages.at(-1);
    if (name === "FROM") {
      const [image = "", , stageName] = rest.split(/\s+/);
      const filled = image.replaceAll(/\$\{(\w+)\}/g, (_, key: string) => args.get(key) ?? "");
      stages.push({ image: filled, name: stageName, instructions: [] });
    } else if (stage !== undefined) stage.instructions.push({ name, rest });
    else if (name === "ARG") args.set(...splitOnce(rest));
    else throw new Error(`before the first FROM: ${line}`);
  }
  return stages;
}

export function readAll(stage: Stage, name: Instruction["name"]): string[] {
  return stage.instructions.flatMap((one) => (one.name === name ? [one.rest] : []));
}

/** `ENV A=b C=d`, without quotes. */
export function readEnv(stage: Stage): Record<string, string> {
  return Object.fromEntries(
    readAll(stage, "ENV").flatMap((rest) => rest.split(/\s+/).map((pair) => splitOnce(pair))),
  );
}

/** The exec form: a JSON list. */
export function readExec(text: string): string[] {
  const list: unknown = JSON.parse(text);
  if (!Array.isArray(list) || !list.every((one) => typeof one === "string"))
    throw new Error(`not the exec form: ${text}`);
  return list;
}

/** Files of a build context: a `.dockerignore` of `*` and of names that are let in again. */
export function isInContext(ignore: string): (file: string) => boolean {
  const lines = ignore.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  const [first, ...others] = lines;
  const odd = others.find((line) => !/^![\w.-]+$/.test(line));
  if (first !== "*" || odd !== undefined) throw new Error(`the test does not understand: ${odd ?? first}`);
  const letIn = new Set(others.map((line) => line.slice(1)));
  return (file) => letIn.has(file.split("/")[0] ?? "");
}

function splitOnce(pair: string): [string, string] {
  const at = pair.indexOf("=");
  if (at < 1) throw new Error(`no NAME=VALUE: ${pair}`);
  return [pair.slice(0, at), pair.slice(at + 1)];
}
