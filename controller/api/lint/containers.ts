// Health checks, sidecars and log drivers that ECS would refuse.
import { isObject } from "../../model/json.ts";
import { formatDuration } from "../duration.ts";
import type { HealthCheckSpec } from "../schema.ts";
import { sidecarName } from "../sidecar-name.ts";
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
  return [];
};

const checkSidecarNames: Check = ({ spec, at }) => {
  const first = new Map<string, readonly (string | number)[]>();
  return (spec.sidecars ?? []).flatMap((sidecar, i): Found[] => {
    const name = sidecarName(sidecar);
    const path = ["spec", "sidecars", i, ...("preset" in sidecar ? ["preset"] : ["container", "name"])];
    const earlier = first.get(name);
    if (earlier === undefined) {
      first.set(name, path);
      return [];
    }
    return [
      {
        code: "DuplicateName",
        message: `two sidecars are named "${name}", the first on line ${at(earlier).line}; rename one`,
        path,
      },
    ];
  });
};

const checkLogOptions: Check = ({ spec }) => {
  const options = spec.logging?.options;
  if (!isGiven(options)) return [];
  const path = ["spec", "logging", "options"];
  const found: Found[] = [];
  const { mode } = options ?? {};
  const size = options?.["max-buffer-size"];
  if (isGiven(mode) && mode !== "blocking" && mode !== "non-blocking") {
    found.push({
      code: "InvalidValue",
      message: `mode ${JSON.stringify(mode)} is unknown; use blocking or non-blocking`,
      path: [...path, "mode"],
    });
  }
  if (typeof size === "string" && !/^[1-9][0-9]*[bkmg]?$/i.test(size) && !size.includes("${")) {
    found.push({
      code: "InvalidValue",
      message: `max-buffer-size ${JSON.stringify(size)} is no size; write one such as 25m`,
      path: [...path, "max-buffer-size"],
    });
  } else if (isGiven(size) && mode === "blocking") {
    found.push({
      severity: "warning",
      code: "Unused",
      message: "max-buffer-size has no effect with mode: blocking; take it out, or use non-blocking",
      path: [...path, "max-buffer-size"],
    });
  }
  for (const [option, field] of [
    ["awslogs-group", "group"],
    ["awslogs-stream-prefix", "streamPrefix"],
  ] as const) {
    if (isGiven(options?.[option]))
      found.push({
        code: "InvalidValue",
        message: `${option} is set by logging.${field}; write it there`,
        path: [...path, option],
      });
  }
  if (isGiven(options?.["awslogs-datetime-format"]) && isGiven(options?.["awslogs-multiline-pattern"])) {
    found.push({
      code: "InvalidValue",
      message: "awslogs-multiline-pattern is ignored beside awslogs-datetime-format; keep one",
      path: [...path, "awslogs-multiline-pattern"],
    });
  }
  return found;
};

export const containerChecks: readonly Check[] = [
  checkHealthRanges,
  checkHealthTiming,
  checkHealthCommand,
  checkSidecarNames,
  checkLogOptions,
];
