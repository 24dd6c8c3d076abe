// Task definitions with every field that the API has (ECS API reference, November 2026) and some that it has not,
// valid by the sandbox's own rules, from a few hundred bytes to nearly 64 KiB.
import fc from "fast-check";
import type { Json, JsonObject } from "../../controller/model/json.ts";
import { checkTaskDefinition } from "../../controller/sandbox/services/ecs/task-definition-check.ts";
import { withDefaults } from "../../controller/sandbox/services/ecs/task-definition-defaults.ts";

export const largest = 64 * 1024;

/** What RegisterTaskDefinition of the sandbox says: its refusal, or nothing. */
export function refusal(definition: JsonObject): string | undefined {
  const bytes = Buffer.byteLength(JSON.stringify(definition));
  if (bytes > largest) return `${bytes} bytes`;
  try {
    const { family: _, ...given } = definition;
    checkTaskDefinition(withDefaults(structuredClone(given) as Record<string, unknown>));
    return undefined;
  } catch (error) {
    return String(error);
  }
}

/** As DescribeTaskDefinition gives it back: with what ECS fills in. */
export function readBack(definition: JsonObject): JsonObject {
  const { family, ...given } = definition;
  return { family, ...withDefaults(structuredClone(given) as Record<string, unknown>) } as JsonObject;
}

const text = fc.string({ maxLength: 12, unit: "grapheme" });
const word = fc.stringMatching(/^[a-z][a-z0-9-]{0,7}$/);
const path = word.map((one) => `/var/${one}`);
const arn = fc
  .tuple(fc.constantFrom("iam", "ssm", "s3", "secretsmanager"), word)
  .map(([service, name]) => `arn:aws:${service}:eu-central-1:123456789012:${name}`);
const json = fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.parse(JSON.stringify(value)) as Json);
/** Members that no version of the API has, so far. */
const unknown = fc.dictionary(
  word.map((key) => `future-${key}`),
  json,
  { maxKeys: 2 },
);

type Members = { readonly [key: string]: fc.Arbitrary<unknown> };

/** An object of the API: each member may be left out, and others that nobody knows may be there. */
function shape(required: Members, optional: Members = {}): fc.Arbitrary<JsonObject> {
  const record = fc.record(
    { ...required, ...optional },
    { requiredKeys: Object.keys(required), noNullPrototype: true },
  );
  const rare = fc.oneof({ weight: 3, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: unknown });
  return fc.tuple(rare, record).map(([more, known]) => ({ ...more, ...known }) as JsonObject);
}

const list = <T>(of: fc.Arbitrary<T>, maxLength = 3) => fc.array(of, { maxLength });
const strings = list(text);
const stringMap = fc.dictionary(word, text, { maxKeys: 3 });

interface Task {
  readonly fargate: boolean;
  readonly awsvpc: boolean;
  readonly hasRole: boolean;
  readonly volumes: readonly string[];
  readonly hasRouter: boolean;
}

const sized = { cpu: [1024, 2048, 4096], memory: [8192] } as const;

const healthCheck = shape(
  {
    command: fc.oneof(
      text.map((line) => ["CMD-SHELL", line]),
      fc.array(text, { minLength: 1, maxLength: 3 }).map((words) => ["CMD", ...words]),
    ),
  },
  {
    interval: fc.integer({ min: 5, max: 300 }),
    timeout: fc.integer({ min: 2, max: 60 }),
    retries: fc.integer({ min: 1, max: 10 }),
    startPeriod: fc.integer({ min: 0, max: 300 }),
  },
);

const secrets = list(shape({ name: word, valueFrom: arn }));

