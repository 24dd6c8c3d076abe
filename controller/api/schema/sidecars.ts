// Sidecars: presets with their settings, or native container definitions. What a preset writes is in core/presets/.
// A preset without a version is its first one, for ever: a new ecsmon never redeploys anybody by itself.
import * as z from "zod";
import { containerDefinition } from "../container-schema.ts";
import { secretRef, stringMap, text } from "./words.ts";

const image = text.optional().describe("Another image. Default: the one that the preset pins.");
const memory = (standard: number) =>
  z.int().min(6).optional().describe(`MiB, as memoryReservation. Default ${standard}.`);

/** Settings of the preset `mackerel-container-agent`. */
const mackerelAgent = z.strictObject({
  apiKey: secretRef.describe("The secret that holds the API key."),
  roles: z.array(text).optional().describe("`service:role` of Mackerel."),
  ignoreContainer: text.optional().describe("Regular expression: containers whose metrics are not sent."),
  hostStatusOnStart: z
    .enum(["working", "standby", "maintenance", "poweroff"])
    .optional()
    .describe("The status of the host in Mackerel when the agent starts."),
  config: text
    .optional()
    .describe("Where the agent reads its configuration file: path, https:// or s3://bucket/key."),
  image,
  memory: z.int().min(6).optional().describe("MiB. Default 128."),
});

const cloudwatchAgent = z.strictObject({
  config: z
    .record(z.string(), z.unknown())
    .optional()
    .describe("The agent's configuration. Default: StatsD on 8125 and embedded metric format on 25888."),
  configFrom: secretRef.optional().describe("Or: an SSM parameter that holds the configuration."),
  image,
  memory: memory(256),
});

const adotCollector = z.strictObject({
  config: text.optional().describe("The collector's configuration, as YAML text."),
  configFrom: secretRef.optional().describe("Or: an SSM parameter that holds it."),
  configFile: text
    .optional()
    .describe("Or: a file of the image. Default /etc/ecs/ecs-default-config.yaml (X-Ray and CloudWatch)."),
  image,
  memory: memory(256),
});

const datadogAgent = z.strictObject({
  apiKey: secretRef.describe("The secret that holds the API key."),
  site: text.optional().describe("Default datadoghq.com; Japan: ap1.datadoghq.com."),
  apm: z.boolean().optional().describe("Take traces on 8126. Default true."),
  dogstatsd: z.boolean().optional().describe("Take StatsD metrics on 8125. Default true."),
  tags: z.array(text).optional().describe("`key:value`, for everything the agent sends."),
  environment: stringMap.optional().describe("More DD_… settings; they win over what the preset writes."),
  image,
  memory: memory(256),
});

const fluentBit = z.strictObject({
  configFile: text
    .optional()
    .describe("A configuration file in the image, which the one that FireLens generates includes."),
  healthCheck: z
    .enum(["none", "uptime"])
    .optional()
    .describe(
      "uptime: the router is healthy while its HTTP server answers (a configFile must turn it on). Whether logs arrive is never asked: a destination could then take the tasks down. Default none.",
    ),
  environment: stringMap.optional().describe("More environment variables of the router."),
  image,
  memory: memory(64),
});

const xrayDaemon = z.strictObject({ image, memory: memory(256) });

const settings = {
  "mackerel-container-agent": mackerelAgent,
  "cloudwatch-agent": cloudwatchAgent,
  "adot-collector": adotCollector,
  "datadog-agent": datadogAgent,
  "fluent-bit": fluentBit,
  "xray-daemon": xrayDaemon,
} as const;

export type SidecarPresetName = keyof typeof settings;
export type SidecarSettings<Name extends SidecarPresetName> = z.infer<(typeof settings)[Name]>;

/** `NAME` and `NAME@1` mean the same. */
function versions<Name extends SidecarPresetName>(preset: Name) {
  return z
    .enum([preset, `${preset}@1`])
    .describe("A ready-made sidecar. What a version writes never changes; without one it is the first.");
}

/** `describe` on a union of schemas gives the union; each preset keeps its own. */
function documented<Name extends SidecarPresetName>(preset: Name): (typeof settings)[Name] {
  return settings[preset].describe("The preset's settings.") as (typeof settings)[Name];
}

function needing<Name extends SidecarPresetName>(preset: Name) {
  return z.strictObject({ preset: versions(preset), with: documented(preset) });
}

function taking<Name extends SidecarPresetName>(preset: Name) {
  return z.strictObject({ preset: versions(preset), with: documented(preset).optional() });
}

export const sidecar = z.union(
  [
    needing("mackerel-container-agent"),
    taking("cloudwatch-agent"),
    taking("adot-collector"),
    needing("datadog-agent"),
    taking("fluent-bit"),
    taking("xray-daemon"),
    z.strictObject({ container: containerDefinition.describe("A container of your own, as ECS takes it.") }),
  ],
  { error: "a sidecar is either `preset` and `with`, or `container` with a native container definition" },
);

export type SidecarSpec = z.infer<typeof sidecar>;
export type MackerelAgentSettings = SidecarSettings<"mackerel-container-agent">;
