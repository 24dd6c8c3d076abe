// A native ECS container definition, as RegisterTaskDefinition takes it (AWS API reference, ContainerDefinition).
// Names are checked, values are AWS's to judge.
import * as z from "zod";

/** Every member of ContainerDefinition that AWS's model has (ECS API, November 2026), but for `name` and `image`. */
const members = {
  repositoryCredentials: "The secret with which a private registry is logged in to.",
  cpu: "CPU units; 1024 are one vCPU.",
  memory: "MiB, as a hard limit: more of it ends the container.",
  memoryReservation: "MiB, as a soft limit: kept free for the container.",
  links: "Containers that this one reaches by name; network mode bridge only.",
  portMappings: "Ports that the container offers.",
  essential: "true: the task ends with this container.",
  restartPolicy: "Whether ECS starts the container again by itself when it ends.",
  entryPoint: "What replaces the image's entry point.",
  command: "What replaces the image's command.",
  environment: "Environment variables.",
  environmentFiles: "Files in S3 with more of them.",
  mountPoints: "Where volumes of the task stand in the container.",
  volumesFrom: "Containers whose volumes this one mounts too.",
  linuxParameters: "Kernel capabilities, devices, init process, tmpfs, swap.",
  secrets: "Environment variables whose values are secrets.",
  dependsOn: "Containers that must have started, ended or become healthy before this one starts.",
  startTimeout: "Seconds until a dependency on this container counts as failed.",
  stopTimeout: "Seconds between the signal to stop and the end by force.",
  versionConsistency: "Whether ECS keeps to the image's digest that the first task of a deployment got.",
  hostname: "The container's host name.",
  user: "The user in the container.",
  workingDirectory: "Where commands run in the container.",
  disableNetworking: "No network in the container.",
  privileged: "Rights like root of the host; not on Fargate.",
  readonlyRootFilesystem: "The root file system cannot be written.",
  dnsServers: "DNS servers of the container.",
  dnsSearchDomains: "DNS search domains of the container.",
  extraHosts: "More lines of /etc/hosts.",
  dockerSecurityOptions: "Labels for SELinux and AppArmor, or a credential spec.",
  interactive: "Keep standard input open.",
  pseudoTerminal: "Give the container a terminal.",
  dockerLabels: "Labels of the container.",
  ulimits: "Limits of the shell, such as nofile.",
  logConfiguration: "Log driver, its options and secrets.",
  healthCheck: "The health check that ECS runs in this container.",
  systemControls: "Kernel parameters (sysctl) of the container.",
  resourceRequirements: "GPUs or inference accelerators.",
  firelensConfiguration: "Makes the container a FireLens log router.",
  credentialSpecs: "Credential specs for Active Directory.",
} as const;

// One instance: the JSON Schema then has one definition of it.
const json = z.json();
const variable = z.string().min(1).describe("The variable.");
const objects = z.array(z.record(z.string(), json));
const strings = z.array(z.string());
const shapes: Partial<Record<keyof typeof members, z.ZodType>> = {
  cpu: z.int().min(0),
  memory: z.int().min(6),
  memoryReservation: z.int().min(6),
  essential: z.boolean(),
  environment: z.array(z.strictObject({ name: variable, value: z.string().describe("Its value.") })),
  secrets: z.array(
    z.strictObject({
      name: variable,
      valueFrom: z.string().min(1).describe("ARN of an SSM parameter or a Secrets Manager secret."),
    }),
  ),
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

export const containerMembers: ReadonlySet<string> = new Set(["name", "image", ...Object.keys(members)]);

export const containerDefinition = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,255}$/, "container names hold letters, digits, `_` and `-`")
    .describe("The container's name, by which sidecars are merged."),
  image: z
    .string()
    .min(1)
    .nullish()
    .describe("The image, with a tag or a digest. One policy at least gives it."),
  ...Object.fromEntries(
    Object.entries(members).map(([member, docs]) => [
      member,
      (shapes[member as keyof typeof members] ?? json).nullish().describe(docs),
    ]),
  ),
});
