// Batches: up to ten entries in one call. Some may fail while the others are done; the answer is a 200.
import { AwsError, type Input, type Output } from "../../service.ts";
import { badBatch, checks } from "./errors.ts";

const MAX_ENTRIES = 10;

/** `maxBytes` is for the bodies together. */
export function inBatch(
  input: Input,
  maxBytes: number | undefined,
  run: (entry: Input) => Output,
): { Successful: Output[]; Failed?: Output[] } {
  const entries = checks.list(input, "Entries") ?? [];
  if (entries.length === 0)
    throw badBatch("EmptyBatchRequest", "There should be at least one entry in the request.");
  if (entries.length > MAX_ENTRIES)
    throw badBatch(
      "TooManyEntriesInBatchRequest",
      `Maximum number of entries per request are ${MAX_ENTRIES}. You have sent ${entries.length}.`,
    );
  const ids = entries.map((entry) => checks.requiredText(entry, "Id"));
  const odd = ids.find((id) => !/^[\w-]{1,80}$/.test(id));
  if (odd !== undefined)
    throw badBatch(
      "InvalidBatchEntryId",
      "A batch entry id can only contain alphanumeric characters, hyphens and underscores. " +
        `It can be at most 80 letters long: ${odd}`,
    );
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined) throw badBatch("BatchEntryIdsNotDistinct", `Id ${twice} repeated.`);
  const bytes = entries.reduce<number>(
    (sum, entry) => sum + Buffer.byteLength(String(entry?.MessageBody ?? "")),
    0,
  );
  if (maxBytes !== undefined && bytes > maxBytes)
    throw badBatch(
      "BatchRequestTooLong",
      `Batch requests cannot be longer than ${maxBytes} bytes. You have sent ${bytes} bytes.`,
    );

  const done: Output[] = [];
  const failed: Output[] = [];
  for (const [index, entry] of entries.entries()) {
    const Id = ids[index];
    try {
      done.push({ Id, ...run(entry) });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      failed.push({ Id, SenderFault: true, Code: error.code, Message: error.message });
    }
  }
  return { Successful: done, ...(failed.length === 0 ? {} : { Failed: failed }) };
}
