// `get`, `pause` and `resume` over a folder, as people type them.
import { access, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { show } from "../../../controller/cli/get.ts";
import { runProgram } from "../../../controller/cli/program.ts";
import { createFolderStore } from "../../../controller/state/folder.ts";
import { writeTarget } from "../../../controller/state/status-store.ts";
import { readSwitch, resumeWrites } from "../../../controller/state/switch.ts";
import { fill, other, status } from "./status-samples.ts";
import { createTestIo } from "./test-io.ts";

let folder: string;
let place: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "get-"));
  place = join(folder, "state");
  await fill(createFolderStore(place));
});
afterAll(() => rm(folder, { recursive: true }));

const now = new Date("2026-11-22T10:00:00Z");

async function run(args: readonly string[], over: Parameters<typeof createTestIo>[0] = {}) {
  const io = createTestIo({ now: () => now, env: { USER: "ada" }, ...over });
  const code = await runProgram(args, io, "1.2.3");
  const { stdout, stderr } = io.written;
  return { code, stdout: stdout.replaceAll(folder, "FOLDER"), stderr: stderr.replaceAll(folder, "FOLDER") };
}

const get = (...args: string[]) => run(["get", ...args, "--status", place]);

describe("tables", () => {
  it.each([["policies"], ["services"], ["resources"], ["history"], ["sources"], ["targets"]])(
    "%s",
    async (what) => {
      const { code, stdout, stderr } = await get(what);
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      await expect(stdout).toMatchFileSnapshot(`../../golden/get/${what}.txt`);
      const wide = await get(what, "-o", "wide");
      await expect(wide.stdout).toMatchFileSnapshot(`../../golden/get/${what}-wide.txt`);
    },
  );

  it("of one target have no column for it", async () => {
    const { stdout } = await get("policies", "--target", "*-eu-central-1");
    expect(stdout).not.toContain("TARGET");
    expect(stdout.match(/^(base|quiet|web) .*/gm)).toHaveLength(3);
  });

  it("with colours are the same beside them", async () => {
    const plain = await get("policies");
    const colour = await run(["get", "policies", "--status", place], {
      colour: { stdout: true, stderr: true },
    });
    expect(colour.stdout).toContain("\u001b[31mFalse\u001b[0m");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the escapes of colours
    expect(colour.stdout.replaceAll(/\u001b\[[0-9;]*m/g, "")).toBe(plain.stdout);
  });
});

describe("what is asked for", () => {
  const names = async (...args: string[]) => {
    const { stdout } = await get(...args, "--target", status.target);
    return stdout
      .split("\n")
      .filter((line) => !/^(NAME|KIND|TIME|STALE|PAUSED|$)/.test(line))
      .map((line) => line.split(/ {3,}/)[0]);
  };

  it.each([
    [["policies", "web"], ["web"]],
    [
      ["policy", "w*", "base"],
      ["base", "web"],
    ],
    [["services", "web"], ["prod/web"]],
    [
      ["services", "prod/*"],
      ["prod/api", "prod/web"],
    ],
    [["svc", "--cluster", "dev"], []],
    [["resources", "cpu-high", "--service", "api"], ["MetricAlarm"]],
    [["resources", "MetricFilter"], ["MetricFilter"]],
    [["history", "web"], ["2026-11-22T08:00:00Z"]],
    [["history", "--since", "3h"], ["2026-11-22T08:00:00Z"]],
    [["history", "--since", "2026-11-22T03:00:00Z", "--limit", "1"], ["2026-11-22T08:00:00Z"]],
    [["history", "--cluster", "dev"], []],
    [["sources", "pol*"], ["policies"]],
  ])("%j", async (args, expected) => {
    expect(await names(...args)).toEqual(expected);
  });

  it.each([
    [["policies", "nobody"], "nobody is none of the policies; there are base, quiet, web"],
    [["services", "prod/nope"], "prod/nope is none of the services; there are api, web"],
    [
      ["policies", "--target", "nope"],
      "nope is none of the targets; there are ecsmon-123456789012-eu-central-1",
    ],
  ])("%j is an error", async (args, message) => {
    const { code, stdout, stderr } = await get(...args);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain(`ecsmon: ${message}`);
  });

  it("a glob that matches nothing is none", async () => {
    expect(await get("policies", "x*", "--target", other.target)).toEqual({
      code: 0,
      stdout: "",
      stderr: "ecsmon: no policies found in FOLDER/state\n",
    });
  });
});

describe("history", () => {
  it("says how far back it looked, where there is none", async () => {
    const later = { now: () => new Date("2027-01-05T00:00:00Z") };
    const { code, stderr } = await run(["get", "history", "--status", place], later);
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr:
        "ecsmon: no history found in FOLDER/state since 2026-12-06T00:00:00.000Z; --since 400d looks further back\n",
    });
    const { stdout } = await run(["get", "history", "--status", place, "--since", "60d"], later);
    expect(stdout).toContain("2026-11-22T03:12:05Z");
  });

  it("says up to when it was not looked at", async () => {
    const sight = {
      subject: "history",
      store: "s",
      head: [],
      pause: undefined,
      items: [],
      keys: [],
      prints: [],
      broken: [],
      reach: { since: new Date("2026-11-01T00:00:00Z"), unreadUntil: new Date("2026-11-20T00:00:00Z") },
      table: () => ({ header: "", lines: [] }),
    } as const;
    const shown = (output: "table" | "json") => {
      const io = createTestIo();
      expect(show(sight, { output, watch: false, limit: 50, since: 9 }, io)).toBe(0);
      return io.written;
    };
    const note =
      "ecsmon: older entries were not looked at, those up to 2026-11-20T00:00:00.000Z: there are too many; narrow it with --target\n";
    expect(shown("table").stderr).toContain(note);
    const { stdout, stderr } = shown("json");
    expect(stderr).toBe(note);
    expect(JSON.parse(stdout).metadata).toEqual({
      since: "2026-11-01T00:00:00.000Z",
      unreadUntil: "2026-11-20T00:00:00.000Z",
    });
  });
});

