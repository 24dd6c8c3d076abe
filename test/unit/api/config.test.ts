// The controller's configuration: one break in a sound one, one finding at the place of the break, which says what to do.
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { parseConfig } from "../../../controller/api/config.ts";
import { explainField } from "../../../controller/api/explain.ts";
import { configJsonSchema } from "../../../controller/api/json-schema.ts";
import { parsePolicies } from "../../../controller/api/parse.ts";
import { breakPolicy, placeOf } from "./policies.ts";

const sound = `apiVersion: ecsmon.dev/v1alpha1
kind: OperatorConfig
metadata: { name: prod }
spec:
  owner: ecsmon
  sources:
    - path: ./policies
    - s3: { bucket: monitoring-policies, prefix: policies/ }
    - git: { url: "https://git.example.com/ops/policies.git", ref: main, path: policies, tokenEnv: GIT_TOKEN, verify: { mode: head, allowedSigners: ./allowed_signers } }
  targets:
    - { region: ap-northeast-1 }
    - { region: us-east-1, roleArn: "arn:aws:iam::123456789012:role/ecsmon", externalId: x }
  pollInterval: 60s
  resync: 5m
  events: { queueUrl: "https://sqs.us-east-1.amazonaws.com/123456789012/ecsmon" }
  lease: { duration: 15s, s3: { bucket: monitoring-state, prefix: leases/ } }
  status: { s3: { bucket: monitoring-state, prefix: status/ } }
  http: { host: 0.0.0.0, port: 8080, webhook: { secretEnv: WEBHOOK_SECRET } }
  notify: { eventBus: monitoring }
  maxDeletes: 10
  maxRedeploys: 11
  deletePolicy: sync
  allow:
    images: ["public.ecr.aws/mackerel/*", "123456789012.dkr.ecr.*/ops/*"]
    secrets: ["arn:aws:ssm:*:123456789012:parameter/monitoring/*"]
    roles: ["arn:aws:iam::123456789012:role/log-alarms"]
    actions: ["arn:aws:sns:*:123456789012:*"]
    clusters: ["prod-*"]
    kinds: ["*"]
`;

const parseText = (text: string) => parseConfig({ file: "operator.yaml", text });

interface Broken {
  readonly from: string;
  readonly to: string;
  /** `code path @ mark`: the finding stands where the mark first does. */
  readonly finds: string;
  readonly says: RegExp;
  /** What no message may repeat. */
  readonly secret?: string;
}

