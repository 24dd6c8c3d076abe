import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { parsePolicies } from "../../../controller/api/parse.ts";
import { maskLine } from "../../../controller/cli/render/mask-line.ts";
import { renderValidation } from "../../../controller/cli/render/validation.ts";
import { findPlace, runValidate } from "../../../controller/cli/validate.ts";
import type { Diagnostic } from "../../../controller/model/diagnostic.ts";
import { parseText, soundPolicy } from "../api/policies.ts";

const findings: readonly Diagnostic[] = [
  {
    severity: "error",
    code: "InvalidValue",
    message: 'expected a number such as 80, got "eighty"',
    file: "policies/web, new.yaml",
    line: 2,
    column: 12,
    path: "spec.alarms[0].threshold",
  },
  {
    severity: "warning",
    code: "Unused",
    message: "100% odd\nand \u001b[31mred",
    file: "policies/b.yaml",
    line: 9,
    column: 1,
  },
];
const sources = new Map([["policies/web, new.yaml", "alarms:\n\tthreshold: eighty\n"]]);
const options = { documents: 2, colour: false, sources };

describe("renderValidation", () => {
  it("shows a person the place, the field and the line", () => {
    expect(renderValidation(findings, "text", options)).toMatchInlineSnapshot(`
      "policies/web, new.yaml:2:12: error: expected a number such as 80, got "eighty" [InvalidValue]
          spec.alarms[0].threshold
          2 |  threshold: eighty
            |            ^

      policies/b.yaml:9:1: warning: 100% odd\\u000aand \\u001b[31mred [Unused]

      1 error and 1 warning in 2 documents
      "
    `);
    expect(renderValidation([], "text", { documents: 1, colour: false })).toBe("1 document: no findings\n");
  });

  it("cuts long lines around the column", () => {
    const line = `a: ${"x".repeat(300)}HERE${"y".repeat(300)}`;
    const column = line.indexOf("HERE") + 1;
    const text = renderValidation(
      [{ severity: "error", code: "X", message: "m", file: "f", line: 1, column }],
      "text",
      {
        documents: 1,
        colour: false,
        sources: new Map([["f", line]]),
      },
    );
    const [, source = "", caret = ""] = text.split("\n");
    expect(source.length).toBeLessThan(120);
    expect(source.slice(caret.indexOf("^")).startsWith("HERE")).toBe(true);
  });

  it("gives programs the contract's JSON", () => {
    expect(JSON.parse(renderValidation(findings, "json", options))).toEqual({
      diagnostics: findings,
      summary: { documents: 2, errors: 1, warnings: 1 },
    });
    expect(renderValidation(findings, "json", options)).not.toContain("\u001b");
  });

  it("escapes GitHub's workflow commands", () => {
    expect(renderValidation(findings, "github", options)).toBe(
      '::error file=policies/web%2C new.yaml,line=2,col=12,title=InvalidValue::spec.alarms[0].threshold: expected a number such as 80, got "eighty"\n' +
        "::warning file=policies/b.yaml,line=9,col=1,title=Unused::100%25 odd%0Aand \u001b[31mred\n",
    );
  });

  it("writes SARIF", () => {
    const sarif = JSON.parse(renderValidation(findings, "sarif", options));
    expect(sarif).toMatchObject({
      version: "2.1.0",
      runs: [{ tool: { driver: { name: "ecsmon", rules: [{ id: "InvalidValue" }, { id: "Unused" }] } } }],
    });
    expect(sarif.runs[0].results[0]).toEqual({
      ruleId: "InvalidValue",
      ruleIndex: 0,
      level: "error",
      message: { text: 'expected a number such as 80, got "eighty"' },
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: "policies/web%2C%20new.yaml" },
            region: { startLine: 2, startColumn: 12 },
          },
          logicalLocations: [{ fullyQualifiedName: "spec.alarms[0].threshold" }],
        },
      ],
    });
  });

  it("writes SARIF that code scanning takes: results have a place in the repository, the rest are notifications", () => {
    const at = (file?: string): Diagnostic => ({
      severity: "warning",
      code: "X",
      message: "m",
      ...(file === undefined ? {} : { file, line: 3, column: 1, path: "spec.owner" }),
    });
    const files = [
      "policies/web.yaml",
      "/repo/policies/a.yaml",
      "./b.yaml",
      "/elsewhere/c.yaml",
      "../d.yaml",
      "a:b.yaml",
      "s3://bucket/e.yaml",
      "git+https://host/r.git:f.yaml",
      undefined,
    ];
    const [run] = JSON.parse(
      renderValidation(files.map(at), "sarif", { ...options, place: { root: "/repo", folder: "/repo" } }),
    ).runs;
    const uriOf = (result: { locations: { physicalLocation: { artifactLocation: { uri: string } } }[] }) =>
      result.locations[0]?.physicalLocation.artifactLocation.uri;
    expect(run.results.map(uriOf)).toEqual([
      "policies/web.yaml",
      "policies/a.yaml",
      "b.yaml",
      "file:///elsewhere/c.yaml",
      "file:///d.yaml",
      "a%3Ab.yaml",
    ]);
    expect(run.invocations).toEqual([
      {
        executionSuccessful: true,
        toolConfigurationNotifications: [
          "s3://bucket/e.yaml:3:1: spec.owner: m",
          "git+https://host/r.git:f.yaml:3:1: spec.owner: m",
          "m",
        ].map((text) => ({ associatedRule: { id: "X", index: 0 }, level: "warning", message: { text } })),
      },
    ]);
  });
});

