// Native container definitions of sidecars, as far as ECS refuses them whatever the task: what depends on the task is
// judged for each service (core/container-rules.ts).
// Source: ECS API reference (ContainerDefinition, HealthCheck, LogConfiguration, Secret).
import { isObject } from "../../model/json.ts";
import { namesSecret } from "../secret-words.ts";
import { type Check, entriesNamed, type Found, isGiven } from "./check.ts";
import { warnOfShell } from "./health-check.ts";

type Path = Found["path"];
type Members = Readonly<Record<string, unknown>>;

const checkNativeContainers: Check = (policy, world) =>
  (policy.spec.sidecars ?? []).flatMap((sidecar, i): Found[] => {
    if (!("container" in sidecar)) return [];
    const container: Members = sidecar.container;
    const path = ["spec", "sidecars", i, "container"];
    // What is said of it anywhere: others may give what this one leaves out.
    const all = entriesNamed(world, "sidecars", sidecar.container.name)
      .map((one) => one["container"])
      .filter(isObject);
    return [
      ...checkMemory(container, path),
      ...(isGiven(container["image"]) ? checkEssential(all, path) : []),
      ...checkHealthCheck(container["healthCheck"], all, [...path, "healthCheck"]),
      ...checkLogConfiguration(container["logConfiguration"], [...path, "logConfiguration"]),
      ...checkVariables(container, path),
    ];
  });

function invalid(message: string, path: Path): Found {
  return { code: "InvalidValue", message, path };
}

function checkMemory({ memory, memoryReservation }: Members, path: Path): Found[] {
  if (typeof memory !== "number" || typeof memoryReservation !== "number" || memory > memoryReservation)
    return [];
  return [
    invalid(
      `memory ${memory} is not greater than memoryReservation ${memoryReservation}; raise it, or leave one of them out`,
      [...path, "memory"],
    ),
  ];
}

function checkEssential(all: readonly Members[], path: Path): Found[] {
  // A router whose end goes unseen loses the logs.
  if (
    all.some(({ essential, firelensConfiguration }) => isGiven(essential) || isGiven(firelensConfiguration))
  )
    return [];
  return [
    {
      severity: "warning",
      code: "EssentialSidecar",
      message:
        "essential is not given, and ECS takes that for true: the end of this sidecar ends the whole task; write essential: false, or true if that is meant",
      path,
    },
  ];
}

const ranges = { interval: [5, 300], timeout: [2, 60], retries: [1, 10], startPeriod: [0, 300] } as const;

function checkHealthCheck(check: unknown, all: readonly Members[], path: Path): Found[] {
  if (check === undefined || check === null) return [];
  if (!isObject(check)) return [invalid("healthCheck is no mapping; give it a command", path)];
  const found = Object.entries(ranges).flatMap(([field, [least, most]]): Found[] => {
    const value = check[field];
    if (value === undefined || value === null) return [];
    if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most) return [];
    const unit = field === "retries" ? "" : " seconds";
    return [
      invalid(
        `${field} ${JSON.stringify(value)} is not ${least} to ${most}${unit}; a native definition takes whole numbers`,
        [...path, field],
      ),
    ];
  });
  const { command } = check;
  const isElsewhere = all.some(({ healthCheck }) => isObject(healthCheck) && isGiven(healthCheck["command"]));
  if (!isGiven(command) && isElsewhere) return found;
  const [word, ...rest] = Array.isArray(command) ? command : [];
  if (word === "CMD-SHELL" && rest.length === 1) return found;
  if (word === "CMD" && rest.length > 0)
    return [...found, ...warnOfShell(rest.map(String), [...path, "command"])];
  const message = `command ${JSON.stringify(command ?? null)} cannot run; write "CMD-SHELL" and one shell line, or "CMD" and the words`;
  return [...found, invalid(message, command === undefined ? path : [...path, "command"])];
}

const drivers: readonly unknown[] = [
  "awslogs",
  "awsfirelens",
  "splunk",
  "fluentd",
  "gelf",
  "journald",
  "json-file",
  "syslog",
];

function checkLogConfiguration(log: unknown, path: Path): Found[] {
  if (log === undefined || log === null) return [];
  if (!isObject(log)) return [invalid("logConfiguration is no mapping; give it a logDriver", path)];
  const { logDriver: driver, options, secretOptions } = log;
  if (!drivers.includes(driver)) {
    const at = driver === undefined ? path : [...path, "logDriver"];
    return [
      invalid(`logDriver ${JSON.stringify(driver ?? null)} is unknown; use one of ${drivers.join(", ")}`, at),
    ];
  }
  const given = isObject(options) ? options : {};
  const found: Found[] = Object.entries(given)
    .filter(([, value]) => typeof value !== "string")
    .map(([key, value]) =>
      invalid(`option ${key} is ${JSON.stringify(value)}; ECS takes text, so quote it`, [
        ...path,
        "options",
        key,
      ]),
    );
  const lacks = driver === "awslogs" ? ["awslogs-group", "awslogs-region"].filter((key) => !given[key]) : [];
  return [
    ...found,
    ...lacks.map((key) => invalid(`logDriver awslogs needs the option ${key}; give it`, path)),
    ...checkTwice(secretOptions, Object.keys(given), [...path, "secretOptions"], "option"),
  ];
}

function checkVariables({ environment, secrets }: Members, path: Path): Found[] {
  const names = (Array.isArray(environment) ? environment : [])
    .filter(isObject)
    .map(({ name }) => String(name));
  return [
    ...checkClear(environment, [...path, "environment"]),
    ...checkTwice(environment, [], [...path, "environment"], "variable"),
    ...checkTwice(secrets, names, [...path, "secrets"], "variable"),
  ];
}

/** The value would stand in the task definition, and in the policy's repository. */
function checkClear(environment: unknown, path: Path): Found[] {
  return (Array.isArray(environment) ? environment : []).flatMap((entry, i): Found[] => {
    const { name, value } = isObject(entry) ? entry : {};
    return typeof name === "string" && typeof value === "string"
      ? findClearVariable(name, value, [...path, i, "value"], "secrets")
      : [];
  });
}

/** `instead`: where a secret is given. */
export function findClearVariable(name: string, value: string, path: Path, instead: string): Found[] {
  if (value === "" || !namesSecret(name)) return [];
  const message = `variable ${name} looks like a secret, and anybody who can read the task definition can read it; give it by ${instead}`;
  return [{ severity: "warning", code: "SecretInClear", message, path }];
}

/** Entries of a list by name, of which there is one already. */
function checkTwice(list: unknown, taken: readonly string[], path: Path, what: string): Found[] {
  const seen = new Set<unknown>(taken);
  return (Array.isArray(list) ? list : []).flatMap((entry, i): Found[] => {
    const name = isObject(entry) ? entry["name"] : undefined;
    if (name === undefined) return [];
    if (!seen.has(name)) {
      seen.add(name);
      return [];
    }
    const message = `${what} ${String(name)} is given twice; take one out`;
    return [{ code: "DuplicateName", message, path: [...path, i, "name"] }];
  });
}

export const nativeContainerChecks: readonly Check[] = [checkNativeContainers];
