// `ecsmon get`: what controllers keep of how things stand and of what they wrote. Reads the status store, and no AWS
// service beside it.
import { stringify } from "yaml";
import type { ObjectStore } from "../state/object-store.ts";
import { describeFailure } from "./failure.ts";
import { type GetFlags, type GetSubject, refuseMisfits } from "./get-options.ts";
import { look, type Sight } from "./get-sight.ts";
import type { Io } from "./io.ts";
import { formatJson } from "./render/json.ts";
import { createPaint } from "./render/paint.ts";
import { safeText } from "./render/safe-text.ts";
import { openStatusPlace } from "./status-place.ts";

/** Milliseconds from one look to the next. */
const watchEvery = 2_000;

export async function runGet(
  subject: GetSubject,
  names: readonly string[],
  flags: GetFlags,
  io: Io,
): Promise<number> {
  refuseMisfits(subject, flags);
  const store = await openStatusPlace(flags, io);
  if (store === undefined) return 1;
  return flags.watch
    ? watch(subject, names, flags, store, io)
    : show(await look(subject, names, flags, store, io), flags, io);
}

/** Gives the exit code. */
export function show(sight: Sight, flags: GetFlags, io: Io): number {
  const code = tellBroken(sight, io);
  if (flags.output === "json") io.stdout(formatJson(toList(sight)));
  else if (flags.output === "yaml") io.stdout(formatYaml(toList(sight)));
  else io.stdout(formatTable(sight, flags, io));
  if (sight.items.length === 0 && flags.output !== "json" && flags.output !== "yaml")
    io.stderr(
      `ecsmon: no ${sight.subject} found in ${safeText(sight.store)}${describeReach(sight, flags)}\n`,
    );
  tellUnread(sight, io);
  return code;
}

function describeReach({ reach }: Sight, { since }: GetFlags): string {
  if (reach === undefined) return "";
  const from = ` since ${reach.since.toISOString()}`;
  return since === undefined ? `${from}; --since 400d looks further back` : from;
}

function tellUnread({ reach }: Sight, io: Io): void {
  if (reach?.unreadUntil === undefined) return;
  const until = reach.unreadUntil.toISOString();
  io.stderr(
    `ecsmon: older entries were not looked at, those up to ${until}: there are too many; narrow it with --target\n`,
  );
}

function tellBroken({ broken }: Sight, io: Io): number {
  for (const error of broken) io.stderr(describeFailure(error, io.logLevel));
  return broken.length === 0 ? 0 : 1;
}

/** As kubectl gives it. */
function toList({ items, pause, reach }: Sight): object {
  const { since, unreadUntil } = reach ?? {};
  return {
    apiVersion: "ecsmon.dev/v1alpha1",
    kind: "List",
    metadata: {
      ...(pause === undefined ? {} : { paused: pause }),
      ...(since === undefined ? {} : { since: since.toISOString() }),
      ...(unreadUntil === undefined ? {} : { unreadUntil: unreadUntil.toISOString() }),
    },
    items,
  };
}

/** Strings are quoted throughout where one holds what a terminal would obey: only there an escape means itself. */
function formatYaml(value: object): string {
  const plain = stringify(value);
  if (safeText(plain, { keepNewlines: true }) === plain) return plain;
  return safeText(
    stringify(value, { defaultStringType: "QUOTE_DOUBLE", defaultKeyType: "PLAIN", lineWidth: 0 }),
    { keepNewlines: true },
  );
}

function formatTable(sight: Sight, { output }: Pick<GetFlags, "output">, io: Io): string {
  const { header, lines } = sight.table({ colour: io.colour.stdout, wide: output === "wide" });
  const all = [...paintHead(sight, io), ...(lines.length === 0 ? [] : [header, ...lines])];
  return all.map((line) => `${line}\n`).join("");
}

function paintHead({ head }: Sight, io: Io): string[] {
  const paint = createPaint(io.colour.stdout);
  return head.map((line) => paint(safeText(line), "yellow", "bold"));
}

/** On a terminal the table is drawn anew; elsewhere it is told once, and then what has changed of it. */
async function watch(
  subject: GetSubject,
  names: readonly string[],
  flags: GetFlags,
  store: ObjectStore,
  io: Io,
): Promise<number> {
  const release = io.onInterrupt(() => undefined);
  let told: { readonly head: string; readonly prints: ReadonlyMap<string, string> } | undefined;
  try {
    while (!io.signal.aborted) {
      try {
        const sight = await look(subject, names, flags, store, io);
        tellBroken(sight, io);
        if (told === undefined) tellUnread(sight, io);
        if (io.isTty.stdout) io.stdout(`\u001b[H\u001b[2J${formatTable(sight, flags, io)}`);
        else tellChanges(sight, told, flags, io);
        told = {
          head: sight.head.join("\n"),
          prints: new Map(sight.keys.map((key, index) => [key, sight.prints[index] ?? ""])),
        };
      } catch (error) {
        if (io.signal.aborted) break;
        // What was there and cannot be read for a moment is no reason to end.
        if (told === undefined) throw error;
        io.stderr(describeFailure(error, io.logLevel));
      }
      await io.sleep(watchEvery);
    }
    return 0;
  } finally {
    release();
  }
}

function tellChanges(
  sight: Sight,
  told: { readonly head: string; readonly prints: ReadonlyMap<string, string> } | undefined,
  flags: GetFlags,
  io: Io,
): void {
  const { header, lines } = sight.table({ colour: io.colour.stdout, wide: flags.output === "wide" });
  const isNew = (index: number): boolean => told?.prints.get(sight.keys[index] ?? "") !== sight.prints[index];
  const changed = lines.filter((_, index) => isNew(index));
  const head = told?.head === sight.head.join("\n") ? [] : paintHead(sight, io);
  const all = [...head, ...(told === undefined && lines.length > 0 ? [header] : []), ...changed];
  io.stdout(all.map((line) => `${line}\n`).join(""));
}
