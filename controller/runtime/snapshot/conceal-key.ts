// The key that hidden values of a snapshot are hashed with: of the environment, or one that nobody keeps.
import { randomBytes } from "node:crypto";
import { type Conceal, type ConcealKey, createConcealKey } from "../../core/conceal-token.ts";

const keyEnv = "ECSMON_SNAPSHOT_KEY";

/** undefined: none is set. @throws EcsmonError `InvalidKey` */
export function readConcealKey(env: Readonly<Record<string, string | undefined>>): ConcealKey | undefined {
  const text = env[keyEnv];
  return text === undefined || text === "" ? undefined : createConcealKey(text);
}

/** @param key left out: no plan can compare hidden values with what policies say */
export function concealBy(key: ConcealKey | undefined): {
  readonly conceal: Conceal;
  readonly keyFingerprint: string | null;
} {
  if (key !== undefined) return { conceal: key.conceal, keyFingerprint: key.fingerprint };
  return { conceal: createConcealKey(randomBytes(32).toString("hex")).conceal, keyFingerprint: null };
}
