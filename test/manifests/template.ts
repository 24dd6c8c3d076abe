// A CloudFormation template as its tests read it: parsed, and its functions worked out with given parameters. What only
// AWS could say of a resource stands as `<LogicalId>` or `<LogicalId.Attribute>`.
import { isMap, isScalar, isSeq, parseDocument } from "yaml";

// biome-ignore lint/suspicious/noExplicitAny: templates are JSON of many shapes
export type Any = any;

const pseudo: Readonly<Record<string, string>> = {
  "AWS::AccountId": "123456789012",
  "AWS::Partition": "aws",
  "AWS::Region": "us-east-1",
  "AWS::StackName": "ecsmon",
};

/** Short forms (`!Sub x`) become long ones (`{ "Fn::Sub": x }`). */
export function readTemplate(text: string): Any {
  const document = parseDocument(text, { logLevel: "silent" });
  const [error] = document.errors;
  if (error !== undefined) throw error;
  return toLongForm(document.contents);
}

function toLongForm(node: unknown): Any {
  const value = isMap(node)
    ? Object.fromEntries(node.items.map(({ key, value: inner }) => [String(key), toLongForm(inner)]))
    : isSeq(node)
      ? node.items.map(toLongForm)
      : isScalar(node)
        ? node.value
        : fail(`not understood: ${String(node)}`);
  const tag = (node as { readonly tag?: string }).tag;
  if (tag === undefined || !tag.startsWith("!")) return value;
  if (tag === "!Ref" || tag === "!Condition") return { [tag.slice(1)]: value };
  return { [`Fn::${tag.slice(1)}`]: tag === "!GetAtt" ? String(value).split(".") : value };
}

/** What has no value. */
const none = Symbol("AWS::NoValue");

/** Resources of the template with these parameters: those whose condition holds, functions worked out. */
export function evaluate(
  template: Any,
  parameters: Readonly<Record<string, string>> = {},
): Readonly<Record<string, Any>> {
  const given = (name: string): Any => {
    const { Type, Default } = template.Parameters[name];
    const value = parameters[name] ?? Default ?? fail(`no parameter ${name}`);
    return Type === "CommaDelimitedList" || Type.startsWith("List<") ? String(value).split(",") : value;
  };

  const holds = (name: string): boolean => work(template.Conditions[name]);

  const refer = (name: string): Any => {
    if (name === "AWS::NoValue") return none;
    if (pseudo[name] !== undefined) return pseudo[name];
    if (template.Parameters[name] !== undefined) return given(name);
    return template.Resources[name] === undefined ? fail(`nothing is called ${name}`) : `<${name}>`;
  };

  const substitute = (text: string, own: Readonly<Record<string, Any>>): string =>
    text.replaceAll(/\$\{([^}!]+)\}/g, (_, name: string) => {
      if (own[name] !== undefined) return String(work(own[name]));
      const [resource = "", attribute] = name.split(".");
      return attribute === undefined ? String(refer(name)) : `<${resource}.${attribute}>`;
    });

  const functions: Readonly<Record<string, (value: Any) => Any>> = {
    Ref: refer,
    Condition: holds,
    "Fn::GetAtt": ([resource, attribute]) =>
      template.Resources[resource] === undefined
        ? fail(`nothing is called ${resource}`)
        : `<${resource}.${attribute}>`,
    "Fn::Sub": (value) => (Array.isArray(value) ? substitute(value[0], value[1]) : substitute(value, {})),
    "Fn::If": ([name, yes, no]) => work(holds(name) ? yes : no),
    "Fn::Equals": ([a, b]) => work(a) === work(b),
    "Fn::Not": ([a]) => !work(a),
    "Fn::Or": (conditions) => conditions.some(work),
    "Fn::Join": ([separator, list]) => work(list).join(separator),
  };

  const work = (value: Any): Any => {
    if (Array.isArray(value)) return value.map(work).filter((one) => one !== none);
    if (typeof value !== "object" || value === null) return value;
    const [only, ...others] = Object.keys(value);
    const call = others.length === 0 && only !== undefined ? functions[only] : undefined;
    // Inside a policy, `Condition` is one of IAM's: its value is no name.
    if (
      call !== undefined &&
      only !== undefined &&
      !(only === "Condition" && typeof value[only] === "object")
    )
      return call(value[only]);
    return Object.fromEntries(
      Object.entries(value)
        .map(([key, inner]) => [key, work(inner)])
        .filter(([, inner]) => inner !== none),
    );
  };

  return Object.fromEntries(
    Object.entries<Any>(template.Resources)
      .filter(([, { Condition }]) => Condition === undefined || holds(Condition))
      .map(([name, { Condition: _, ...resource }]) => [name, work(resource)]),
  );
}

function fail(message: string): never {
  throw new Error(message);
}