function logConfiguration({ fargate, hasRole, hasRouter }: Task): fc.Arbitrary<JsonObject> {
  const more: Members = hasRole ? { secretOptions: secrets } : {};
  const free = ["splunk", ...(fargate ? [] : ["json-file", "syslog", "journald", "gelf", "fluentd"])];
  const drivers = [...free, ...(hasRouter ? ["awsfirelens"] : [])];
  const others = shape({ logDriver: fc.constantFrom(...drivers) }, { options: stringMap, ...more });
  if (fargate && !hasRole) return others;
  const options = fc
    .tuple(
      stringMap,
      fc.record(
        {
          "awslogs-group": path,
          "awslogs-region": fc.constant("eu-central-1"),
          "awslogs-stream-prefix": word,
          mode: fc.constantFrom("blocking", "non-blocking"),
          "max-buffer-size": fc.constant("25m"),
          "awslogs-datetime-format": fc.constant("%Y.%m %H"),
        },
        { requiredKeys: ["awslogs-group", "awslogs-region", "awslogs-stream-prefix"], noNullPrototype: true },
      ),
    )
    .map(([rest, known]) => ({ ...rest, ...known }));
  const awslogs = shape({ logDriver: fc.constant("awslogs"), options }, more);
  return fc.oneof({ weight: 2, arbitrary: awslogs }, { weight: 1, arbitrary: others });
}

function portMappings({ awsvpc }: Task): fc.Arbitrary<readonly JsonObject[]> {
  const protocol = fc.constantFrom("tcp", "udp");
  const port = fc.integer({ min: 1, max: 65535 });
  const more = {
    name: word,
    appProtocol: fc.constantFrom("http", "http2", "grpc"),
    protocol,
  };
  const single = shape({ containerPort: port }, awsvpc ? more : { ...more, hostPort: port }).chain((one) =>
    awsvpc
      ? fc.constantFrom(one, { ...one, hostPort: one["containerPort"] as Json })
      : fc.constant<JsonObject>(one),
  );
  const range = shape({ containerPortRange: fc.constant("8000-8010") }, { protocol });
  return fc.uniqueArray(fc.oneof({ weight: 4, arbitrary: single }, { weight: 1, arbitrary: range }), {
    selector: (one) => `${one["containerPort"] ?? one["containerPortRange"]}/${one["protocol"] ?? "tcp"}`,
    maxLength: 3,
  });
}

function linuxParameters({ fargate }: Task): fc.Arbitrary<JsonObject> {
  const capabilities = shape(
    {},
    { add: list(fc.constantFrom("SYS_PTRACE", ...(fargate ? [] : ["NET_ADMIN"]))), drop: strings },
  );
  const everywhere = { initProcessEnabled: fc.boolean(), capabilities };
  if (fargate) return shape({}, everywhere);
  return shape(
    {},
    {
      ...everywhere,
      devices: list(
        shape({ hostPath: path }, { containerPath: path, permissions: fc.constant(["read", "mknod"]) }),
      ),
      sharedMemorySize: fc.nat(512),
      tmpfs: list(shape({ containerPath: path, size: fc.nat(64) }, { mountOptions: strings })),
      maxSwap: fc.nat(512),
      swappiness: fc.nat(100),
    },
  );
}

/** Members that have no rule between them; those of the EC2 launch type only where they are allowed. */
function freeMembers(task: Task): Members {
  const { fargate, hasRole, volumes } = task;
  const everywhere: Members = {
    cpu: fc.constantFrom(0, 1, 64, 100),
    repositoryCredentials: shape({ credentialsParameter: arn }),
    portMappings: portMappings(task),
    restartPolicy: shape(
      { enabled: fc.boolean() },
      {
        ignoredExitCodes: list(fc.nat(255), 5),
        restartAttemptPeriod: fc.integer({ min: 60, max: 1800 }),
      },
    ),
    entryPoint: strings,
    command: strings,
    environment: list(shape({ name: fc.oneof(word, fc.constant("PATH")), value: text }), 5),
    environmentFiles: list(shape({ value: arn, type: fc.constant("s3") })),
    volumesFrom: list(shape({ sourceContainer: word }, { readOnly: fc.boolean() })),
    linuxParameters: linuxParameters(task),
    startTimeout: fc.integer({ min: 0, max: 120 }),
    stopTimeout: fc.integer({ min: 0, max: 120 }),
    versionConsistency: fc.constantFrom("enabled", "disabled"),
    hostname: text,
    user: fc.constantFrom("", "root", "1000:1000"),
    workingDirectory: fc.constantFrom("", "/srv"),
    readonlyRootFilesystem: fc.boolean(),
    interactive: fc.boolean(),
    pseudoTerminal: fc.boolean(),
    dockerLabels: stringMap,
    ulimits: list(
      shape({
        name: fc.constantFrom("nofile", ...(fargate ? [] : ["core", "memlock"])),
        softLimit: fc.nat(65535),
        hardLimit: fc.nat(65535),
      }),
    ),
    logConfiguration: logConfiguration(task),
    healthCheck,
    systemControls: list(shape({ namespace: fc.constant("net.core.somaxconn"), value: word })),
    resourceRequirements: list(
      shape({
        type: fc.constantFrom("InferenceAccelerator", ...(fargate ? [] : ["GPU"])),
        value: word,
      }),
      1,
    ),
    credentialSpecs: list(
      arn.map((one) => `credentialspec:${one}`),
      1,
    ),
    ...(hasRole ? { secrets } : {}),
    ...(volumes.length === 0
      ? {}
      : {
          mountPoints: list(
            shape(
              { sourceVolume: fc.constantFrom(...volumes), containerPath: path },
              { readOnly: fc.boolean() },
            ),
          ),
        }),
  };
  if (fargate) return everywhere;
  return {
    ...everywhere,
    links: strings,
    disableNetworking: fc.boolean(),
    privileged: fc.boolean(),
    dnsServers: strings,
    dnsSearchDomains: strings,
    extraHosts: list(shape({ hostname: word, ipAddress: fc.constant("10.0.0.1") })),
    dockerSecurityOptions: strings,
  };
}