describe("for programs", () => {
  it("json is a list of what is kept", async () => {
    const { stdout } = await get("policies", "-o", "json", "--target", status.target);
    expect(JSON.parse(stdout)).toEqual({
      apiVersion: "ecsmon.dev/v1alpha1",
      kind: "List",
      metadata: {},
      items: status.policies.map((policy) => ({ target: status.target, ...policy })),
    });
  });

  it.each(["policies", "services", "resources", "history", "sources", "targets"])(
    "yaml says the same of %s",
    async (what) => {
      const [json, yaml] = await Promise.all([get(what, "-o", "json"), get(what, "-o", "yaml")]);
      expect(parse(yaml.stdout)).toEqual(JSON.parse(json.stdout));
      expect(JSON.parse(json.stdout).items.length).toBeGreaterThan(0);
    },
  );

  it("an empty list is a list", async () => {
    const { code, stdout, stderr } = await get("services", "x*", "-o", "json");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(JSON.parse(stdout).items).toEqual([]);
  });

  it("names that a terminal would obey are spelt out, and mean the same", async () => {
    const store = createFolderStore(join(folder, "odd"));
    const [first] = status.policies;
    const name = "a\u001b[2Kb\u202ec: # d";
    await writeTarget(store, { ...status, policies: first ? [{ ...first, name }] : [] });
    for (const output of ["table", "wide", "json", "yaml"]) {
      const { stdout } = await run(["get", "policies", "-o", output, "--status", join(folder, "odd")]);
      expect(stdout).not.toMatch(/(?!\n)\p{C}/u);
      const items =
        output === "yaml" ? parse(stdout).items : output === "json" ? JSON.parse(stdout).items : undefined;
      if (items !== undefined) expect(items[0].name).toBe(name);
    }
  });
});

describe("what cannot be read", () => {
  it("of one target hides no other, and is an error", async () => {
    const path = join(folder, "half");
    const store = createFolderStore(path);
    await fill(store);
    await store.put(`targets/${other.target}.json`, "{");
    const { code, stdout, stderr } = await run(["get", "policies", "--status", path]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^web /m);
    expect(stderr).toContain(`targets/${other.target}.json in FOLDER/half cannot be read: it is no JSON`);
  });

  it("a configuration that keeps no status, or has errors, is told of", async () => {
    const file = join(folder, "operator.yaml");
    const text = (spec: string) =>
      `apiVersion: ecsmon.dev/v1alpha1\nkind: OperatorConfig\nmetadata: { name: x }\nspec: { sources: [{ path: p }]${spec} }\n`;
    await writeFile(file, text(""));
    expect(await run(["get", "policies", "--config", file])).toEqual({
      code: 1,
      stdout: "",
      stderr: expect.stringMatching(/^ecsmon: .*operator\.yaml keeps no status; set spec\.status/),
    });
    await writeFile(file, text(", bogus: 1"));
    const { code, stderr } = await run(["resume", "--config", file]);
    expect(code).toBe(1);
    expect(stderr).toContain("bogus");
    await writeFile(file, text(", status: { path: state }"));
    expect((await run(["get", "targets", "--config", file])).stdout).toContain(other.target);
  });
});

