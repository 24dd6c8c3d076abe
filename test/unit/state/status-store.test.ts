// What is kept comes back as it was; what cannot be read is an error and never nothing.
import { beforeEach, describe, expect, it } from "vitest";
import { emptyLedger, reserve } from "../../../controller/core/budget.ts";
import { summarize } from "../../../controller/core/status.ts";
import { createMemoryStore } from "../../../controller/state/memory.ts";
import type { ObjectStore } from "../../../controller/state/object-store.ts";
import {
  listTargets,
  readBudget,
  readSource,
  readTarget,
  writeBudget,
  writeSource,
  writeTarget,
} from "../../../controller/state/status-store.ts";
import { blocked, change, pass, standing, target } from "../core/passes.ts";

let store: ObjectStore;
beforeEach(() => {
  store = createMemoryStore();
});

const status = summarize(
  undefined,
  pass({
    found: {
      standing: [standing("ecsmon/prod/web/cpu"), standing("prod", { kind: "ClusterSettings" })],
      blocked: [blocked("x", "Conflict")],
      changes: [change({ name: "y" })],
      unknown: [{ kind: "Workload", cluster: "dev", code: "X", message: "x" }],
      gone: ["prod/old"],
    },
  }),
);
const ledger = reserve(
  emptyLedger,
  { changes: [change({ name: "a", action: "delete", deletes: 1 })] },
  "p1",
  new Date("2026-11-22T09:00:00Z"),
);
const source = {
  name: "git+https://git.example.com/ops/policies.git#main",
  revision: "c0ffee",
  at: "2026-11-22T09:00:00.000Z",
  files: [{ file: "policies/web.yaml", text: "kind: MonitoringPolicy\n# ünï" }],
};

describe("what is kept comes back", () => {
  it("of targets", async () => {
    expect(await readTarget(store, target)).toBeUndefined();
    expect(await listTargets(store)).toEqual([]);
    await writeTarget(store, status);
    await writeTarget(store, { ...status, target: "a-1-x" });
    expect(await readTarget(store, target)).toEqual(status);
    expect(await listTargets(store)).toEqual(["a-1-x", target]);
  });

  it("of budgets, which are written over what was read and nothing else", async () => {
    const none = await readBudget(store, target);
    expect(none).toEqual({ ledger: emptyLedger });
    const first = await writeBudget(store, target, { ...none, ledger });
    expect(first).not.toBe("conflict");
    expect(await writeBudget(store, target, none)).toBe("conflict");
    const read = await readBudget(store, target);
    expect(read.ledger).toEqual(ledger);
    expect(await writeBudget(store, target, { ...read, ledger: emptyLedger })).not.toBe("conflict");
    expect(await writeBudget(store, target, read)).toBe("conflict");
    expect((await readBudget(store, target)).ledger).toEqual(emptyLedger);
  });

  it("of sources, each by its name", async () => {
    await writeSource(store, source);
    expect(await readSource(store, source.name)).toEqual(source);
    expect(await readSource(store, `${source.name}x`)).toBeUndefined();
    expect(await store.list("")).toEqual([expect.stringMatching(/^sources\/[0-9a-f]{32}\.json$/)]);
  });

  it("of sources that are too large nothing is kept", async () => {
    const text = "x".repeat(33 * 1024 * 1024);
    const files = [
      { file: "a", text },
      { file: "b", text },
    ];
    await expect(writeSource(store, { ...source, files })).rejects.toMatchObject({ code: "SourceTooLarge" });
    expect(await store.list("")).toEqual([]);
  });
});

describe("what cannot be read is an error that says so", () => {
  const reads = [
    ["targets", `targets/${target}.json`, () => readTarget(store, target)],
    ["budgets", `budgets/${target}.json`, () => readBudget(store, target)],
  ] as const;

  it.each(
    reads.flatMap(([what, key, read]) =>
      [
        ["half of it", '{"kind":', "StateBroken", "no JSON"],
        ["empty", "", "StateBroken", "no JSON"],
        ["something else", '{"hello": 1}', "StateBroken", "not written by ecsmon"],
        ["another kind", '{"kind":"Switch","format":1,"value":{}}', "StateBroken", "of kind"],
        ["without its parts", `{"kind":"KIND","format":1,"value":{}}`, "StateBroken", "expected"],
        ["of a later version", `{"kind":"KIND","format":2,"value":{}}`, "StateNewer", "format 2"],
      ].map(([how, text = "", code, message]) => ({ what, key, read, how, text, code, message })),
    ),
  )("$what: $how", async ({ what, key, read, text, code, message }) => {
    await store.put(key, text.replace("KIND", what === "targets" ? "TargetStatus" : "Budget"));
    await expect(read()).rejects.toMatchObject({
      code,
      message: expect.stringContaining(`${key} in memory`),
    });
    await expect(read()).rejects.toThrow(message);
  });

  it("a source under another's key", async () => {
    await writeSource(store, source);
    const [key = ""] = await store.list("sources/");
    const found = await store.get(key);
    const text = typeof found === "object" ? found.text.replace("#main", "#other") : "";
    await store.put(key, text);
    await expect(readSource(store, source.name)).rejects.toThrow(/is of the source .*#other, not of .*#main/);
  });

  it("an entry of a ledger whose time is none", async () => {
    await writeBudget(store, target, {
      ledger: { entries: [{ at: "soon", id: "x", deletes: 1, redeploys: [], items: [] }] },
    });
    await expect(readBudget(store, target)).rejects.toThrow(/entries\.0\.at/);
  });
});
