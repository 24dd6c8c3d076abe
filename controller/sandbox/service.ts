// The sandbox's inner contract: an AWS service is a table of operations over plain objects.
// The wire protocols (JSON, query, CBOR) live in protocols/; an operation never sees them.

/** Anything an operation takes or gives: JSON values, plus `Date` for timestamps (each protocol writes those its own way). */
// biome-ignore lint/suspicious/noExplicitAny: wire input is unknown by nature; operations check what they read
export type Input = any;
export type Output = Record<string, unknown>;

export interface OperationContext {
  /** Epoch milliseconds on the sandbox's clock, which tests control. */
  now(): number;
  readonly account: string;
  readonly region: string;
}

export type Operation = (input: Input, context: OperationContext) => Output;

/**
 * An error as AWS answers it. `code` is the modelled exception name; `queryCode` the awsQuery-compatible one, where
 * it differs; `members` what the exception has besides its message.
 */
export class AwsError extends Error {
  readonly code: string;
  readonly status: number;
  readonly queryCode: string | undefined;
  readonly members: Output;

  constructor(
    code: string,
    message: string,
    options: { status?: number; queryCode?: string; members?: Output } = {},
  ) {
    super(message);
    this.code = code;
    this.status = options.status ?? 400;
    this.queryCode = options.queryCode;
    this.members = options.members ?? {};
  }
}

/** A resource that carries tags, as the tagging API lists it. `type` is e.g. `logs:log-group`. */
export interface TaggedResource {
  readonly arn: string;
  readonly type: string;
  readonly tags: Readonly<Record<string, string>>;
}

export interface SandboxService {
  /** The endpoint's name, e.g. `ecs`, `monitoring`, `logs`, `elasticloadbalancing`, `events`, `scheduler`, `s3`, `sns`, `sqs`, `tagging`, `sts`. */
  readonly id: string;
  /** First part of X-Amz-Target for the JSON protocols, e.g. `AmazonEC2ContainerServiceV20141113`. */
  readonly targetPrefix?: string;
  /** `1.0` or `1.1`, for the Content-Type of JSON answers. */
  readonly jsonVersion?: "1.0" | "1.1";
  /** For JSON: errors carry their awsQuery code in a header, as of a service that once spoke awsQuery. Implied by `query`. */
  readonly queryErrors?: boolean;
  /** API version and XML namespace, for services that speak awsQuery. */
  readonly query?: {
    readonly version: string;
    readonly xmlNamespace: string;
    /** Names of input fields that are numbers or booleans (awsQuery sends only strings). */
    readonly numbers: readonly string[];
    readonly booleans: readonly string[];
    /** Names of output fields that are maps, which go over the wire as entries. */
    readonly maps?: readonly string[];
  };
  readonly operations: Readonly<Record<string, Operation>>;
  /**
   * For calls that wait (a long poll): the moment, on the sandbox's clock, at which this one has something to answer.
   * `asked` is when it came; giving that back answers at once. It is asked again after each change.
   */
  answersAt?(operation: string, input: Input, context: OperationContext, asked: number): number;
  /** What the tagging API sees of this service. */
  taggedResources?(): TaggedResource[];
}
