// A read as a fact of a snapshot, and back: what failed fails again with the same error, so that whoever reads it
// concludes the same.
import { EcsmonError } from "../../model/errors.ts";
import type { Fact, Facts, Fault } from "../../model/snapshot.ts";
import { lacksOperation, markLacking } from "../emulator.ts";
import { connectionText, describeAwsError } from "../errors.ts";

/** Whether an emulator may have no such operation, and is then said to hold nothing. */
export type MayLack = "CLOUDWATCH_LOGS";

export async function readFact<T>(read: () => Promise<T>, mayLack?: MayLack): Promise<Fact<T>> {
  try {
    return { value: await read() };
  } catch (error) {
    const isLacking = mayLack !== undefined && lacksOperation(mayLack, error, process.env);
    return { fault: { ...toFault(error), ...(isLacking ? { lacking: true as const } : {}) } };
  }
}

/** Of one that a list's reader has put into words, the error of AWS's that it is about. */
export function toFault(given: unknown): Fault {
  const error = given instanceof EcsmonError && given.cause instanceof Error ? given.cause : given;
  if (error instanceof EcsmonError) return { name: error.name, message: error.message, code: error.code };
  if (!(error instanceof Error)) return { name: "Error", message: String(error) };
  const isLost = describeAwsError(error, "a call").code === "Unreachable";
  const { code } = error as { readonly code?: unknown };
  return {
    name: error.name,
    message: isLost ? connectionText(error) : error.message,
    ...(isLost && typeof code === "string" ? { code } : {}),
  };
}

export function toError({ name, message, code, lacking }: Fault): Error {
  if (name === "EcsmonError")
    return new EcsmonError(code ?? "Unknown", message, { fault: "aws", remedy: "retry" });
  const error = Object.assign(new Error(message), { name }, code === undefined ? {} : { code });
  return lacking ? markLacking(error) : error;
}

/** @throws what the read threw; `NotInSnapshot` for what was not read. */
export function valueIn<T>(fact: Fact<T> | undefined, what: string): T {
  if (fact === undefined) throw notInSnapshot(what);
  if ("fault" in fact) throw toError(fact.fault);
  return fact.value;
}

/** Names are anybody's: `constructor` is one too. */
export function factOf<T>(facts: Facts<T>, name: string): Fact<T> | undefined {
  return Object.hasOwn(facts, name) ? facts[name] : undefined;
}

/** One of several, by the same names. */
export function joinFacts<T>(parts: readonly Facts<T>[]): Facts<T> {
  return Object.fromEntries(parts.flatMap((part) => Object.entries(part)));
}

/** @param what e.g. `the service prod/web` */
export function notInSnapshot(what: string): EcsmonError {
  return new EcsmonError(
    "NotInSnapshot",
    `the snapshot does not have ${what}; take a new one, or plan with access to the account`,
    { fault: "operator", remedy: "wait" },
  );
}
