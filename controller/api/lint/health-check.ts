// Container health checks that ECS would refuse.
import { isObject } from "../../model/json.ts";
import { formatDuration } from "../duration.ts";
import type { FieldPath } from "../issues.ts";
import type { HealthCheckSpec } from "../schema.ts";
import { type Check, type Found, isFirst, isGiven } from "./check.ts";

const seconds = { interval: [5, 300], timeout: [2, 60], startPeriod: [0, 300] } as const;

const checkHealthRanges: Check = ({ spec }) =>
  Object.entries(seconds).flatMap(([field, [least, most]]): Found[] => {
    const value = spec.healthCheck?.[field as keyof typeof seconds];
    if (!isGiven(value) || typeof value !== "number" || (value >= least && value <= most)) return [];
    return [
      {
        code: "InvalidValue",
        message: `${field} ${formatDuration(value)} is not between ${least}s and ${most}s`,
        path: ["spec", "healthCheck", field],
      },
    ];
  });

const checkHealthTiming: Check = ({ spec }) => {
  const check = spec.healthCheck;
  if (!isGiven(check?.timeout) && !isGiven(check?.interval)) return [];
  const timeout = check?.timeout ?? 5;
  const interval = check?.interval ?? 30;
  // Values out of range are told of already.
  if (timeout < interval || interval < seconds.interval[0] || timeout > seconds.timeout[1]) return [];
  const path = ["spec", "healthCheck", isGiven(check?.timeout) ? "timeout" : "interval"];
  return [
    {
      severity: "warning",
      code: "InvalidValue",
      message: `timeout ${formatDuration(timeout)} is not shorter than interval ${formatDuration(interval)}; checks run into each other`,
      path,
    },
  ];
};

const checkHealthCommand: Check = (policy, world) => {
  const check: HealthCheckSpec | null | undefined = policy.spec.healthCheck;
  const path = ["spec", "healthCheck", "command"];
  const [word, ...rest] = check?.command ?? [];
  if (!isGiven(check)) return [];
  if (word === undefined) {
    const isSaid = world.specs.some(
      (spec) => isObject(spec["healthCheck"]) && isGiven(spec["healthCheck"]["command"]),
    );
    if (isSaid || !isFirst(policy, world, (other) => isGiven(other.spec.healthCheck))) return [];
    return [
      {
        code: "Incomplete",
        message:
          'healthCheck has no command; give one such as ["CMD-SHELL", "curl -fsS http://localhost:8080/ || exit 1"]',
        path: ["spec", "healthCheck"],
      },
    ];
  }
  if (word !== "CMD" && word !== "CMD-SHELL") {
    return [
      {
        code: "InvalidValue",
        message: `command begins with ${JSON.stringify(word)}; write "CMD-SHELL" and one shell line, or "CMD" and the words`,
        path: [...path, 0],
      },
    ];
  }
  if (word === "CMD-SHELL" && rest.length !== 1) {
    return [
      {
        code: "InvalidValue",
        message: `CMD-SHELL takes exactly one string after it, got ${rest.length}; join them, or use "CMD"`,
        path,
      },
    ];
  }
  if (rest.length === 0)
    return [{ code: "InvalidValue", message: "CMD has no command after it; add the words", path }];
  return word === "CMD" ? warnOfShell(rest, path) : [];
};

/** `words`: what stands after CMD, which is run as it is. */
export function warnOfShell(words: readonly string[], path: FieldPath): Found[] {
  const shell = findShell(words);
  if (shell === undefined) return [];
  const taken = words.length === 1 ? "the name of one program" : "a word";
  const message = `CMD runs no shell, so ${JSON.stringify(shell)} is taken as ${taken}, and every check would fail; use "CMD-SHELL" and one shell line`;
  return [{ severity: "warning", code: "InvalidValue", message, path }];
}

/** What only a shell understands: a line of several words, or an operator between words. */
function findShell(words: readonly string[]): string | undefined {
  const [first] = words;
  if (first !== undefined && words.length === 1 && /\S\s+\S/.test(first)) return first;
  return words.find((word) => ["||", "&&", "|", ";", "&", ">", ">>", "<"].includes(word));
}

export const healthChecks: readonly Check[] = [checkHealthRanges, checkHealthTiming, checkHealthCommand];
