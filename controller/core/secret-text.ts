// Secrets within texts: in commands that containers run and are checked by, in values of log options. Where one stands is
// told by what stands before it: a header, a flag, a variable, a scheme such as Bearer, the user of a URL. What only
// refers to one (`$TOKEN`) is none. Pure.
import { namesSecret } from "../api/secret-words.ts";
import type { Json } from "../model/json.ts";
import { isConcealed, tokensInText } from "./conceal-form.ts";

/** Between the arguments of a command, which is looked through as one text. Of Unicode's private area: no file has it. */
const joint = "\uE000";
const blank = `[\\s${joint}]`;
const name = "(?<name>[A-Za-z_][\\w.-]{0,63})";
/** With the backslashes of a shell within a shell. What it opens ends where the same stands again. */
const open = `(?<open>\\\\{0,8}["'])`;

interface Head {
  readonly pattern: RegExp;
  /** Whether what follows is a secret. */
  readonly tells: (name: string, value: string) => boolean;
  /** How far that goes, unless a quote opens it. */
  readonly value: RegExp;
  /** At the beginning of an argument it goes to its end. */
  readonly fills?: true;
}

const word = new RegExp(`(?:\\$\\([^)${joint}]{0,200}\\)|[^\\s${joint}"'])*`, "y");
const line = new RegExp(`[^\\n${joint}"']*`, "y");
const parameter = new RegExp(`[^&#\\s${joint}"'<>]*`, "y");
const user = new RegExp(`[^\\s${joint}/?#"']*(?=@)`, "y");

/** Of two that begin at the same place the first one counts. */
const heads: readonly Head[] = [
  {
    // -H 'X-Key: …', --header=X-Key:…
    pattern: search(`(?<![\\w-])(?:-H|--header)(?:${blank}+|=)?${open}?${name}\\s*:[^\\S\\n]*`),
    tells: (header) => !plainHeader.test(header),
    value: word,
    fills: true,
  },
  {
    // -u me:…, --user me:…
    pattern: search(`(?<![\\w-])(?:-[uU](?:${blank}+|=)?|--(?:proxy-)?user(?:${blank}+|=))(?!-)${open}?`),
    tells: (_, value) => /^[^:]+:./.test(value) && !/^[0-9]+:[0-9]+$/.test(value),
    value: word,
    fills: true,
  },
  {
    // "token": "…", token: '…'
    pattern: search(`(?<around>\\\\{0,8}["'])?(?<![\\w-])${name}\\k<around>\\s*:\\s*${open}`),
    tells: tellsOfSecret,
    value: word,
  },
  {
    // Authorization: …
    pattern: search(`${open}?(?<![\\w-])${name}:[^\\S\\n]+`),
    tells: (header) => /-|^authorization$|^cookie$/i.test(header) && namesSecret(header),
    value: line,
    fills: true,
  },
  {
    // ?token=…
    pattern: search(`(?<=[?&;])${name}=`),
    tells: tellsOfSecret,
    value: parameter,
  },
  {
    // --token=…
    pattern: search(`(?<![\\w.-])--?${name}=${open}?`),
    tells: tellsOfSecret,
    value: word,
    fills: true,
  },
  {
    // TOKEN=…
    pattern: search(`(?<![\\w.-])${name}=${open}?`),
    tells: tellsOfSecret,
    value: word,
  },
  {
    // --token …
    pattern: search(`(?<![\\w-])--?${name}${blank}+(?!-)${open}?`),
    tells: (flag, value) => !/^headers?$/i.test(flag) && tellsOfSecret(flag, value),
    value: word,
  },
  {
    // redis-cli -a …, mysqladmin -p…
    pattern: search(
      `-(?:${after("redis-cli", "a")}${blank}+|${after("(?:mysql|mariadb)[\\w-]*", "p")})${open}?`,
    ),
    tells: () => true,
    value: word,
  },
  {
    // Bearer …
    pattern: search(`\\b(?:[Bb]earer|BEARER)${blank}+`),
    tells: () => true,
    value: word,
  },
  {
    // Basic …
    pattern: search(`\\bBasic${blank}+`),
    tells: (_, value) => value.length >= shortestPair,
    value: word,
  },
  {
    // https://me:…@
    pattern: search(`(?<![\\w+.-])[a-z][a-z0-9+.-]*://(?=[^\\s${joint}/?#"']*@)`),
    tells: () => true,
    value: user,
  },
];

/** A flag of one letter, somewhere after a program. */
function after(program: string, flag: string): string {
  return `${flag}(?<=\\b${program}${blank}(?:[^]{0,200}${blank})?-${flag})`;
}

function search(pattern: string): RegExp {
  return new RegExp(pattern, "g");
}

/** Headers of requests that every check may send. */
const plainHeader =
  /^(?:host|accept(?:-[a-z]+)?|content-(?:type|length)|user-agent|connection|cache-control|pragma|range|expect|te|upgrade|origin|x-forwarded-[a-z]+|x-request-id)$/i;