describe("secrets in a policy", () => {
  const validate = async (lines: string, format: string) => {
    const set = parsePolicies([{ file: "p.yaml", text: `${head}${lines}` }]);
    const sources = new Map([["p.yaml", `${head}${lines}`]]);
    return renderValidation(set.diagnostics, format as "text", { documents: 1, colour: false, sources });
  };
  const head = `apiVersion: ecsmon.dev/v1alpha1
kind: MonitoringPolicy
metadata: { name: a }
spec:
  selector: { clusters: [prod] }
`;
  it.each([
    [
      "in the place of a reference",
      "  sidecars: [{ preset: datadog-agent, with: { apiKey: PLAINKEY } }]",
      "apiKey takes the place of the secret, not the secret itself; write apiKey: { valueFrom: ARN }",
    ],
    [
      "below it",
      "  sidecars:\n    - preset: datadog-agent\n      with:\n        apiKey:\n          PLAINKEY",
      "write apiKey: { valueFrom: ARN }",
    ],
    [
      "under another field of it",
      "  sidecars: [{ preset: mackerel-container-agent, with: { apiKey: { value: PLAINKEY } } }]",
      "it takes a string",
    ],
    [
      "as a reference that is none",
      `  logging: { driver: awsfirelens, options: { Name: http }, secretOptions: [{ name: a, valueFrom: "PLAINKEY no" }] }`,
      "valueFrom is no ARN",
    ],
    [
      "in an option, in clear",
      "  logging: { driver: awsfirelens, options: { Name: http, HTTP_Passwd: PLAINKEY } }",
      "looks like a secret",
    ],
    [
      "in an option that is no text",
      "  logging: { driver: awsfirelens, options: { Name: http, HTTP_Passwd: 1234567 } }",
      "expected a string, got a number; put it in quotes",
    ],
    [
      "beside another mistake",
      "  logging: { driver: awsfirelens, options: { Name: http, HTTP_Passwd: PLAINKEY }, drivr: x }",
      "unknown field",
    ],
    [
      "beside another mistake of a variable",
      `  sidecars: [{ container: { name: s, image: i, essential: maybe, environment: [{ name: API_TOKEN, value: "PLAINKEY" }] } }]`,
      "essential",
    ],
    [
      "in a variable",
      "  sidecars: [{ container: { name: s, image: i, essential: false, environment: [{ name: API_TOKEN, value: PLAINKEY }] } }]",
      "variable API_TOKEN looks like a secret",
    ],
    [
      "in a variable of a preset",
      '  sidecars: [{ preset: datadog-agent, with: { apiKey: { valueFrom: "arn:aws:ssm:eu-central-1:123456789012:parameter/k" }, environment: { DD_APP_TOKEN: PLAINKEY } } }]',
      "variable DD_APP_TOKEN looks like a secret",
    ],
  ])("are not quoted %s", async (_, lines, told) => {
    for (const format of ["text", "json", "github", "sarif"]) {
      const text = await validate(lines, format);
      if (format === "json") expect(text).toContain(told);
      expect(text).not.toMatch(/PLAINKEY|1234567/);
    }
  });

  it("leave the rest of a line as it is, and the mark under its column", () => {
    expect(maskLine(`  a: 1, api_key: "x, y", token: 'q', b: [2], key: team, url: https://e.jp`)).toBe(
      "  a: 1, api_key: ******, token: ***, b: [2], key: team, url: https://e.jp",
    );
    expect(maskLine("x".repeat(1_000_000))).toHaveLength(1_000_000);
    expect(maskLine("apiKey: { valueFrom: arn }")).toBe("apiKey: { valueFrom: arn }");
    expect(maskLine("{ name: DB_PASSWORD, value: x }, { name: MODE, value: y }")).toBe(
      "{ name: DB_PASSWORD, value: * }, { name: MODE, value: * }",
    );
  });
});

