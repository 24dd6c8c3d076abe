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

/** @throws EcsmonError for a source that cannot be read, before any is. */
export function openConfigured({ spec, file }: OperatorConfig, env: Env): PolicySource[] {
  const from = (path: string): string => (isAbsolute(path) ? path : join(dirname(file), path));
  return spec.sources.map((source) => openSource(source, from, env));
}

function openSource(source: ConfigSource, from: (path: string) => string, env: Env): PolicySource {
  if ("path" in source) return createFileSource(from(source.path));
  if ("s3" in source) return createS3Source(checkS3Location(source.s3), { env });
  const { url, ref, path, tokenEnv, verify } = source.git;
  const location = checkGitLocation({
    url,
    ...(ref === undefined ? {} : { ref }),
    ...(path === undefined ? {} : { path }),
  });
  return createGitSource(location, {
    env,
    ...(tokenEnv === undefined ? {} : { tokenEnv }),
    ...(verify === undefined
      ? {}
      : { verify: { mode: verify.mode, allowedSigners: from(verify.allowedSigners) } }),
  });
}
