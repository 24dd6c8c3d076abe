// The sources that an OperatorConfig names; paths in it begin at the folder of its file.
import { dirname, isAbsolute, join } from "node:path";
import type { OperatorConfig } from "../api/config.ts";
import type { ConfigSource } from "../api/schema/operator-config.ts";
import { createFileSource } from "./file.ts";
import type { Env } from "./git/environment.ts";
import { checkGitLocation } from "./git/location.ts";
import { createGitSource } from "./git.ts";
import { checkS3Location } from "./s3/location.ts";
import { createS3Source } from "./s3.ts";
import type { PolicySource } from "./source.ts";

/** A source, and what the controller must know of it beside reading. */
export interface ConfiguredSource {
  readonly source: PolicySource;
  /** A commit that does not descend from the last good one is taken. */
  readonly allowRewind: boolean;
  /** The file or folder on disk whose changes can be noticed as they happen. */
  readonly watch?: string;
}

/** @throws EcsmonError for a source that cannot be read, before any is. */
export function openConfigured(config: OperatorConfig, env: Env): PolicySource[] {
  return configureSources(config, env).map(({ source }) => source);
}

/** The same, for who keeps reading them. @throws EcsmonError for a source that cannot be read, before any is. */
export function configureSources({ spec, file }: OperatorConfig, env: Env): ConfiguredSource[] {
  const from = (path: string): string => (isAbsolute(path) ? path : join(dirname(file), path));
  return spec.sources.map((source) => configure(source, from, env));
}

function configure(source: ConfigSource, from: (path: string) => string, env: Env): ConfiguredSource {
  if ("path" in source) {
    const path = from(source.path);
    return { source: createFileSource(path), allowRewind: false, watch: path };
  }
  if ("s3" in source)
    return { source: createS3Source(checkS3Location(source.s3), { env }), allowRewind: false };
  const { url, ref, path, tokenEnv, verify, allowRewind = false } = source.git;
  const location = checkGitLocation({
    url,
    ...(ref === undefined ? {} : { ref }),
    ...(path === undefined ? {} : { path }),
  });
  const options = {
    env,
    ...(tokenEnv === undefined ? {} : { tokenEnv }),
    ...(verify === undefined
      ? {}
      : { verify: { mode: verify.mode, allowedSigners: from(verify.allowedSigners) } }),
  };
  return { source: createGitSource(location, options), allowRewind };
}
