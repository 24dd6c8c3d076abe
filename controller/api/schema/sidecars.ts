// Sidecars: presets with their settings, or native container definitions. What a preset writes is in core/presets/.
// A policy may give a part of what another gives, so nothing but the name is required here (api/sidecar-needs.ts).
// A preset without a version is its first one, for ever: a new ecsmon never redeploys anybody by itself.
import * as z from "zod";
import { containerDefinition } from "../container-schema.ts";
import { secretRef, stringMap, text } from "./words.ts";

const image = text.nullish().describe("Another image. Default: the one that the preset pins.");
const memory = (standard: number) =>
  z.int().min(6).nullish().describe(`MiB, as memoryReservation. Default ${standard}.`);

/** Settings of the preset `mackerel-container-agent`. */
const mackerelAgent = z.strictObject({
  apiKey: secretRef.nullish().describe("The secret that holds the API key. One policy at least gives it."),
  roles: z.array(text).nullish().describe("`service:role` of Mackerel."),
  ignoreContainer: text.nullish().describe("Regular expression: containers whose metrics are not sent."),
  hostStatusOnStart: z
    .enum(["working", "standby", "maintenance", "poweroff"])
    .nullish()
    .describe("The status of the host in Mackerel when the agent starts."),
  config: text
    .nullish()
    .describe("Where the agent reads its configuration file: path, https:// or s3://bucket/key."),
  image,
  memory: z.int().min(6).nullish().describe("MiB. Default 128."),
});

const cloudwatchAgent = z.strictObject({
  config: z
    .record(z.string(), z.unknown())
    .nullish()
    .describe("The agent's configuration. Default: StatsD on 8125 and embedded metric format on 25888."),
  configFrom: secretRef.nullish().describe("Or: an SSM parameter that holds the configuration."),
  image,
  memory: memory(256),
});

const adotCollector = z.strictObject({
  config: text.nullish().describe("The collector's configuration, as YAML text."),
  configFrom: secretRef.nullish().describe("Or: an SSM parameter that holds it."),
  configFile: text
    .nullish()
    .describe("Or: a file of the image. Default /etc/ecs/ecs-default-config.yaml (X-Ray and CloudWatch)."),
  image,
  memory: memory(256),
});

const datadogAgent = z.strictObject({
  apiKey: secretRef.nullish().describe("The secret that holds the API key. One policy at least gives it."),
  site: text.nullish().describe("Default datadoghq.com; Japan: ap1.datadoghq.com."),
  apm: z.boolean().nullish().describe("Take traces on 8126. Default true."),
  dogstatsd: z.boolean().nullish().describe("Take StatsD metrics on 8125. Default true."),
  tags: z.array(text).nullish().describe("`key:value`, for everything the agent sends."),
  environment: stringMap.nullish().describe("More DD_… settings; they win over what the preset writes."),
  image,
  memory: memory(256),
});

const fluentBit = z.strictObject({
  configFile: text
    .nullish()
    .describe("A configuration file in the image, which the one that FireLens generates includes."),
  healthCheck: z
    .enum(["none", "uptime"])
    .nullish()
    .describe(
      "uptime: the router is healthy while its HTTP server answers (a configFile must turn it on). Whether logs arrive is never asked: a destination could then take the tasks down. Default none.",
    ),
  environment: stringMap.nullish().describe("More environment variables of the router."),
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

/** Merged: no `null` is left. */
type Settled<T> = { readonly [Field in keyof T]: Exclude<T[Field], null> };
export type SidecarSettings<Name extends SidecarPresetName> = Settled<z.infer<(typeof settings)[Name]>> &
  (Name extends "mackerel-container-agent" | "datadog-agent"
    ? { readonly apiKey: z.infer<typeof secretRef> }
    : unknown);

/** `NAME` and `NAME@1` mean the same. */
function versions<Name extends SidecarPresetName>(preset: Name) {
  return z
    .enum([preset, `${preset}@1`])
    .describe("A ready-made sidecar. What a version writes never changes; without one it is the first.");
}

/** `describe` on a union of schemas gives the union; each preset keeps its own. */
function taking<Name extends SidecarPresetName>(preset: Name) {
  const given = settings[preset].nullish().describe("The preset's settings.");
  return z.strictObject({
    preset: versions(preset),
    with: given as z.ZodOptional<z.ZodNullable<(typeof settings)[Name]>>,
  });
}

export const sidecar = z.union(
  [
    taking("mackerel-container-agent"),
    taking("cloudwatch-agent"),
    taking("adot-collector"),
    taking("datadog-agent"),
    taking("fluent-bit"),
    taking("xray-daemon"),
    z.strictObject({ container: containerDefinition.describe("A container of your own, as ECS takes it.") }),
  ],
  { error: "a sidecar is either `preset` and `with`, or `container` with a native container definition" },
);

/** What one policy says of a sidecar. */
export type SidecarWords = z.infer<typeof sidecar>;

type PresetSidecar<Name extends SidecarPresetName> = Name extends SidecarPresetName
  ? { readonly preset: Name | `${Name}@1` } & (SidecarSettings<Name> extends { readonly apiKey: unknown }
      ? { readonly with: SidecarSettings<Name> }
      : { readonly with?: SidecarSettings<Name> })
  : never;

/** A sidecar as all policies together want it. */
export type SidecarSpec =
  | PresetSidecar<SidecarPresetName>
  | { readonly container: Settled<z.infer<typeof containerDefinition>> & { readonly image: string } };
export type MackerelAgentSettings = SidecarSettings<"mackerel-container-agent">;