describe("runValidate", () => {
  const run = async (text: string, format?: string, env: Record<string, string> = {}) => {
    const folder = await mkdtemp(join(tmpdir(), "ecsmon-validate-"));
    const file = join(folder, "policy.yaml");
    await writeFile(file, text);
    let out = "";
    const stdout = (part: string): void => {
      out += part;
    };
    const io = {
      stdout,
      stderr: (part: string): void => expect.fail(part),
      env,
      now: () => new Date("2026-11-22T00:00:00Z"),
      colour: { stdout: false, stderr: false },
    };
    try {
      return {
        code: await runValidate([file], format === undefined ? {} : { format }, io),
        out: out.replaceAll(file, "FILE"),
      };
    } finally {
      await rm(folder, { recursive: true });
    }
  };

  it("ends with 0 when all is well, and with warnings", async () => {
    expect(await run(soundPolicy)).toEqual({ code: 0, out: "1 document: no findings\n" });
    const warned = await run(soundPolicy.replace("timeout: 5s", "timeout: 30s"), "json");
    expect(warned.code).toBe(0);
    expect(JSON.parse(warned.out).summary).toEqual({ documents: 1, errors: 0, warnings: 1 });
  });

  it("ends with 1 when a policy is invalid", async () => {
    const { code, out } = await run(soundPolicy.replace("threshold: 85", "threshold: eighty"));
    expect(code).toBe(1);
    expect(out).toContain("threshold: eighty\n");
  });

  it("tells a code host of files from the root of the workspace, wherever in it a step runs", async () => {
    const above = { GITHUB_WORKSPACE: dirname(process.cwd()) };
    const broken = soundPolicy.replace("threshold: 85", "threshold: eighty");
    const folder = basename(process.cwd());
    for (const [env, place] of [
      [above, `${folder}/near.yaml`],
      [{}, "near.yaml"],
      [{ GITHUB_WORKSPACE: "/elsewhere" }, "near.yaml"],
    ] as const) {
      const options = { documents: 1, colour: false, place: findPlace(env) };
      const near = parseText(broken, "./x//../near.yaml").diagnostics;
      expect(renderValidation(near, "github", options)).toContain(`::error file=${place},line=`);
      const [sarif] = JSON.parse(renderValidation(near, "sarif", options)).runs;
      expect(sarif.results[0].locations[0].physicalLocation.artifactLocation.uri).toBe(place);
    }
    // Of what lies elsewhere, the whole path.
    const own = { GITHUB_WORKSPACE: process.cwd() };
    expect((await run(broken, "github", own)).out).toContain("::error file=FILE,line=");
  });

  it("gives programs a document for a source that cannot be read, too", async () => {
    const folder = await mkdtemp(join(tmpdir(), "ecsmon-validate-"));
    const read = async (format: string): Promise<string> => {
      let out = "";
      const stdout = (part: string): void => {
        out += part;
      };
      const io = {
        stdout,
        stderr: () => undefined,
        env: {},
        now: () => new Date(0),
        colour: { stdout: false, stderr: false },
      };
      await expect(runValidate([folder], { format }, io)).rejects.toThrow(folder);
      return out;
    };
    try {
      const json = JSON.parse(await read("json"));
      expect(json.diagnostics).toEqual([
        { severity: "error", code: expect.any(String), message: expect.stringContaining(folder) },
      ]);
      expect(json.summary).toEqual({ documents: 0, errors: 1, warnings: 0 });
      const [sarif] = JSON.parse(await read("sarif")).runs;
      // Without a place it is of the run: code scanning refuses a file for one result that has none.
      expect(sarif.results).toEqual([]);
      expect(sarif.invocations).toMatchObject([
        {
          executionSuccessful: false,
          toolConfigurationNotifications: [
            { level: "error", message: { text: expect.stringContaining(folder) } },
          ],
        },
      ]);
      expect(await read("text")).toBe("");
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("tells of shape and meaning in one run, in every form", async () => {
    const text = soundPolicy
      .replace("threshold: 85", "threshold: eighty")
      .replace("retention: 30d", "retention: 45d");
    const places = ["spec.logging.retention", "spec.alarms[0].threshold"];
    const text1 = await run(text);
    expect(text1.code).toBe(1);
    for (const path of places) expect(text1.out).toContain(`    ${path}\n`);
    expect(text1.out).toContain("2 errors in 1 document");
    const json = JSON.parse((await run(text, "json")).out);
    expect(json.diagnostics.map(({ path }: { path: string }) => path)).toEqual(places);
    const github = (await run(text, "github")).out.trimEnd().split("\n");
    expect(github.map((line) => line.split("::")[2]?.split(":")[0])).toEqual(places);
    const sarif = JSON.parse((await run(text, "sarif")).out);
    const results: { locations: { logicalLocations: { fullyQualifiedName: string }[] }[] }[] =
      sarif.runs[0].results;
    expect(results.map(({ locations }) => locations[0]?.logicalLocations[0]?.fullyQualifiedName)).toEqual(
      places,
    );
  });

  it("gives the field of mistakes of YAML too", async () => {
    const { out } = await run(
      soundPolicy.replace("threshold: 85", "threshold: 85\n      threshold: 90"),
      "json",
    );
    expect(JSON.parse(out).diagnostics).toEqual([
      expect.objectContaining({ code: "DuplicateKey", path: "spec.alarms[0].threshold" }),
    ]);
  });

  it("refuses a format it does not know", async () => {
    await expect(run(soundPolicy, "xml")).rejects.toMatchObject({ code: "UnknownFormat" });
  });
});
