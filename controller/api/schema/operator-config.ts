// The controller's configuration: where policies come from, which accounts and Regions they are for, and what they may
// reach. It holds no defaults: what they are is told in the docs of each field, and applied where they are used.
import * as z from "zod";
import { nameRegion, regionPattern } from "../region.ts";
import { durationFrom, name, text } from "./words.ts";

const path = text.describe("A file or folder; relative paths begin at the folder of this file.");

const bucket = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
    "a bucket's name has 3 to 63 lower-case letters, digits, `.` and `-`; no s3:// before it",
  )
  .describe("The name of the bucket.");

const place = z.strictObject({
  bucket,
  prefix: z.string().optional().describe("What its keys begin with, such as status/. Default: nothing."),
});

const git = z.strictObject({
  // Judged by meaning and not by pattern: a message must not repeat an address that holds a password.
  url: text.describe("https://… or ssh://…; no user or password in it (ssh: the user alone)."),
  ref: z
    .string()
    .regex(
      /^(?![-/.])(?!.*\.\.)(?!.*\/\/)[A-Za-z0-9._/+@-]*[A-Za-z0-9_+@-]$/,
      "name a branch, a tag or a commit, such as main or refs/tags/v1",
    )
    .optional()
    .describe("A branch, tag or commit. Default: the repository's own default branch."),
  path: z
    .string()
    .regex(
      /^(?![-/])(?!(?:.*\/)?\.\.(?:\/|$))[^\\\0]+$/,
      "name a folder inside the repository, without / before it and without `..` in it",
    )
    .optional()
    .describe("The folder of the policies in the repository. Default: all of it."),
  tokenEnv: z
    .string()
    .optional()
    .describe("The name of the environment variable that holds the token for https."),
  verify: z
    .strictObject({
      mode: z.enum(["head"]).describe("head: the commit that is read must be signed."),
      allowedSigners: path.describe(
        "A file of allowed signers, as ssh-keygen takes it; relative paths begin at the folder of this file.",
      ),
    })
    .optional()
    .describe("Take no commit that is not signed by one of these. Default: any."),
  allowRewind: z
    .boolean()
    .optional()
    .describe("Take a commit that does not descend from the last good one (a force-push). Default false."),
});

const source = z.union(
  [
    z.strictObject({ path }),
    z.strictObject({ s3: place.describe("Objects of a bucket.") }),
    z.strictObject({ git: git.describe("A folder of a Git repository.") }),
  ],
  {
    error: "a source is one of path, s3 or git",
  },
);

const target = z.strictObject({
  region: z
    .string()
    .regex(regionPattern, nameRegion)
    .optional()
    .describe("Default: the Region of the process."),
  roleArn: z
    .string()
    .regex(
      /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/,
      "name a role, such as arn:aws:iam::123456789012:role/ecsmon",
    )
    .optional()
    .describe("The role that is assumed there. Default: the credentials of the process."),
  externalId: z
    .string()
    .regex(/^[\w+=,.@:/-]{1,1224}$/, "use letters, digits and any of _+=,.@:/-")
    .optional()
    .describe("What the role's trust policy asks for as sts:ExternalId."),
});

const durationOf = (doc: string) => durationFrom(1).optional().describe(doc);

const count = (doc: string) => z.int().min(0).optional().describe(doc);

const list = (doc: string) => z.array(text).max(500).optional().describe(doc);

const allow = z.strictObject({
  images: list("Images of sidecars, as their containers name them."),
  secrets: list(
    "What secrets, secretOptions and configFrom name by valueFrom, and the files that ECS fetches for a container.",
  ),
  roles: list("ARNs of the roles that alarms on queries run with."),
  actions: list("ARNs that alarms call, that events are sent to, and that dashboards call."),
  clusters: list("Names of clusters."),
  kinds: list("Kinds of things, as the plan names them: MetricAlarm, TaskDefinition …"),
});

const snapshot = z
  .boolean()
  .optional()
  .describe(
    "After each full pass, keep a snapshot of the account there, from which pull requests are planned without credentials. Default true.",
  );

