// Amazon SQS's errors. Each has a second name, of the query protocol SQS once spoke, which travels in
// a header.
import { createChecks } from "../../checks.ts";
import { AwsError } from "../../service.ts";

const LEGACY = "AWS.SimpleQueueService.";

export const checks = createChecks((message) => new AwsError("InvalidParameterValue", message));

export function queueDoesNotExist(): AwsError {
  return new AwsError("QueueDoesNotExist", "The specified queue does not exist.", {
    queryCode: `${LEGACY}NonExistentQueue`,
  });
}

export function queueNameExists(attribute: string): AwsError {
  return new AwsError(
    "QueueNameExists",
    `A queue already exists with the same name and a different value for attribute ${attribute}`,
    { queryCode: "QueueAlreadyExists" },
  );
}

export function queueDeletedRecently(): AwsError {
  return new AwsError(
    "QueueDeletedRecently",
    "You must wait 60 seconds after deleting a queue before you can create another with the same name.",
    { queryCode: `${LEGACY}QueueDeletedRecently` },
  );
}

export function purgeInProgress(name: string): AwsError {
  return new AwsError(
    "PurgeQueueInProgress",
    `Only one PurgeQueue operation on ${name} is allowed every 60 seconds.`,
    { status: 403, queryCode: `${LEGACY}PurgeQueueInProgress` },
  );
}

export function invalidAttributeName(name: string): AwsError {
  return new AwsError("InvalidAttributeName", `Unknown Attribute ${name}.`);
}

export function invalidAttributeValue(name: string, reason = ""): AwsError {
  return new AwsError(
    "InvalidAttributeValue",
    `Invalid value for the parameter ${name}.${reason === "" ? "" : ` Reason: ${reason}`}`,
  );
}

export function unsupported(message: string): AwsError {
  return new AwsError("UnsupportedOperation", message, { queryCode: `${LEGACY}UnsupportedOperation` });
}

export function missingParameter(name: string): AwsError {
  return new AwsError("MissingParameter", `The request must contain the parameter ${name}.`);
}

/** One of the mistakes that refuse a whole batch. */
export function badBatch(code: string, message: string): AwsError {
  return new AwsError(code, message, { queryCode: `${LEGACY}${code}` });
}

export function invalidHandle(handle: string): AwsError {
  return new AwsError("ReceiptHandleIsInvalid", `The input receipt handle "${handle}" is not valid.`);
}

export function notInFlight(): AwsError {
  return new AwsError("MessageNotInflight", "The message referred to isn't in flight.", {
    queryCode: `${LEGACY}MessageNotInflight`,
  });
}

export function goneMessage(handle: string): AwsError {
  return checks.fail(
    `Value ${handle} for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not ` +
      "available for visibility timeout change.",
  );
}