const memory = fc.oneof(
  fc.record({ memory: fc.integer({ min: 6, max: 600 }) }),
  fc.record({ memoryReservation: fc.integer({ min: 6, max: 600 }) }),
  fc.integer({ min: 6, max: 500 }).map((least) => ({ memory: least + 100, memoryReservation: least })),
);

function containersOf(task: Task): fc.Arbitrary<readonly JsonObject[]> {
  const names = fc.uniqueArray(fc.stringMatching(/^[A-Za-z0-9_-]{1,12}$/), { minLength: 1, maxLength: 9 });
  const body = fc.tuple(shape({ image: word }, freeMembers(task)), memory, fc.boolean(), fc.nat());
  return names.chain((list) =>
    fc.tuple(...list.map(() => body)).map((bodies) => {
      const containers: JsonObject[] = [];
      for (const [index, [free, size, essential, pick]] of bodies.entries()) {
        const target = index > 0 ? containers[pick % index] : undefined;
        containers.push({
          name: list[index] as string,
          ...free,
          ...size,
          // Left out is true.
          ...(index === 0 ? {} : { essential }),
          // Only on what stands before it: no cycle.
          ...(target !== undefined && pick % 3 === 0 ? { dependsOn: [dependOn(target, pick)] } : {}),
          ...(index === 0 && task.hasRouter
            ? { firelensConfiguration: { type: "fluentbit", options: { "enable-ecs-log-metadata": "true" } } }
            : {}),
        });
      }
      return containers;
    }),
  );
}

function dependOn(target: JsonObject, pick: number): JsonObject {
  const conditions = [
    "START",
    ...(target["healthCheck"] === undefined ? [] : ["HEALTHY"]),
    ...(target["essential"] === false ? ["COMPLETE", "SUCCESS"] : []),
  ];
  return { containerName: target["name"] as Json, condition: conditions[pick % conditions.length] as string };
}

const volume = fc.tuple(
  word,
  fc.oneof(
    fc.constant({}),
    fc.record({ host: shape({}, { sourcePath: path }) }),
    fc.record({ configuredAtLaunch: fc.constant(true) }),
    fc.record({
      dockerVolumeConfiguration: shape(
        {},
        {
          scope: fc.constantFrom("task", "shared"),
          autoprovision: fc.boolean(),
          driver: word,
          driverOpts: stringMap,
          labels: stringMap,
        },
      ),
    }),
    fc.record({
      efsVolumeConfiguration: shape(
        { fileSystemId: word },
        {
          rootDirectory: path,
          transitEncryption: fc.constantFrom("ENABLED", "DISABLED"),
          transitEncryptionPort: fc.integer({ min: 1, max: 65535 }),
          authorizationConfig: shape(
            {},
            { accessPointId: word, iam: fc.constantFrom("ENABLED", "DISABLED") },
          ),
        },
      ),
    }),
    fc.record({
      fsxWindowsFileServerVolumeConfiguration: shape({
        fileSystemId: word,
        rootDirectory: path,
        authorizationConfig: shape({ credentialsParameter: arn, domain: word }),
      }),
    }),
    fc.record({ s3filesVolumeConfiguration: shape({ fileSystemArn: arn }, { rootDirectory: path }) }),
  ),
);