export const configSpec = z.strictObject({
  owner: z
    .string()
    .regex(/^[A-Za-z0-9-]{1,32}$/, "use letters, digits and `-`, at most 32 of them")
    .optional()
    .describe("Whose monitoring this is; several operators can share an account. Default ecsmon."),
  sources: z
    .array(source)
    .min(1)
    .max(50)
    .describe("Where policies are read from; all of them together count."),
  targets: z
    .array(target)
    .min(1)
    .max(200)
    .optional()
    .describe("The accounts and Regions that are looked after. Default: those of the process."),
  pollInterval: durationOf("How often sources are asked for news. Default 60s."),
  resync: durationOf("How often everything is looked through, whatever events said. Default 5m."),
  events: z
    .strictObject({ queueUrl: text.describe("The SQS queue that EventBridge sends to.") })
    .optional()
    .describe("Events of AWS: a service is reconciled within seconds of its event."),
  lease: z
    .strictObject({
      duration: durationOf("How long a lease holds that is not renewed. Default 15s."),
      s3: place.describe("Where the leases are."),
    })
    .optional()
    .describe("One lease a target: replicas share the targets, and take over from each other."),
  status: z
    .union(
      [
        z.strictObject({ s3: place.describe("Where it is kept."), snapshot }),
        z.strictObject({ path, snapshot }),
      ],
      { error: "status is kept in one of s3 or path" },
    )
    .optional()
    .describe("Where status, journal and snapshots are kept."),
  http: z
    .strictObject({
      host: text.optional().describe("The address that it listens on. Default 127.0.0.1."),
      port: z.int().min(0).max(65_535).optional().describe("The port; 0 takes a free one. Default 8080."),
      auth: z
        .strictObject({
          tokenEnv: z
            .string()
            .optional()
            .describe(
              "The name of the environment variable that holds the token: a bearer token, or the password of any user.",
            ),
          header: z
            .strictObject({
              name: z
                .string()
                .regex(
                  /^(?!(?:accept|access-control|authorization|cache-control|connection|content|cookie|dnt|forwarded|from|host|if-|last-event-id|origin|pragma|priority|range|referer|sec-|te$|trailer|transfer|upgrade|user-agent|via|x-forwarded|x-real-ip|x-requested)[a-z-]*$)[a-z0-9!#$%&'*+.^_`|~-]{1,100}$/i,
                  "name a header that nothing but the load balancer sets, such as x-amzn-oidc-identity",
                )
                .describe("The header, such as x-amzn-oidc-identity."),
              value: text.optional().describe("What it must say. Default: anything."),
            })
            .optional()
            .describe(
              "A header that the load balancer in front sets when it has let somebody in, and takes away from what clients send. Let nothing but the load balancer reach the port.",
            ),
        })
        .optional()
        .describe(
          "Who may see the pages, the API and the metrics: one of them is enough. Default: whoever reaches the port.",
        ),
      webhook: z
        .strictObject({
          secretEnv: z
            .string()
            .describe("The name of the environment variable that holds the secret of the webhook."),
        })
        .optional()
        .describe(
          "POST /webhooks/git: a push makes sources be read at once. Left out: sources are polled alone.",
        ),
    })
    .optional()
    .describe("Health, metrics, status and the webhook over HTTP."),
  notify: z
    .strictObject({
      eventBus: z
        .string()
        .regex(
          /^([/.\-_A-Za-z0-9]{1,256}|arn:aws[a-z-]*:events:[a-z]+(-[a-z0-9]+)+:\d{12}:event-bus\/[/.\-_A-Za-z0-9]+)$/,
          "name an event bus, or give its ARN, such as arn:aws:events:eu-central-1:123456789012:event-bus/monitoring",
        )
        .optional()
        .describe(
          "The EventBridge bus, by its name or ARN, in the Region of the process. Default: the default bus of its account.",
        ),
    })
    .optional()
    .describe(
      "Events of ecsmon's own: drift, failures, what needs a person, the freeze switch. Default: none.",
    ),
  maxDeletes: count("Hold all deletes back when there are more. Default 10."),
  maxRedeploys: count("Hold all redeployments back when there are more. Default 10."),
  deletePolicy: z
    .enum(["sync", "upsert-only"])
    .optional()
    .describe("sync (default): what no policy wants any more goes. upsert-only: nothing is ever deleted."),
  allow: allow
    .optional()
    .describe(
      "What policies may reach, as lists of globs; anything else is NotAllowed. A list left out does not restrict, an empty one allows nothing.",
    ),
});

export const configDocument = z.strictObject({
  apiVersion: z.literal("ecsmon.dev/v1alpha1").describe("The version of this language: ecsmon.dev/v1alpha1."),
  kind: z.literal("OperatorConfig").describe("OperatorConfig."),
  metadata: z
    .strictObject({
      name: name.describe("For people: which operator this is."),
      labels: z.record(z.string(), z.string()).optional().describe("For people; ecsmon reads none."),
      annotations: z.record(z.string(), z.string()).optional().describe("For people; ecsmon reads none."),
    })
    .describe("What the document is called."),
  spec: configSpec.describe("Where policies come from, where they hold, and what they may reach."),
});

export type ConfigSpec = z.output<typeof configSpec>;
export type ConfigSource = ConfigSpec["sources"][number];
export type ConfigTarget = z.output<typeof target>;
