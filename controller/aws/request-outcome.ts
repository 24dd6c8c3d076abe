// How an attempt of a call ended, in few words: a label of the metric that counts them.
import { EcsmonError } from "../model/errors.ts";
import { describeAwsError } from "./errors.ts";

/** `refused`: held back by ecsmon itself (lease lost, paused) and never sent. `error`: AWS said no, for another reason. */
export type RequestOutcome = "success" | "throttled" | "denied" | "unreachable" | "refused" | "error";

/** `error`: what the attempt threw; left out, it was answered. */
export function outcomeOf(error?: unknown): RequestOutcome {
  if (error === undefined) return "success";
  if (error instanceof EcsmonError && error.fault === "operator") return "refused";
  switch (describeAwsError(error, "a call").code) {
    case "Throttled":
      return "throttled";
    case "AccessDenied":
    case "Credentials":
      return "denied";
    case "Unreachable":
      return "unreachable";
    default:
      return "error";
  }
}
