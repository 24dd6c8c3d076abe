// The SDK clients, made when first used, every attempt of every call inside AWS's rates.
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { ECSClient } from "@aws-sdk/client-ecs";
import { ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import type { IAMClient } from "@aws-sdk/client-iam";
import { ResourceGroupsTaggingAPIClient } from "@aws-sdk/client-resource-groups-tagging-api";
import type { SchedulerClient } from "@aws-sdk/client-scheduler";
import type { SNSClient } from "@aws-sdk/client-sns";
import { STSClient } from "@aws-sdk/client-sts";
import type { Emulated } from "../model/snapshot.ts";
import type { Credentials } from "./assumed-role.ts";
import { isEmulated } from "./emulator.ts";
import { checkEndpoints } from "./endpoints.ts";
import { createFencedAgents, type Fence } from "./fence.ts";
import { createRateLimiter, type RateLimiter, systemTimer, unlimited } from "./rate-limiter.ts";
import { outcomeOf, type RequestOutcome } from "./request-outcome.ts";

export interface AwsClients {
  readonly ecs: ECSClient;
  readonly cloudwatch: CloudWatchClient;
  readonly logs: CloudWatchLogsClient;
  readonly elb: ElasticLoadBalancingV2Client;
  readonly events: EventBridgeClient;
  readonly tagging: ResourceGroupsTaggingAPIClient;
  readonly sts: STSClient;
  /** Loaded when asked for: few runs have anything to ask it. */
  scheduler(): Promise<SchedulerClient>;
  /** Likewise. */
  sns(): Promise<SNSClient>;
  /** Likewise. It is asked for a warning only, so nothing is waited for long or tried again. */
  iam(): Promise<IAMClient>;
  /** Whether the endpoint only pretends to have this service: then it is not asked. */
  isEmulated(service: Emulated): boolean;
  /** The Region of these clients, from the options or the SDK's own chain. */
  region(): Promise<string>;
  destroy(): void;
}

/** One call, as the code makes it: paged, and not yet tried. */
export interface Call {
  /** As `onRequest` is told it: `ECS`, `CloudWatchLogs`. */
  readonly service: string;
  /** `DescribeServices`. */
  readonly operation: string;
  readonly input: object;
}

/** Stands before every call: gives its output, or asks AWS for it. What it throws is what the call throws. */
export type Answerer = (call: Call, ask: () => Promise<object>) => Promise<object>;

export interface AwsOptions {
  /** Left out: AWS answers. Its answers come before the rates, the fence and the retries. */
  readonly answerer?: Answerer;
  /** Left out: as the endpoints of the environment say. */
  readonly emulated?: readonly Emulated[];
  readonly region?: string | undefined;
  /** Of another account; left out: the SDK's own chain. Asked again by each client before they expire. */
  readonly credentials?: (() => Promise<Credentials>) | undefined;
  readonly limiter?: RateLimiter;
  /** Milliseconds until an attempt that is not answered counts as failed. Default 20,000. */
  readonly requestTimeout?: number;
  /** Told of every attempt, before it is sent. */
  readonly onRequest?: (service: string, operation: string) => void;
  /** Told of every attempt, when it has ended. */
  readonly onAnswer?: (service: string, operation: string, outcome: RequestOutcome) => void;
  /** Asked before every attempt, and once more when it goes out. Left out: nothing is refused. */
  readonly fence?: Fence | undefined;
}

/** Attempts of one call: the SDK's standard back-off between them, for throttling, 5xx and lost connections. */
const maxAttempts = 5;

/** @throws EcsmonError where a variable names an endpoint that is none */
export function createAws(options: AwsOptions = {}): AwsClients {
  checkEndpoints(process.env);
  const limiter = options.limiter ?? defaultLimiter(process.env);
  // AWS_MAX_ATTEMPTS is the SDK's own setting; ours is only another default.
  const attempts = process.env["AWS_MAX_ATTEMPTS"] === undefined ? { maxAttempts } : {};
  const agents = options.fence === undefined ? undefined : createFencedAgents(options.fence);
  const requestHandler = {
    ...(agents === undefined ? {} : { httpAgent: agents.httpAgent, httpsAgent: agents.httpsAgent }),
    connectionTimeout: 5_000,
    requestTimeout: options.requestTimeout ?? 20_000,
    throwOnRequestTimeout: true,
  };
  const config = {
    requestHandler,
    ...(options.region === undefined ? {} : { region: options.region }),
    ...(options.credentials === undefined ? {} : { credentials: options.credentials }),
    ...attempts,
  };
  const made = new Map<string, { destroy(): void }>();

  function client<T extends AnyClient>(service: string, make: () => T): T {
    const existing = made.get(service) as T | undefined;
    if (existing !== undefined) return existing;
    const fresh = make();
    if (options.answerer !== undefined) answerBy(fresh, service, options.answerer);
    // After the retry step, so that every attempt takes a token of its own.
    (fresh as ECSClient).middlewareStack.add(
      (next, context) => async (args) => {
        const operation = String(context.commandName).replace(/Command$/, "");
        await limiter.take(service, operation);
        const attempt = () => {
          options.onRequest?.(service, operation);
          return next(args);
        };
        const answer = agents === undefined ? attempt() : agents.send(service, operation, attempt);
        return tell(answer, (outcome) => {
          if (outcome === "throttled") limiter.throttled(service, operation);
          options.onAnswer?.(service, operation, outcome);
        });
      },
      { step: "finalizeRequest", priority: "low", name: "ecsmonRateLimit" },
    );
    made.set(service, fresh);
    return fresh;
  }

  return {
    get ecs() {
      return client("ECS", () => new ECSClient(config));
    },
    get cloudwatch() {
      return client("CloudWatch", () => new CloudWatchClient(config));
    },
    get logs() {
      return client("CloudWatchLogs", () => new CloudWatchLogsClient(config));
    },
    get elb() {
      return client("ELBv2", () => new ElasticLoadBalancingV2Client(config));
    },
    get events() {
      return client("EventBridge", () => new EventBridgeClient(config));
    },
    get tagging() {
      return client("Tagging", () => new ResourceGroupsTaggingAPIClient(config));
    },
    get sts() {
      return client("STS", () => new STSClient(config));
    },
    async scheduler() {
      const { SchedulerClient } = await import("@aws-sdk/client-scheduler");
      return client("Scheduler", () => new SchedulerClient(config));
    },
    async sns() {
      const { SNSClient } = await import("@aws-sdk/client-sns");
      return client("SNS", () => new SNSClient(config));
    },
    async iam() {
      const { IAMClient } = await import("@aws-sdk/client-iam");
      const timeouts = { ...requestHandler, connectionTimeout: 2_000, requestTimeout: 5_000 };
      const quick = { ...config, requestHandler: timeouts, maxAttempts: 1 };
      return client("IAM", () => new IAMClient(quick));
    },
    isEmulated: (service) => options.emulated?.includes(service) ?? isEmulated(service, process.env),
    async region() {
      return this.ecs.config.region();
    },
    destroy() {
      for (const client of made.values()) client.destroy();
    },
  };
}

/** Around everything that the SDK does with a call, its checks of the input too. */
function answerBy(client: AnyClient, service: string, answerer: Answerer): void {
  (client as ECSClient).middlewareStack.add(
    (next, context) => async (args) => {
      const operation = String(context.commandName).replace(/Command$/, "");
      let response: unknown;
      const output = await answerer({ service, operation, input: args.input }, async () => {
        const asked = await next(args);
        response = asked.response;
        return asked.output;
      });
      return { output: output as typeof output & { readonly $metadata: object }, response };
    },
    { step: "initialize", priority: "high", name: "ecsmonAnswerer" },
  );
}

async function tell<T>(answer: Promise<T>, onOutcome: (outcome: RequestOutcome) => void): Promise<T> {
  try {
    const given = await answer;
    onOutcome(outcomeOf());
    return given;
  } catch (error) {
    onOutcome(outcomeOf(error));
    throw error;
  }
}

type AnyClient =
  | ECSClient
  | CloudWatchClient
  | CloudWatchLogsClient
  | ElasticLoadBalancingV2Client
  | EventBridgeClient
  | IAMClient
  | ResourceGroupsTaggingAPIClient
  | SchedulerClient
  | SNSClient
  | STSClient;

/**
 * AWS's rates hold for AWS. An emulator on this machine has none before it throttles; with `ECSMON_RATE_LIMITS=on` it has
 * them from the start, with `off` never.
 */
function defaultLimiter(env: NodeJS.ProcessEnv): RateLimiter {
  const local = /^https?:\/\/(127\.0\.0\.1|localhost|\[::1\])([:/]|$)/.test(env["AWS_ENDPOINT_URL"] ?? "");
  const asked = env["ECSMON_RATE_LIMITS"];
  if (!local || asked === "on") return createRateLimiter();
  return asked === "off" ? unlimited : createRateLimiter(systemTimer, "when throttled");
}
