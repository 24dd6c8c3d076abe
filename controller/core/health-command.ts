// Whether a health check's command can run at all in an image that we know. Most images are not known, and for these
// nothing is said. Sources: the projects' own Dockerfiles (cloudwatch-agent, aws-otel-collector, aws-xray-daemon and
// opentelemetry-collector end FROM scratch, fluent-bit FROM distroless, mackerel-container-agent FROM debian slim).
import { isObject, type Json, type JsonObject } from "../model/json.ts";

interface KnownImage {
  /** The repository, or the end of it: a pull-through cache puts a path before it. */
  readonly repository: RegExp;
  /** Tags of variants that have more in them. */
  readonly except?: RegExp;
  readonly built: string;
  /** Programs that are not there. */
  readonly lacks: ReadonlySet<string>;
  readonly hint?: string;
}

const downloads = ["curl", "wget"] as const;
/** What people write into checks, and what comes with a distribution only. */
const anyTool: ReadonlySet<string> = new Set([
  ...downloads,
  ...["sh", "ash", "bash", "dash", "busybox", "env", "test", "[", "true", "false", "echo", "cat", "ls"],
  ...["grep", "pgrep", "ps", "pidof", "nc", "netstat", "ss", "stat", "find", "timeout"],
]);

const knownImages: readonly KnownImage[] = [
  {
    repository: /(^|\/)(cloudwatch-agent|amazon)\/cloudwatch-agent$/,
    built: "it is built from scratch",
    lacks: anyTool,
  },
  {
    repository: /(^|\/)(aws-observability|amazon)\/aws-otel-collector$/,
    built: "it is built from scratch",
    lacks: anyTool,
    hint: `its own check is ["CMD", "/healthcheck"]`,
  },
  {
    repository: /(^|\/)(otel|opentelemetry-collector-releases)\/opentelemetry-collector(-[a-z0-9]+)?$/,
    built: "it is built from scratch",
    lacks: anyTool,
  },
  {
    repository: /(^|\/)(xray|amazon)\/aws-xray-daemon$/,
    built: "it is built from scratch",
    lacks: anyTool,
  },
  {
    repository: /(^|\/)fluent\/fluent-bit$/,
    except: /debug/,
    built: "it is built on distroless",
    lacks: anyTool,
  },
  {
    repository: /(^|\/)gcr\.io\/distroless\/[^/]+$/,
    except: /debug/,
    built: "it is distroless",
    lacks: anyTool,
  },
  {
    repository: /(^|\/)(mackerel|mackerelio)\/mackerel-container-agent$/,
    built: "it is built on Debian slim",
    lacks: new Set(downloads),
  },
];

export interface Lack {
  /** `a shell (CMD-SHELL)`, `curl`. */
  readonly what: string;
  /** Why it is not there. */
  readonly built: string;
  readonly hint: string | undefined;
}

/** What the container's health check needs and its image surely does not have. */
export function findLack({ image, healthCheck }: JsonObject): Lack | undefined {
  const command = isObject(healthCheck) ? healthCheck["command"] : undefined;
  if (typeof image !== "string" || !Array.isArray(command)) return undefined;
  const known = findKnown(image);
  if (known === undefined) return undefined;
  const what = missingFrom(known.lacks, command as readonly Json[]);
  return what === undefined ? undefined : { what, built: known.built, hint: known.hint };
}

function findKnown(image: string): KnownImage | undefined {
  const [reference = ""] = image.split("@");
  const [, repository = "", tag = ""] = /^(.*?)(?::([^/:]*))?$/.exec(reference) ?? [];
  const known = knownImages.find((one) => one.repository.test(repository));
  return known?.except?.test(tag) ? undefined : known;
}

function missingFrom(
  lacks: ReadonlySet<string>,
  [form, first, ...rest]: readonly Json[],
): string | undefined {
  if (typeof first !== "string") return undefined;
  if (form === "CMD") {
    const program = baseName(first);
    if (lacks.has(program)) return program;
    // The line that a shell is started for.
    const line = isShell(program) && rest[0] === "-c" ? rest[1] : undefined;
    return typeof line === "string" ? missingFromLine(lacks, line) : undefined;
  }
  if (form !== "CMD-SHELL") return undefined;
  return lacks.has("sh") ? "a shell (CMD-SHELL)" : missingFromLine(lacks, first);
}

/** Nobody writes a longer check, and of one nothing is said. */
const longestLine = 4000;

/** `curl … || wget … || exit 1` can run as long as one of them can; what only says that it failed is no way. */
function missingFromLine(lacks: ReadonlySet<string>, line: string): string | undefined {
  if (line.length > longestLine) return undefined;
  const ways = line.split("||").filter((way) => !/^\s*(exit\s+[1-9]\d*|false)\s*;?\s*$/.test(way));
  const missing = ways.map((way) => programsOf(way).find((program) => lacks.has(program)));
  const named = missing.filter((program) => program !== undefined);
  return named.length < ways.length || named.length === 0 ? undefined : [...new Set(named)].join(" and ");
}

/** Words where a shell expects a program. */
function programsOf(way: string): string[] {
  const place = /(?:^|[;&|(!`])\s*(?:(?:if|then|else|do|exec|time|!|\w+=\S*)\s+)*([\w./[-]+)(?=[\s;)`]|$)/g;
  return [...way.matchAll(place)].map(([, word = ""]) => baseName(word));
}

function isShell(program: string): boolean {
  return /^(ba|da|a)?sh$/.test(program);
}

function baseName(program: string): string {
  return program.slice(program.lastIndexOf("/") + 1);
}