const broken: Readonly<Record<string, Broken>> = {
  "an unknown field": {
    from: "resync: 5m",
    to: "resnc: 5m",
    finds: "UnknownField spec.resnc @ resnc",
    says: /did you mean "resync"\?/,
  },
  "an unknown field of a target": {
    from: "{ region: ap-northeast-1 }",
    to: "{ regoin: ap-northeast-1 }",
    finds: "UnknownField spec.targets[0].regoin @ regoin",
    says: /did you mean "region"\?/,
  },
  "an unknown list of what is allowed": {
    from: 'clusters: ["prod-*"]',
    to: 'services: ["prod-*"]',
    finds: "UnknownField spec.allow.services @ services",
    says: /unknown field "services"/,
  },
  "a policy": {
    from: "kind: OperatorConfig",
    to: "kind: MonitoringPolicy",
    finds: "UnknownKind kind @ MonitoringPolicy",
    says: /into one of the sources .*--policies/,
  },
  "a kind with a slip": {
    from: "kind: OperatorConfig",
    to: "kind: OperatorConfg",
    finds: "UnknownKind kind @ OperatorConfg",
    says: /did you mean "OperatorConfig"\?/,
  },
  "another version": {
    from: "ecsmon.dev/v1alpha1",
    to: "ecsmon.dev/v2",
    finds: "InvalidValue apiVersion @ ecsmon.dev/v2",
    says: /ecsmon\.dev\/v1alpha1/,
  },
  "a duration in words": {
    from: "pollInterval: 60s",
    to: "pollInterval: soon",
    finds: "InvalidValue spec.pollInterval @ soon",
    says: /30s, 5m, 1h/,
  },
  "a duration of nothing": {
    from: "duration: 15s",
    to: "duration: 0",
    finds: "InvalidValue spec.lease.duration @ 0, s3",
    says: /30s, 5m|at least 1/,
  },
  "an owner with a slash": {
    from: "owner: ecsmon",
    to: "owner: team/a",
    finds: "InvalidValue spec.owner @ team/a",
    says: /letters, digits and `-`/,
  },
  "a source that is two": {
    from: "- path: ./policies",
    to: "- { path: ./policies, s3: { bucket: other-bucket } }",
    finds: "InvalidValue spec.sources[0] @ { path: ./policies, s3",
    says: /^"path" and "s3" do not go together; keep one$/,
  },
  "a source that is nothing": {
    from: "- path: ./policies",
    to: "- {}",
    finds: "InvalidValue spec.sources[0] @ {}",
    says: /^a source is one of path, s3 or git, and this is none of them$/,
  },
  "a status in two places": {
    from: "status: { s3: { bucket: monitoring-state, prefix: status/ } }",
    to: "status: { s3: { bucket: monitoring-state, prefix: status/ }, path: ./status }",
    finds: "InvalidValue spec.status @ status: { s3",
    says: /^"s3" and "path" do not go together; keep one$/,
  },
  "a status in no place": {
    from: "status: { s3: { bucket: monitoring-state, prefix: status/ } }",
    to: "status: { snapshot: false }",
    finds: "InvalidValue spec.status @ status: { snapshot",
    says: /^status is kept in one of s3 or path, and this is none of them$/,
  },
  "a source without a place": {
    from: "- path: ./policies",
    to: "- folder: ./policies",
    finds: "InvalidValue spec.sources[0] @ folder: ./policies",
    says: /one of path, s3 or git/,
  },
  "a path that is an address": {
    from: "path: ./policies",
    to: "path: s3://monitoring-policies/a",
    finds: "InvalidValue spec.sources[0].path @ s3://",
    says: /write s3: \{ bucket/,
  },
  "a bucket with its scheme": {
    from: "bucket: monitoring-policies",
    to: "bucket: s3://monitoring-policies",
    finds: "InvalidValue spec.sources[1].s3.bucket @ s3://",
    says: /no s3:\/\/ before it/,
  },
  "a token in the address": {
    from: "https://git.example.com",
    to: "https://ops:hunter2@git.example.com",
    finds: 'InvalidValue spec.sources[2].git.url @ "https://ops',
    says: /environment variable, and name that in tokenEnv/,
    secret: "hunter2",
  },
  "a token as the user": {
    from: "https://git.example.com",
    to: "https://hunter2@git.example.com",
    finds: 'InvalidValue spec.sources[2].git.url @ "https://hunter2',
    says: /name that in tokenEnv/,
    secret: "hunter2",
  },
  "plain http": {
    from: "https://git.example.com",
    to: "http://git.example.com",
    finds: 'InvalidValue spec.sources[2].git.url @ "http://git',
    says: /use https:\/\//,
  },
  "a program in place of an address": {
    from: "https://git.example.com/ops/policies.git",
    to: "ext::sh -c evil",
    finds: 'InvalidValue spec.sources[2].git.url @ "ext::',
    says: /write https:\/\/HOST\/PATH/,
  },
  "an address as ssh writes it": {
    from: "https://git.example.com/ops/policies.git",
    to: "git@git.example.com:ops/policies.git",
    finds: 'InvalidValue spec.sources[2].git.url @ "git@',
    says: /ssh:\/\/USER@HOST\/PATH/,
  },
  "a door that is open": {
    from: "port: 8080,",
    to: "port: 8080, auth: {},",
    finds: "InvalidValue spec.http.auth @ auth: {}",
    says: /give tokenEnv or header, or leave auth out/,
  },
  "a token in place of its variable": {
    from: "port: 8080,",
    to: 'port: 8080, auth: { tokenEnv: "hunter2-hunter2!" },',
    finds: 'InvalidValue spec.http.auth.tokenEnv @ "hunter2',
    says: /no name of an environment variable/,
    secret: "hunter2-hunter2!",
  },
  "a header that any client sends": {
    from: "port: 8080,",
    to: "port: 8080, auth: { header: { name: X-Forwarded-For } },",
    finds: "InvalidValue spec.http.auth.header.name @ X-Forwarded-For",
    says: /nothing but the load balancer sets, such as x-amzn-oidc-identity/,
  },
  "a ref that is an option": {
    from: "ref: main",
    to: "ref: --upload-pack=evil",
    finds: "InvalidValue spec.sources[2].git.ref @ --upload",
    says: /name a branch, a tag or a commit/,
  },
  "a path out of the repository": {
    from: "path: policies, tokenEnv",
    to: "path: a/../../b, tokenEnv",
    finds: "InvalidValue spec.sources[2].git.path @ a/../../b",
    says: /inside the repository/,
  },
  "the token itself": {
    from: "tokenEnv: GIT_TOKEN",
    to: "tokenEnv: ghp_hunter2",
    finds: "InvalidValue spec.sources[2].git.tokenEnv @ ghp_hunter2",
    says: /the name of an environment variable/,
    secret: "hunter2",
  },
  "a token for ssh": {
    from: "https://git.example.com",
    to: "ssh://git@git.example.com",
    finds: "InvalidValue spec.sources[2].git.tokenEnv @ GIT_TOKEN",
    says: /leave tokenEnv out/,
  },
  "another way to verify": {
    from: "mode: head",
    to: "mode: heads",
    finds: "InvalidValue spec.sources[2].git.verify.mode @ heads",
    says: /did you mean "head"\?/,
  },
  "a Region that is none": {
    from: "region: ap-northeast-1",
    to: "region: Tokyo",
    finds: "InvalidValue spec.targets[0].region @ Tokyo",
    says: /such as eu-central-1/,
  },
  "the name of a role": {
    from: '"arn:aws:iam::123456789012:role/ecsmon"',
    to: "ecsmon",
    finds: "InvalidValue spec.targets[1].roleArn @ ecsmon, externalId",
    says: /arn:aws:iam::123456789012:role\/ecsmon/,
  },
  "an external id for nobody": {
    from: "{ region: ap-northeast-1 }",
    to: "{ region: ap-northeast-1, externalId: x1 }",
    finds: "InvalidValue spec.targets[0].externalId @ x1",
    says: /give roleArn, or leave it out/,
  },
  "a target twice": {
    from: "- { region: ap-northeast-1 }",
    to: "- { region: ap-northeast-1 }\n    - { region: ap-northeast-1 }",
    finds: "InvalidValue spec.targets[1] @ { region: ap-northeast-1 }\n    - { region: us",
    says: /as targets\[0\]; leave one/,
  },
  "a queue that is none": {
    from: "https://sqs.us-east-1.amazonaws.com/123456789012/ecsmon",
    to: "arn:aws:sqs:us-east-1:123456789012:ecsmon",
    finds: 'InvalidValue spec.events.queueUrl @ "arn:aws:sqs',
    says: /copy it from SQS/,
  },
  "a queue with a password": {
    from: "https://sqs.us-east-1",
    to: "https://a:hunter2@sqs.us-east-1",
    finds: 'InvalidValue spec.events.queueUrl @ "https://a:hunter2',
    says: /AWS credentials/,
    secret: "hunter2",
  },
  "a port that is none": {
    from: "port: 8080",
    to: "port: 80800",
    finds: "InvalidValue spec.http.port @ 80800",
    says: /at most 65535/,
  },
  "a lease that is over at once": {
    from: "duration: 15s",
    to: "duration: 1s",
    finds: "InvalidValue spec.lease.duration @ 1s, s3",
    says: /at least 2s/,
  },
  "a lease for ever": {
    from: "duration: 15s",
    to: "duration: 1h",
    finds: "InvalidValue spec.lease.duration @ 1h, s3",
    says: /at most 10m/,
  },
  "a resync once in a while": {
    from: "resync: 5m",
    to: "resync: 30d",
    finds: "InvalidValue spec.resync @ 30d",
    says: /more than a day; give at most 1d/,
  },
  "leases among the policies": {
    from: "bucket: monitoring-state, prefix: leases/",
    to: "bucket: monitoring-policies, prefix: policies/leases/",
    finds: "InvalidValue spec.lease.s3.prefix @ policies/leases/",
    says: /"policies\/leases\/" lies in sources\[1\].*another prefix or bucket/,
  },
  "status where the policies are": {
    from: "bucket: monitoring-state, prefix: status/",
    to: "bucket: monitoring-policies, prefix: policies",
    finds: "InvalidValue spec.status.s3.prefix @ policies }",
    says: /lies in sources\[1\]/,
  },
  "leases in a source without the last slash": {
    from: "{ bucket: monitoring-policies, prefix: policies/ }\n",
    to: "{ bucket: monitoring-state, prefix: leases }\n",
    finds: "InvalidValue spec.lease.s3.prefix @ leases/",
    says: /lies in sources\[1\]/,
  },
  "status in the folder of policies": {
    from: "status: { s3: { bucket: monitoring-state, prefix: status/ } }",
    to: "status: { path: policies/../policies/.state }",
    finds: "InvalidValue spec.status.path @ policies/../policies/.state",
    says: /lies in sources\[0\].*outside of it/,
  },
  "the secret itself": {
    from: "secretEnv: WEBHOOK_SECRET",
    to: "secretEnv: hunter2-hunter2",
    finds: "InvalidValue spec.http.webhook.secretEnv @ hunter2-hunter2",
    says: /the name of an environment variable/,
    secret: "hunter2",
  },
  "a webhook without its secret": {
    from: "webhook: { secretEnv: WEBHOOK_SECRET }",
    to: "webhook: {}",
    finds: "MissingField spec.http.webhook.secretEnv @ webhook: {}",
    says: /secretEnv/,
  },
  "a bus by the ARN of something else": {
    from: "eventBus: monitoring",
    to: 'eventBus: "arn:aws:sns:us-east-1:123456789012:monitoring"',
    finds: 'InvalidValue spec.notify.eventBus @ "arn:aws:sns',
    says: /name an event bus, or give its ARN/,
  },
  "a negative budget": {
    from: "maxRedeploys: 11",
    to: "maxRedeploys: -1",
    finds: "InvalidValue spec.maxRedeploys @ -1\n",
    says: /at least 0/,
  },
  "another delete policy": {
    from: "deletePolicy: sync",
    to: "deletePolicy: upsert",
    finds: "InvalidValue spec.deletePolicy @ upsert",
    says: /upsert-only/,
  },
  "an action that is no ARN": {
    from: '"arn:aws:sns:*:123456789012:*"',
    to: "pager",
    finds: "InvalidValue spec.allow.actions[0] @ pager",
    says: /begin with arn:/,
  },
  "a cluster by its ARN": {
    from: '"prod-*"',
    to: '"arn:aws:ecs:*:*:cluster/prod"',
    finds: 'InvalidValue spec.allow.clusters[0] @ "arn:aws:ecs',
    says: /no ARNs/,
  },
  "a kind that is none": {
    from: 'kinds: ["*"]',
    to: "kinds: [MetricAlrm]",
    finds: "InvalidValue spec.allow.kinds[0] @ MetricAlrm",
    says: /did you mean "MetricAlarm"\?/,
  },
  "a glob of no kind": {
    from: 'kinds: ["*"]',
    to: 'kinds: ["Foo*"]',
    finds: 'InvalidValue spec.allow.kinds[0] @ "Foo*"',
    says: /use one of ClusterSettings/,
  },
  "what is not allowed": {
    from: '"prod-*"',
    to: '"!dev"',
    finds: 'InvalidValue spec.allow.clusters[0] @ "!dev"',
    says: /knows no !/,
  },
};

describe("a sound OperatorConfig", () => {
  it("gives what it says, with seconds for durations", () => {
    const { config, diagnostics } = parseText(sound);
    expect(diagnostics).toEqual([]);
    expect(config).toMatchObject({ name: "prod", file: "operator.yaml" });
    expect(config?.spec).toMatchObject({ pollInterval: 60, resync: 300, lease: { duration: 15 } });
  });

  it("may say little, and allow nothing", () => {
    const text =
      "apiVersion: ecsmon.dev/v1alpha1\nkind: OperatorConfig\nmetadata: { name: a }\nspec:\n  sources: [{ path: p }]\n  allow: { images: [] }\n";
    expect(parseText(text)).toMatchObject({ diagnostics: [], config: { spec: { allow: { images: [] } } } });
  });

  it.each([
    'url: "ssh://git@git.example.com/ops/policies.git", ref: refs/tags/v1.0',
    'url: "http://127.0.0.1:8080/ops.git"',
  ])("reads %s", (git) => {
    const text = sound.replace(/- git: .*/, `- git: { ${git} }`);
    expect(parseText(text).diagnostics).toEqual([]);
  });
});

describe("places of state", () => {
  it.each([
    ["s3: { bucket: monitoring-policies, prefix: status/ }"],
    // A name that only begins like the source's.
    ["s3: { bucket: monitoring-policies, prefix: policies-state }"],
    ["path: ./state"],
    ["path: ./policies-state"],
    ["path: ../policies"],
    ["path: /policies"],
  ])("may be { %s }", (place) => {
    const text = breakPolicy("{ s3: { bucket: monitoring-state, prefix: status/ } }", `{ ${place} }`, sound);
    expect(parseText(text).diagnostics).toEqual([]);
  });

  it("are never in a source that is all of their bucket", () => {
    const text = breakPolicy(
      "bucket: monitoring-policies, prefix: policies/",
      "bucket: monitoring-state",
      sound,
    );
    expect(parseText(text).diagnostics.map(({ path }) => path)).toEqual([
      "spec.lease.s3.prefix",
      "spec.status.s3.prefix",
    ]);
  });

  it.each(["monitoring", "default", "arn:aws:events:us-east-1:123456789012:event-bus/team/monitoring"])(
    "may be beside the bus %s",
    (bus) => {
      const text = breakPolicy("eventBus: monitoring", `eventBus: "${bus}"`, sound);
      expect(parseText(text).diagnostics).toEqual([]);
    },
  );
});

describe("a broken OperatorConfig", () => {
  it.each(Object.entries(broken))("%s", (_, { from, to, finds, says, secret }) => {
    const text = breakPolicy(from, to, sound);
    const { config, diagnostics } = parseText(text);
    expect(config).toBeUndefined();
    const [head = "", mark = ""] = finds.split(" @ ");
    expect(diagnostics.map(({ code, path, line, column }) => `${code} ${path} ${line}:${column}`)).toEqual([
      `${head} ${placeOf(text, mark)}`,
    ]);
    const message = diagnostics[0]?.message ?? "";
    expect(message).toMatch(says);
    expect(message).not.toMatch(/\.$|^[A-Z][a-z]+ /);
    if (secret !== undefined) expect(message).not.toContain(secret);
  });

  it.each([
    ["", "MissingField"],
    ["- a\n", "InvalidValue"],
    [`${sound}---\n${sound}`, "InvalidValue"],
    ["a: [\n", "InvalidYaml"],
    [sound.replace("kind: OperatorConfig\n", ""), "MissingField"],
    [sound.replace(/ {2}sources:\n( {4}.*\n){3}/, ""), "MissingField"],
  ])("%#: no single document of the kind", (text, code) => {
    const { config, diagnostics } = parseText(text);
    expect(config).toBeUndefined();
    expect(diagnostics.map((one) => one.code)).toEqual([code]);
    expect(diagnostics[0]).toMatchObject({ file: "operator.yaml", line: expect.any(Number) });
  });
});

describe("beside policies", () => {
  const files = [{ file: "operator.yaml", text: breakPolicy("owner: ecsmon", "owner: a/b", sound) }];

  it("is checked in a file that may hold one, and no policy elsewhere", () => {
    expect(parsePolicies(files, () => true)).toMatchObject({
      documents: 1,
      policies: [],
      diagnostics: [{ code: "InvalidValue", path: "spec.owner", file: "operator.yaml", line: 5 }],
    });
    expect(parsePolicies(files).diagnostics).toMatchObject([{ code: "UnknownKind", path: "kind" }]);
  });
});

describe("what is made of its schema", () => {
  const isValid = new Ajv2020({ validateFormats: false, strict: true, allowUnionTypes: true }).compile(
    configJsonSchema(),
  );

  it("accepts it as JSON Schema, and refuses what has another shape", () => {
    expect(isValid(parse(sound))).toBe(true);
    expect(isValid(parse(sound.replace("resync: 5m", "resnc: 5m")))).toBe(false);
    expect(isValid(parse(sound.replace("- path: ./policies", "- folder: ./policies")))).toBe(false);
  });

  it("explains its fields", () => {
    expect(explainField("operatorconfig.spec.allow.images")).toMatchObject({
      ok: true,
      text: expect.stringContaining("spec.allow.images <list of string>"),
    });
    expect(explainField("OperatorConfig.resync")).toMatchObject({
      ok: true,
      text: expect.stringContaining("spec.resync <duration>"),
    });
  });
});
