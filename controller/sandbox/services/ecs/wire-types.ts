// The types of ECS's inputs, by field name: what ECS's own parser refuses before any operation sees
// it. Fields not named here, such as those newer than the sandbox, may hold anything.
import { AwsError, type Input, type Operation } from "../../service.ts";

const TYPES = {
  strings: [
    "clusters command dockerSecurityOptions dnsSearchDomains dnsServers entryPoint",
    "include links requiresCompatibilities securityGroups serviceDeploymentArns serviceRevisionArns services",
    "subnets tagKeys taskDefinitions tasks capacityProviders alarmNames credentialSpecs add drop",
  ],
  structures: [
    "containerDefinitions dependsOn environment environmentFiles extraHosts loadBalancers mountPoints",
    "placementConstraints placementStrategy portMappings resourceRequirements secrets secretOptions",
    "serviceRegistries settings systemControls tags ulimits volumes volumesFrom capacityProviderStrategy",
    "defaultCapacityProviderStrategy metricConfigurations vpcLatticeConfigurations volumeConfigurations lifecycleHooks",
    "devices tmpfs",
  ],
  structure: [
    "advancedConfiguration alarms awsvpcConfiguration configuration deploymentCircuitBreaker",
    "deploymentConfiguration deploymentController dockerLabels ephemeralStorage firelensConfiguration",
    "healthCheck linuxParameters logConfiguration monitoring networkConfiguration options",
    "capabilities repositoryCredentials restartPolicy runtimePlatform serviceConnectConfiguration thresholdConfiguration",
  ],
  string: [
    "assignPublicIp availabilityZoneRebalancing capacityProvider cluster clusterName condition",
    "containerName containerPath executionRoleArn family familyPrefix image ipcMode key launchType logDriver",
    "name networkMode nextToken pidMode platformVersion propagateTags protocol resourceArn schedulingStrategy",
    "service serviceName sort sourceVolume strategy targetGroupArn task taskDefinition taskRoleArn type valueFrom",
    "workingDirectory user hostname desiredStatus startedBy alternateTargetGroupArn",
  ],
  boolean: [
    "disableNetworking effectiveSettings enable enableECSManagedTags enableExecuteCommand enabled essential force",
    "forceNewDeployment interactive privileged pseudoTerminal readonlyRootFilesystem rollback",
  ],
  numbers: ["ignoredExitCodes"],
  number: [
    "containerPort desiredCount healthCheckGracePeriodSeconds hostPort interval maxResults maximumPercent",
    "memoryReservation minimumHealthyPercent restartAttemptPeriod retries sizeInGiB startPeriod startTimeout",
    "stopTimeout timeout bakeTimeInMinutes",
  ],
} as const;

type Kind = keyof typeof TYPES;

const KINDS: ReadonlyMap<string, Kind> = new Map(
  Object.entries(TYPES).flatMap(([kind, names]) =>
    names
      .join(" ")
      .split(" ")
      .map((name) => [name, kind as Kind] as const),
  ),
);

/** Maps of the user's: any key, only texts. */
const TEXT_MAPS = new Set(["options", "dockerLabels", "driverOpts", "labels"]);

/** The operations behind ECS's parser. Nulls count as not given. */
export function withWireTypes(operations: Readonly<Record<string, Operation>>): Record<string, Operation> {
  return Object.fromEntries(
    Object.entries(operations).map(([name, operation]) => [
      name,
      (input, context) => operation(parseFields(input), context),
    ]),
  );
}

function parseFields(fields: Input): Input {
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([, value]) => value !== null && value !== undefined)
      .map(([name, value]) => [name, parseValue(name, value)]),
  );
}

function parseValue(name: string, value: unknown): unknown {
  const kind = KINDS.get(name);
  if (kind !== undefined && !fits(kind, value))
    throw new AwsError("SerializationException", `${name} must be ${WORDS[kind]}.`);
  if (TEXT_MAPS.has(name) && isStructure(value)) {
    for (const [key, text] of Object.entries(value))
      if (typeof text !== "string")
        throw new AwsError("SerializationException", `${name}.${key} must be a string.`);
    return value;
  }
  if (Array.isArray(value)) return value.map((item) => (isStructure(item) ? parseFields(item) : item));
  return isStructure(value) ? parseFields(value) : value;
}

const WORDS: Readonly<Record<Kind, string>> = {
  strings: "a list of strings",
  numbers: "a list of numbers",
  structures: "a list of structures",
  structure: "a structure",
  string: "a string",
  boolean: "true or false",
  number: "a number",
};

function fits(kind: Kind, value: unknown): boolean {
  switch (kind) {
    case "strings":
      return Array.isArray(value) && value.every((item) => typeof item === "string");
    case "numbers":
      return Array.isArray(value) && value.every((item) => typeof item === "number");
    case "structures":
      return Array.isArray(value) && value.every(isStructure);
    case "structure":
      return isStructure(value);
    default:
      return typeof value === kind;
  }
}

function isStructure(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