/** Shorter ones are words: `echo "Basic check"`. */
const shortestPair = 8;

/** Names of what is about a secret, and not one: `token_type`, `--password-file`. */
const plainName =
  /(?:file|path|dir|timeout|limit|size|count|length|interval|format|type|class|connections)$/i;

function tellsOfSecret(name: string, value: string): boolean {
  const says = namesSecret(name) || /(?:^|[-_.])(?:pass|pwd|sig|signature)$/i.test(name);
  // `--key /etc/tls/key.pem`
  const isFile = /key|cert/i.test(name) && /^\.{0,2}\/[\w./-]{1,1000}$/.test(value);
  return says && !plainName.test(name) && !isFile;
}

/** More than anybody lets a shell fill in, or calls a file. */
const longestPlain = 2000;

/** Nothing, what a shell fills in, and words that are no secret. */
function isPlain(value: string): boolean {
  const rest = value.replace(/^(?:Bearer|Basic|Token)\s+/i, "");
  return /^(?:(?:\$\w+|\$\{\w+\}|\$\([^)]*\)|[\s:])*|true|false|yes|no|on|off|none|null)$/i.test(rest);
}

/** @param cover Gives what is to stand in place of a secret. Where that is looked through again, it is found again. */
export function coverSecrets(text: string, cover: (secret: string) => string): string {
  let covered = "";
  let from = 0;
  for (const { start, end } of findSecrets(text)) {
    covered += text.slice(from, start) + cover(text.slice(start, end));
    from = end;
  }
  return covered + text.slice(from);
}

export function holdsSecret(text: string): boolean {
  return findSecrets(text).next().done !== true;
}

/** A command is a list of arguments: a secret may stand in another one than what tells of it. */
export function coverInCommand(command: Json, cover: (secret: Json) => Json): Json {
  const coverText = (secret: string): string => String(cover(secret));
  if (typeof command === "string") return coverSecrets(command, coverText);
  const texts = textsOf(command);
  if (texts === undefined) return cover(command);
  return texts.length === 0 ? command : coverSecrets(texts.join(joint), coverText).split(joint);
}

export function commandHoldsSecret(command: Json): boolean {
  let holds = false;
  coverInCommand(command, (secret) => {
    holds = true;
    return secret;
  });
  return holds;
}

/** undefined: not the form of a command. */
function textsOf(command: Json): string[] | undefined {
  if (!Array.isArray(command)) return undefined;
  const texts = command.filter((one): one is string => typeof one === "string" && !one.includes(joint));
  return texts.length === command.length ? texts : undefined;
}

interface Found {
  readonly start: number;
  readonly end: number;
}

interface Place {
  readonly head: Head;
  readonly match: RegExpExecArray;
}

/** What begins within a secret is none of its own. */
function* findSecrets(text: string): Generator<Found> {
  const places = heads.flatMap((head) => placesOf(head, text)).sort((a, b) => a.match.index - b.match.index);
  let from = 0;
  for (const place of places) {
    if (place.match.index < from || !isSecret(place, text)) continue;
    const [start, end] = spanAfter(place, text);
    yield { start, end };
    from = end;
  }
}

/** Of a word only the beginning is looked at: each of many places in a row has all the rest of the text for its value. */
function isSecret(place: Place, text: string): boolean {
  const { head, match } = place;
  const near = match.index + match[0].length + longestPlain + 1;
  const [start, end] = spanAfter(place, head.value === word ? text.slice(0, near) : text);
  const value = withoutTokens(text.slice(start, end));
  const isLong = end - start > longestPlain;
  return (isLong || !isPlain(value)) && head.tells(match.groups?.["name"] ?? "", value);
}

/** One may begin within another. */
function placesOf(head: Head, text: string): Place[] {
  const places: Place[] = [];
  const { pattern } = head;
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    pattern.lastIndex = match.index + 1;
    const name = match.groups?.["name"];
    // A name that does not tell by itself tells with no value.
    if (name === undefined || head.tells(name, "")) places.push({ head, match });
  }
  return places;
}

/** So that what is no secret stays none where a part of it is one, and concealed. */
function withoutTokens(value: string): string {
  const isWhole: boolean = isConcealed(value);
  return isWhole ? value : value.replaceAll(tokensInText, "");
}

function spanAfter({ head: { value, fills }, match }: Place, text: string): [start: number, end: number] {
  const start = match.index + match[0].length;
  const next = text.indexOf(joint, start);
  const whole = next === -1 ? text.length : next;
  const open = match.groups?.["open"];
  if (open !== undefined) {
    const close = text.indexOf(open, start);
    return [start, close === -1 || close > whole ? whole : close];
  }
  const isAtStart = match.index === 0 || text[match.index - 1] === joint;
  const isWhole = match[0].includes(joint) || (fills && isAtStart);
  return [start, isWhole ? whole : endOf(value, text, start)];
}

function endOf(value: RegExp, text: string, start: number): number {
  value.lastIndex = start;
  return start + (value.exec(text)?.[0].length ?? 0);
}
