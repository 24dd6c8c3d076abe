// A target as its configuration gives it, in words: for as long as its account is not known, it has no other name.
import type { ConfigTarget } from "./schema/operator-config.ts";

/** `eu-west-1 as arn:aws:iam::123456789012:role/ecsmon` */
export function nameTarget({ region = "the Region of the process", roleArn }: ConfigTarget): string {
  return roleArn === undefined ? region : `${region} as ${roleArn}`;
}