function taskMembers(fargate: boolean, awsvpc: boolean): Members {
  const everywhere: Members = {
    taskRoleArn: arn,
    proxyConfiguration: shape(
      { containerName: word },
      { type: fc.constant("APPMESH"), properties: list(shape({ name: word, value: text })) },
    ),
    ephemeralStorage: shape({ sizeInGiB: fc.integer({ min: 21, max: 200 }) }),
    runtimePlatform: shape(
      {},
      {
        cpuArchitecture: fc.constantFrom("X86_64", "ARM64"),
        operatingSystemFamily: fc.constantFrom("LINUX", "WINDOWS_SERVER_2022_CORE"),
      },
    ),
    inferenceAccelerators: list(shape({ deviceName: word, deviceType: word })),
    enableFaultInjection: fc.boolean(),
    pidMode: fc.constantFrom("task", ...(fargate ? [] : ["host"])),
  };
  const network = awsvpc ? { networkMode: fc.constant("awsvpc") } : {};
  if (fargate) return { ...everywhere, ...network };
  return {
    ...everywhere,
    ...(awsvpc ? {} : { networkMode: fc.constantFrom("bridge", "host", "none") }),
    ipcMode: fc.constantFrom("host", "task", "none"),
    placementConstraints: list(
      shape({ type: fc.constant("memberOf") }, { expression: fc.constant("attribute:ecs.os-type == linux") }),
      10,
    ),
  };
}

/** Fills the definition up with environment variables, until it has about this many bytes. */
function pad(definition: JsonObject, bytes: number): JsonObject {
  const missing = bytes - Buffer.byteLength(JSON.stringify(definition)) - 400;
  if (missing <= 0) return definition;
  const [first, ...rest] = definition["containerDefinitions"] as readonly JsonObject[];
  const variables = (first?.["environment"] ?? []) as readonly Json[];
  const filling = [{ name: "CW_CONFIG_CONTENT", value: "x".repeat(missing) }];
  return {
    ...definition,
    containerDefinitions: [{ ...first, environment: [...variables, ...filling] }, ...rest],
  };
}

export const anyTaskDefinition: fc.Arbitrary<JsonObject> = fc
  .record({
    fargate: fc.boolean(),
    awsvpcOnEc2: fc.boolean(),
    // A role that is missing is AWS's to refuse, so every definition has one.
    hasRole: fc.constant(true),
    hasRouter: fc.boolean(),
    volumes: fc.uniqueArray(volume, { selector: ([name]) => name, maxLength: 4 }),
    bytes: fc.oneof(
      { weight: 3, arbitrary: fc.constant(0) },
      { weight: 1, arbitrary: fc.integer({ min: 20_000, max: 63 * 1024 }) },
    ),
  })
  .chain(({ fargate, awsvpcOnEc2, hasRole, hasRouter, volumes, bytes }) => {
    const awsvpc = fargate || awsvpcOnEc2;
    const task: Task = { fargate, awsvpc, hasRole, hasRouter, volumes: volumes.map(([name]) => name) };
    const required: Members = {
      containerDefinitions: containersOf(task),
      ...(awsvpc ? { networkMode: fc.constant("awsvpc") } : {}),
      // Enough for nine containers, and written as people write it.
      ...(fargate
        ? { cpu: fc.constantFrom("1024", "1 vCPU", "2048"), memory: fc.constantFrom("8192", "8 GB") }
        : {}),
      requiresCompatibilities: fc.constant(fargate ? ["FARGATE"] : ["EC2"]),
      ...(hasRole ? { executionRoleArn: arn } : {}),
    };
    const size = fargate
      ? {}
      : {
          cpu: fc.constantFrom(...sized.cpu.map(String)),
          memory: fc.constantFrom(...sized.memory.map(String)),
        };
    return shape({ family: word, ...required }, { ...taskMembers(fargate, awsvpc), ...size }).map(
      (definition) =>
        pad(
          {
            ...definition,
            ...(volumes.length === 0
              ? {}
              : {
                  volumes: volumes.map(([name, configuration]) => ({ name, ...configuration }) as JsonObject),
                }),
          },
          bytes,
        ),
    );
  });