describe("watching", () => {
  /** As an interrupt at the end of so many looks; `meanwhile` happens between the first two. */
  function watching(looks: number, meanwhile: () => Promise<void>, isTty = false) {
    const stop = new AbortController();
    let left = looks;
    return {
      signal: stop.signal,
      isTty: { stdin: isTty, stdout: isTty, stderr: isTty },
      sleep: async () => {
        left -= 1;
        if (left === 0) stop.abort();
        if (left === looks - 1) await meanwhile();
      },
    };
  }

  const changed = async (): Promise<void> => {
    const services = status.policies.map((policy) =>
      policy.name === "web" ? { ...policy, services: 9 } : policy,
    );
    await writeTarget(createFolderStore(join(folder, "watched")), { ...status, policies: services });
  };

  it("elsewhere than on a terminal tells the rows that changed", async () => {
    const path = join(folder, "watched");
    await writeTarget(createFolderStore(path), status);
    const { code, stdout } = await run(["get", "policies", "-w", "--status", path], watching(3, changed));
    expect(code).toBe(0);
    expect(stdout.match(/^\S+/gm)).toEqual(["STALE:", "NAME", "base", "quiet", "web", "web"]);
    expect(stdout.trimEnd().split("\n").at(-1)).toMatch(/^web .* 9 /);
  });

  it("on a terminal draws it anew", async () => {
    const path = join(folder, "watched");
    await writeTarget(createFolderStore(path), status);
    const { stdout } = await run(["get", "policies", "-w", "--status", path], watching(2, changed, true));
    expect(stdout.split("\u001b[H\u001b[2J")).toHaveLength(3);
    expect(stdout.match(/^NAME/gm)).toHaveLength(2);
  });

  it("outlives a moment without the store", async () => {
    const path = join(folder, "shaky");
    const store = createFolderStore(path);
    await writeTarget(store, status);
    const away = async () => void (await store.remove(`targets/${status.target}.json`));
    const { code, stdout, stderr } = await run(
      ["get", "policies", "-w", "--status", path],
      watching(2, away),
    );
    expect(code).toBe(0);
    expect(stdout).toMatch(/^web /m);
    expect(stderr).toContain("there is no status in FOLDER/shaky yet");
    expect((await run(["get", "policies", "-w", "--status", path], watching(2, away))).code).toBe(1);
  });
});

describe("the freeze switch", () => {
  const paused = { reason: "load test", by: "ada", at: "2026-11-22T10:00:00.000Z" };

  it("is set, shown in every table, and taken off", async () => {
    const set = await run(["pause", "--reason", " load test ", "--status", place]);
    expect(set).toEqual({
      code: 0,
      stderr: "",
      stdout:
        "Paused by ada at 2026-11-22T10:00:00.000Z: load test. Within 5 seconds no controller that keeps its status in FOLDER/state starts another write; what has begun is ended.\n",
    });
    expect(await readSwitch(createFolderStore(place))).toEqual(paused);
    for (const what of ["policies", "services", "resources", "history", "sources", "targets"]) {
      expect((await get(what)).stdout).toMatch(/^PAUSED by ada since 2026-11-22T10:00:00.000Z: load test\n/);
      expect(JSON.parse((await get(what, "-o", "json")).stdout).metadata).toMatchObject({ paused });
    }
    expect((await run(["pause", "--reason", "longer", "--status", place])).stdout).toMatch(
      /^It was paused already by ada at .*: load test\.\nPaused by ada at .*: longer\./,
    );
    expect((await run(["resume", "--status", place])).stdout).toMatch(
      /^Resumed; it was paused by ada at .*: longer\.\n$/,
    );
    expect(await run(["resume", "--status", place])).toEqual({
      code: 0,
      stdout: "It was not paused.\n",
      stderr: "",
    });
    expect(await readSwitch(createFolderStore(place))).toBeUndefined();
  });

  it("is told to be of no use yet where no controller tells its status", async () => {
    const { code, stderr } = await run(["pause", "--reason", "x", "--status", join(folder, "typo")]);
    expect(code).toBe(0);
    expect(stderr).toBe(
      "ecsmon: no controller has told its status in FOLDER/typo yet: check that it is the place that ecsmon run has in spec.status\n",
    );
  });

  it("is not made by taking it off where there is none, which is told alike", async () => {
    const typo = join(folder, "typo-too");
    expect(await run(["resume", "--status", typo])).toEqual({
      code: 0,
      stdout: "It was not paused.\n",
      stderr: expect.stringContaining("no controller has told its status in FOLDER/typo-too yet"),
    });
    await expect(access(typo)).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("is written anew by taking it off where nobody can make sense of it", async () => {
    const store = createFolderStore(place);
    await store.put("switch.json", "on\n");
    expect((await run(["resume", "--status", place])).stdout).toMatch(
      /^Resumed; what stood there was no switch/,
    );
    expect(await readSwitch(store)).toBeUndefined();
  });

  it.each(["  ", "x".repeat(501)])("needs a reason: %j", async (reason) => {
    const { code, stdout, stderr } = await run(["pause", "--reason", reason, "--status", place]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/^ecsmon: --reason has \d+ characters; say in 1 to 500/);
  });

  it("that cannot be read is written anew", async () => {
    const store = createFolderStore(place);
    await store.put("switch.json", "{");
    expect((await get("policies")).stderr).toContain("switch.json");
    expect((await run(["pause", "--reason", "x", "--status", place])).code).toBe(0);
    expect((await readSwitch(store))?.reason).toBe("x");
    await resumeWrites(store);
  });
});
