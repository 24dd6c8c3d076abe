// A native ECS container definition, as RegisterTaskDefinition takes it (AWS API reference, ContainerDefinition).
// Names are checked, values are AWS's to judge.
import * as z from "zod";

/** Every member of ContainerDefinition that AWS's model has (ECS API, November 2026), but for `name` and `image`. */
const members = [
  "repositoryCredentials",
  "cpu",
  "memory",
  "memoryReservation",
  "links",
  "portMappings",
  "essential",
  "restartPolicy",
  "entryPoint",
  "command",
  "environment",
  "environmentFiles",
  "mountPoints",
  "volumesFrom",
  "linuxParameters",
  "secrets",
  "dependsOn",
  "startTimeout",
  "stopTimeout",
  "versionConsistency",
  "hostname",
  "user",
  "workingDirectory",
  "disableNetworking",
  "privileged",
  "readonlyRootFilesystem",
  "dnsServers",
  "dnsSearchDomains",
  "extraHosts",
  "dockerSecurityOptions",
  "interactive",
  "pseudoTerminal",
  "dockerLabels",
  "ulimits",
  "logConfiguration",
  "healthCheck",
  "systemControls",
  "resourceRequirements",
  "firelensConfiguration",
  "credentialSpecs",
] as const;

// One instance: the JSON Schema then has one definition of it.
const json = z.json();
const objects = z.array(z.record(z.string(), json));
const strings = z.array(z.string());
const shapes: Partial<Record<(typeof members)[number], z.ZodType>> = {
  cpu: z.int().min(0),
  memory: z.int().min(6),
  memoryReservation: z.int().min(6),
  essential: z.boolean(),
  environment: z.array(z.strictObject({ name: z.string().min(1), value: z.string() })),
  secrets: z.array(z.strictObject({ name: z.string().min(1), valueFrom: z.string().min(1) })),
  command: strings,
  entryPoint: strings,
  links: strings,
  portMappings: objects,
  mountPoints: objects,
  dependsOn: objects,
  startTimeout: z.int(),
  stopTimeout: z.int(),
  user: z.string(),
  dockerLabels: z.record(z.string(), z.string()),
};

export const containerMembers: ReadonlySet<string> = new Set(["name", "image", ...members]);

export const containerDefinition = z.strictObject({
  name: z.string().regex(/^[A-Za-z0-9_-]{1,255}$/, "container names hold letters, digits, `_` and `-`"),
  image: z.string().min(1),
  ...Object.fromEntries(members.map((member) => [member, (shapes[member] ?? json).optional()])),
});
