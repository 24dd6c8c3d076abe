// Reads an event pattern and refuses what EventBridge refuses, in its words.
import { invalidPattern } from "./errors.ts";
import { isChoice, isObject, isOperator, type JsonObject, readSubnet } from "./pattern.ts";

/** The account's quota; the API itself takes twice as much. */
const MAX_BYTES = 2048;
const MAX_WILDCARDS = 5;

/** The pattern as parsed JSON; throws InvalidEventPatternException. */
export function readEventPattern(text: string): JsonObject {
  if (Buffer.byteLength(text) > MAX_BYTES)
    throw invalidPattern(`Event pattern is larger than ${MAX_BYTES} bytes`);
  let pattern: unknown;
  try {
    pattern = JSON.parse(text);
  } catch {
    throw invalidPattern("Invalid JSON");
  }
  if (!isObject(pattern)) throw invalidPattern("Filter is not an object");
  checkFields(pattern);
  return pattern;
}

function checkFields(pattern: JsonObject): void {
  const fields = Object.entries(pattern);
  if (fields.length === 0) throw invalidPattern("Empty objects are not allowed");
  for (const [key, wanted] of fields) {
    if (isChoice(key, wanted)) wanted.forEach(checkFields);
    else if (isObject(wanted)) checkFields(wanted);
    else if (!Array.isArray(wanted)) throw invalidPattern(`"${key}" must be an object or an array`);
    else if (wanted.length === 0) throw invalidPattern("Empty arrays are not allowed");
    else wanted.forEach(checkMatcher);
  }
}

function checkMatcher(matcher: unknown): void {
  if (Array.isArray(matcher))
    throw invalidPattern("Match value must be String, number, true, false, or null");
  if (!isObject(matcher)) return;
  const [only, ...more] = Object.entries(matcher);
  if (only === undefined) throw invalidPattern("Empty objects are not allowed");
  if (more.length > 0) throw invalidPattern("Only one key allowed in match expression");
  const [operator, operand] = only;
  if (!isOperator(operator)) throw invalidPattern(`Unrecognized match type ${operator}`);
  if (operator === "anything-but") checkAnythingBut(operand);
  else if (operator === "numeric") checkNumeric(operand);
  else if (operator === "exists") {
    if (typeof operand !== "boolean")
      throw invalidPattern("exists match pattern must be either true or false.");
  } else checkTextOperand(operator, operand);
}

function checkTextOperand(operator: string, operand: unknown): void {
  if ((operator === "prefix" || operator === "suffix") && isObject(operand)) {
    const other = Object.keys(operand).find((name) => name !== "equals-ignore-case");
    if (other !== undefined) throw invalidPattern(`Unsupported ${operator} pattern: ${other}`);
    if (typeof operand["equals-ignore-case"] !== "string")
      throw invalidPattern(`equals-ignore-case match pattern must be a string`);
    return;
  }
  if (typeof operand !== "string") throw invalidPattern(`${operator} match pattern must be a string`);
  if (operator === "wildcard") checkWildcard(operand);
  if (operator === "cidr" && readSubnet(operand) === undefined)
    throw invalidPattern(`Malformed CIDR, '${operand}' is no network such as 10.0.0.0/24`);
}

function checkWildcard(text: string): void {
  const stars = text.replace(/\\[*\\]/g, "..");
  if (stars.includes("\\")) throw invalidPattern(`Invalid escape character at pos ${stars.indexOf("\\")}`);
  if (stars.includes("**"))
    throw invalidPattern(`Consecutive wildcard characters at pos ${stars.indexOf("**") + 1}`);
  if (stars.split("*").length - 1 > MAX_WILDCARDS)
    throw invalidPattern(
      "Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences after a wildcard character",
    );
}

const UNDER_ANYTHING_BUT = ["prefix", "suffix", "equals-ignore-case", "wildcard"];

function checkAnythingBut(operand: unknown): void {
  if (isObject(operand)) {
    const [only, ...more] = Object.entries(operand);
    if (only === undefined || more.length > 0)
      throw invalidPattern("Only one key allowed in match expression");
    const [operator, texts] = only;
    if (!UNDER_ANYTHING_BUT.includes(operator))
      throw invalidPattern(`Unsupported anything-but pattern: ${operator}`);
    for (const text of nonEmpty([texts].flat())) {
      if (isObject(text))
        throw invalidPattern("Value of anything-but must be an array or single string/number value.");
      checkTextOperand(operator, text);
      if (text === "" && (operator === "prefix" || operator === "suffix"))
        throw invalidPattern("Null prefix/suffix not allowed");
    }
    return;
  }
  const values = nonEmpty([operand].flat());
  if (!values.every((value) => typeof value === "string" || typeof value === "number"))
    throw invalidPattern("Value of anything-but must be an array or single string/number value.");
  if (new Set(values.map((value) => typeof value)).size > 1)
    throw invalidPattern(
      "Inside anything but list, either all values are number or string, mixed type is not supported",
    );
}

function nonEmpty(values: unknown[]): unknown[] {
  if (values.length === 0) throw invalidPattern("Empty arrays are not allowed");
  return values;
}

function checkNumeric(operand: unknown): void {
  if (!Array.isArray(operand)) throw invalidPattern("Value of numeric must be an array.");
  const [operator, bound, second, top, ...more] = operand;
  if (typeof operator !== "string")
    throw invalidPattern(`Invalid member in numeric match: ${operator ?? "]"}`);
  if (!["<", "<=", "=", ">", ">="].includes(operator))
    throw invalidPattern(`Unrecognized numeric range operator: ${operator}`);
  if (typeof bound !== "number")
    throw invalidPattern(`Value of ${operator === "=" ? "equals" : operator} must be numeric`);
  if (operand.length === 2) return;
  if (!operator.startsWith(">")) throw invalidPattern("Too many elements in numeric expression");
  if (second !== "<" && second !== "<=") throw invalidPattern(`Bad numeric range operator: ${second}`);
  if (typeof top !== "number") throw invalidPattern(`Value of ${second} must be numeric`);
  if (top <= bound) throw invalidPattern("Bottom must be less than top");
  if (more.length > 0) throw invalidPattern("Too many terms in numeric range expression");
}
