// awsQuery: a form in, XML out. Lists come as `X.member.N`, maps as `X.entry.N.key/.value`.
import { AwsError, type Input, type SandboxService } from "../service.ts";
import { isRecord, type Protocol } from "./protocol.ts";
import { escapeXml } from "./xml.ts";

type QueryDialect = NonNullable<SandboxService["query"]>;

/** One level of the form's dotted names. A leaf has text, a branch has children. */
interface Node {
  text?: string;
  readonly children: Map<string, Node>;
}

export function queryProtocol(dialect: QueryDialect): Protocol {
  const numbers = new Set(dialect.numbers);
  const booleans = new Set(dialect.booleans);
  const maps = new Set(dialect.maps);
  const xmlns = escapeXml(dialect.xmlNamespace);

  return {
    decode: (body) => decodeForm(body.toString("utf8"), numbers, booleans),
    answer: (operation, output, requestId) => ({
      status: 200,
      headers: { "content-type": "text/xml", "x-amzn-requestid": requestId },
      body:
        `<${operation}Response xmlns="${xmlns}"><${operation}Result>${toXml(output, maps)}</${operation}Result>` +
        `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata></${operation}Response>`,
    }),
    error: (error, requestId) => ({
      status: error.status,
      headers: { "content-type": "text/xml", "x-amzn-requestid": requestId },
      body:
        `<ErrorResponse xmlns="${xmlns}"><Error><Type>${error.status >= 500 ? "Receiver" : "Sender"}</Type>` +
        `<Code>${escapeXml(error.queryCode ?? error.code)}</Code><Message>${escapeXml(error.message)}</Message>` +
        `${toXml(error.members, maps)}</Error><RequestId>${requestId}</RequestId></ErrorResponse>`,
    }),
  };
}

/** The operation and version of a form, which are what its service is found by. */
export function formAction(body: Buffer): { action: string; version: string } | undefined {
  const form = new URLSearchParams(body.toString("utf8"));
  const action = form.get("Action");
  return action === null ? undefined : { action, version: form.get("Version") ?? "" };
}

function decodeForm(body: string, numbers: ReadonlySet<string>, booleans: ReadonlySet<string>): Input {
  const root: Node = { children: new Map() };
  for (const [name, text] of new URLSearchParams(body)) {
    if (name === "Action" || name === "Version") continue;
    // A parameter without a value counts as not given, for AWS; only a tag's value can be empty.
    if (text === "" && !/(^|\.)[Vv]alue$/.test(name)) continue;
    let node = root;
    for (const part of name.split(".")) {
      let child = node.children.get(part);
      if (child === undefined) {
        child = { children: new Map() };
        node.children.set(part, child);
      }
      node = child;
    }
    node.text = text;
  }
  return readNode(root, "", numbers, booleans) ?? {};
}

function readNode(
  node: Node,
  name: string,
  numbers: ReadonlySet<string>,
  booleans: ReadonlySet<string>,
): unknown {
  if (node.children.size === 0) {
    if (node.text === undefined) return {};
    if (numbers.has(name)) return readNumber(node.text, name);
    return booleans.has(name) ? readBoolean(node.text, name) : node.text;
  }
  const member = node.children.get("member");
  if (member !== undefined) return inOrder(member).map((item) => readNode(item, name, numbers, booleans));
  const entry = node.children.get("entry");
  if (entry !== undefined) {
    return Object.fromEntries(
      inOrder(entry).map((item) => [
        item.children.get("key")?.text ?? "",
        readNode(item.children.get("value") ?? { children: new Map() }, name, numbers, booleans),
      ]),
    );
  }
  return Object.fromEntries(
    [...node.children].map(([key, child]) => [key, readNode(child, key, numbers, booleans)]),
  );
}

function inOrder(list: Node): Node[] {
  return [...list.children].sort(([a], [b]) => Number(a) - Number(b)).map(([, node]) => node);
}

function readNumber(text: string, name: string): number {
  const value = Number(text);
  if (text.trim() === "" || Number.isNaN(value))
    throw new AwsError("MalformedInput", `'${text}' is not a number, for ${name}`);
  return value;
}

function readBoolean(text: string, name: string): boolean {
  if (text === "true") return true;
  if (text === "false") return false;
  throw new AwsError("MalformedInput", `'${text}' must be 'true' or 'false', for ${name}`);
}

function toXml(value: unknown, maps: ReadonlySet<string>): string {
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map((item) => `<member>${toXml(item, maps)}</member>`).join("");
  if (!isRecord(value)) return escapeXml(String(value));
  return Object.entries(value)
    .filter(([, item]) => item !== undefined && item !== null)
    .map(([key, item]) => `<${key}>${maps.has(key) ? mapToXml(item, maps) : toXml(item, maps)}</${key}>`)
    .join("");
}

function mapToXml(map: unknown, maps: ReadonlySet<string>): string {
  const entries = isRecord(map) ? Object.entries(map) : [];
  return entries
    .map(([key, item]) => `<entry><key>${escapeXml(key)}</key><value>${toXml(item, maps)}</value></entry>`)
    .join("");
}
