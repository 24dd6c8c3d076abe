// Options of the log driver that do nothing, or that the driver refuses when a container starts.
import type { JsonObject } from "../../model/json.ts";
import { isObject } from "../../model/json.ts";
import { findOption, isAwslogsOption, isCloudWatchOutput, mayHoldSecret, outputOf } from "../log-options.ts";
import { type Check, effective, type Found, isGiven, type World } from "./check.ts";

const optionsPath = ["spec", "logging", "options"] as const;

/** What `logging` says over all documents: another one may choose the driver, or give the option. */
function loggings(world: World): JsonObject[] {
  return world.specs.map((spec) => spec["logging"]).filter(isObject);
}

const checkBuffer: Check = ({ spec }) => {
  const options = spec.logging?.options;
  const { mode } = options ?? {};
  const size = options?.["max-buffer-size"];
  const found: Found[] = [];
  if (isGiven(mode) && mode !== "blocking" && mode !== "non-blocking") {
    found.push({
      code: "InvalidValue",
      message: `mode ${JSON.stringify(mode)} is unknown; use blocking or non-blocking`,
      path: [...optionsPath, "mode"],
    });
  }
  if (typeof size === "string" && !/^[1-9][0-9]*[bkmg]?$/i.test(size) && !size.includes("${")) {
    found.push({
      code: "InvalidValue",
      message: `max-buffer-size ${JSON.stringify(size)} is no size; write one such as 25m`,
      path: [...optionsPath, "max-buffer-size"],
    });
  } else if (isGiven(size) && mode === "blocking") {
    found.push({
      severity: "warning",
      code: "Unused",
      message: "max-buffer-size has no effect with mode: blocking; take it out, or use non-blocking",
      path: [...optionsPath, "max-buffer-size"],
    });
  }
  return found;
};

/** Options that have a field of their own, by driver. */
const fieldsOf = {
  awslogs: { "awslogs-group": "group", "awslogs-stream-prefix": "streamPrefix" },
  awsfirelens: { log_group_name: "group", log_stream_prefix: "streamPrefix" },
} as const;

const checkDriverOptions: Check = ({ spec }, world) => {
  const logging = spec.logging;
  const given = Object.entries(logging?.options ?? {}).filter(([, value]) => value !== null);
  const driver = effective(logging, "driver", loggings(world), "awslogs");
  if (driver !== "awslogs" && driver !== "awsfirelens") return [];
  return given.flatMap(([option]): Found[] => {
    const [, field] = Object.entries(fieldsOf[driver]).find(([name]) => name === option.toLowerCase()) ?? [];
    const message =
      field === undefined
        ? explainMisplaced(driver, option)
        : `${option} is set by logging.${field}; write it there`;
    return message === undefined ? [] : [{ code: "InvalidValue", message, path: [...optionsPath, option] }];
  });
};

function explainMisplaced(driver: "awslogs" | "awsfirelens", option: string): string | undefined {
  if (driver === "awslogs")
    return isAwslogsOption(option)
      ? undefined
      : `${option} is no option of awslogs, and no container would start with it; take it out, or set driver: awsfirelens`;
  if (option.startsWith("awslogs-"))
    return `${option} is an option of awslogs, not of a FireLens output; take it out, or set driver: awslogs`;
  if (/^match(_regex)?$/i.test(option)) return `${option} is set by FireLens for each container; take it out`;
  return undefined;
}

/** FireLens sends the lines where the output's Name says; a group is one of CloudWatch Logs. */
const checkOtherOutput: Check = ({ spec: { logging } }, world) => {
  if (!isGiven(logging?.group) || effective(logging, "driver", loggings(world), "awslogs") !== "awsfirelens")
    return [];
  const options = effective(logging, "options", loggings(world), undefined);
  const output = isObject(options) ? outputOf(options) : undefined;
  if (output === undefined || isCloudWatchOutput(output) || output.includes("${")) return [];
  const message = `group has no meaning for lines that FireLens sends to ${output}; take it out, or the option Name`;
  return [{ severity: "warning", code: "Unused", message, path: ["spec", "logging", "group"] }];
};

const checkMultiline: Check = ({ spec }) => {
  const options = spec.logging?.options;
  if (!isGiven(options?.["awslogs-datetime-format"]) || !isGiven(options?.["awslogs-multiline-pattern"]))
    return [];
  return [
    {
      code: "InvalidValue",
      message: "awslogs-multiline-pattern is ignored beside awslogs-datetime-format; keep one",
      path: [...optionsPath, "awslogs-multiline-pattern"],
    },
  ];
};

const checkSecretOptions: Check = ({ spec }, world) => {
  const options = loggings(world).map((one) => one["options"]);
  const seen = new Set<string>();
  return (spec.logging?.secretOptions ?? []).flatMap(({ name, valueFrom }, i): Found[] => {
    const path = ["spec", "logging", "secretOptions", i];
    const found: Found[] = [];
    const isOption = options.some((one) => isObject(one) && findOption(one, name) !== undefined);
    if (isOption || seen.has(name.toLowerCase())) {
      const where = isOption ? "in options too" : "twice in secretOptions";
      const message = `option ${name} is given ${where}; keep one`;
      found.push({ code: "DuplicateName", message, path: [...path, "name"] });
    }
    seen.add(name.toLowerCase());
    if (/^arn:/.test(valueFrom) || valueFrom.startsWith("${") || /^[\w./${}-]+$/.test(valueFrom))
      return found;
    // It may be the secret itself.
    const message = `valueFrom is no ARN; write that of an SSM parameter or a Secrets Manager secret`;
    return [...found, { code: "InvalidValue", message, path: [...path, "valueFrom"] }];
  });
};

/** The value would stand in the task definition, in every plan and in the policy's repository. */
const checkClearSecrets: Check = ({ spec }) =>
  Object.entries(spec.logging?.options ?? {}).flatMap(([option, value]): Found[] =>
    value !== null && value !== "" && mayHoldSecret(option)
      ? [
          {
            severity: "warning",
            code: "SecretInClear",
            message: `option ${option} looks like a secret, and anybody who can read the task definition can read it; give it by secretOptions`,
            path: [...optionsPath, option],
          },
        ]
      : [],
  );

export const logDriverChecks: readonly Check[] = [
  checkBuffer,
  checkDriverOptions,
  checkOtherOutput,
  checkMultiline,
  checkSecretOptions,
  checkClearSecrets,
];
