// Whether the policy of an SNS topic lets CloudWatch publish to it for the alarms of one account and Region, and EventBridge
// for the rules. Only what is certain is told: a principal or a condition that cannot be judged from here leaves the answer open.
// Sources: SNS developer guide, "Example cases for Amazon SNS access control"; IAM user guide, "Policy evaluation logic".
import { matchesGlob } from "./glob.ts";
import { isObject, type Json, type JsonObject } from "./json.ts";

/** Whose alarms and rules publish. */
export interface Publisher {
  readonly account: string;
  readonly region: string;
}

/** `undefined`: it cannot be said. */
type Answer = boolean | undefined;

/** Who publishes for an account, and on behalf of which of its things. */
interface Teller {
  readonly principal: string;
  readonly service: string;
  /** `arn:…:SERVICE:REGION:ACCOUNT:` and this, before the thing's name. */
  readonly head: string;
}

const cloudWatch: Teller = { principal: "cloudwatch.amazonaws.com", service: "cloudwatch", head: "alarm:" };
const eventBridge: Teller = { principal: "events.amazonaws.com", service: "events", head: "rule/" };

/** `undefined` where it cannot be said. `policy`: the topic's attribute `Policy`; `undefined`: it has none. */
export function allowsCloudWatch(topicArn: string, policy: string | undefined, publisher: Publisher): Answer {
  return allows(cloudWatch, topicArn, policy, publisher);
}

/** The same of the rules of the default bus. */
export function allowsEventBridge(
  topicArn: string,
  policy: string | undefined,
  publisher: Publisher,
): Answer {
  return allows(eventBridge, topicArn, policy, publisher);
}

function allows(teller: Teller, topicArn: string, policy: string | undefined, publisher: Publisher): Answer {
  if (policy === undefined || policy === "") return undefined;
  const statements = readStatements(policy);
  if (statements === undefined) return undefined;
  const answers = statements.map((statement) => ({
    effect: statement["Effect"],
    holds: and([
      judgePrincipal(statement, teller),
      judgeList(statement, "Action", (pattern) => matchesGlob("sns:publish", pattern.toLowerCase())),
      judgeList(statement, "Resource", (pattern) => matchesGlob(topicArn, pattern)),
      judgeConditions(statement["Condition"], { ...publisher, teller, topicArn }),
    ]),
  }));
  const denied = or(answers.filter(({ effect }) => effect === "Deny").map(({ holds }) => holds));
  const allowed = or(answers.filter(({ effect }) => effect === "Allow").map(({ holds }) => holds));
  return and([allowed, not(denied)]);
}

function readStatements(policy: string): JsonObject[] | undefined {
  try {
    const document = JSON.parse(policy) as Json;
    const given = isObject(document) ? document["Statement"] : undefined;
    if (given === undefined) return undefined;
    return [given].flat().filter(isObject);
  } catch {
    return undefined;
  }
}

/** An account named as a principal is its users; whether its alarms are meant is not documented. */
function judgePrincipal(statement: JsonObject, { principal: service }: Teller): Answer {
  if (statement["NotPrincipal"] !== undefined) return undefined;
  const principal = statement["Principal"];
  if (principal === "*") return true;
  if (!isObject(principal)) return false;
  if (textsOf(principal["AWS"]).includes("*")) return true;
  if (textsOf(principal["Service"]).some((name) => name === service || name === "*")) return true;
  return textsOf(principal["AWS"]).length > 0 ? undefined : false;
}

function judgeList(
  statement: JsonObject,
  member: "Action" | "Resource",
  isMet: (pattern: string) => boolean,
): Answer {
  const excluded = statement[`Not${member}`];
  if (excluded !== undefined) return !textsOf(excluded).some(isMet);
  return textsOf(statement[member]).some(isMet);
}

interface Request extends Publisher {
  readonly teller: Teller;
  readonly topicArn: string;
}

function judgeConditions(conditions: Json | undefined, request: Request): Answer {
  if (conditions === undefined) return true;
  if (!isObject(conditions)) return undefined;
  return and(
    Object.entries(conditions).flatMap(([operator, keys]) =>
      isObject(keys)
        ? Object.entries(keys).map(([key, values]) =>
            judgeCondition(operator, key.toLowerCase(), textsOf(values), request),
          )
        : [undefined],
    ),
  );
}

function judgeCondition(operator: string, key: string, values: readonly string[], request: Request): Answer {
  const plain = operator.replace(/IfExists$/, "");
  if (key === "aws:securetransport" && plain === "Bool") return values.includes("true");
  const isNegated = /^(String|Arn)Not/.test(plain);
  const isText = /^(String|Arn)(Not)?(Equals|Like)(IgnoreCase)?$/.test(plain);
  if (!isText) return undefined;
  let met: Answer;
  if (key === "aws:sourceaccount" || key === "aws:sourceowner")
    met = values.some((value) => matchesGlob(request.account, value));
  else if (key === "aws:sourcearn") met = or(values.map((value) => judgeSourceArn(value, request)));
  return isNegated ? not(met) : met;
}

/** Which alarms or rules a pattern means: all of the account and Region, none of them, or some. */
function judgeSourceArn(pattern: string, { account, region, teller, topicArn }: Request): Answer {
  const { service } = teller;
  const head = `arn:${topicArn.split(":")[1]}:${service}:${region}:${account}:${teller.head}`;
  // Two names that no pattern meets unless it meets every name.
  if (["\u0001", "\u0002x"].every((name) => matchesGlob(`${head}${name}`, pattern))) return true;
  const [, , ofService = "*", ofRegion = "*", ofAccount = "*", kind = "*"] = pattern.split(":");
  const fits =
    matchesGlob(service, ofService) &&
    matchesGlob(region, ofRegion) &&
    matchesGlob(account, ofAccount) &&
    (kind === teller.head.slice(0, -1) || kind.startsWith(teller.head) || /[*?]/.test(kind));
  return fits || !pattern.startsWith("arn:") ? undefined : false;
}

function textsOf(value: Json | undefined): string[] {
  if (value === undefined || value === null) return [];
  return [value].flat().map(String);
}

function and(answers: readonly Answer[]): Answer {
  if (answers.includes(false)) return false;
  return answers.includes(undefined) ? undefined : true;
}

function or(answers: readonly Answer[]): Answer {
  if (answers.includes(true)) return true;
  return answers.includes(undefined) ? undefined : false;
}

function not(answer: Answer): Answer {
  return answer === undefined ? undefined : !answer;
}
