// Clients that a snapshot answers in place of AWS: nothing is sent, no credentials are asked for, no clock is looked at.
import { EcsmonError } from "../../model/errors.ts";
import type { SnapshotFacts } from "../../model/snapshot.ts";
import { type AwsClients, type Call, createAws } from "../clients.ts";
import { answers } from "./answers.ts";

/** What is not read from a snapshot throws `NotInSnapshot`, above all every write. */
export function replaySnapshot(facts: SnapshotFacts): AwsClients {
  return createAws({
    region: facts.region,
    emulated: facts.emulated,
    credentials: () => Promise.reject(new RangeError("a snapshot needs no credentials")),
    answerer: async (call) => answer(call, facts),
  });
}

function answer({ service, operation, input }: Call, facts: SnapshotFacts): object {
  const find = answers[`${service}.${operation}`];
  if (find !== undefined) return find(input, facts);
  throw new EcsmonError("NotInSnapshot", `a snapshot does not answer ${operation} of ${service}`, {
    fault: "operator",
    remedy: "stall",
  });
}
