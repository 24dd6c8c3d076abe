// The IAM policies in manifests/ hold what the kinds say they send, and nothing else.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { auditReads } from "../../controller/aws/audit-reads.ts";
import { inventoryReads } from "../../controller/aws/inventory.ts";
import { kinds } from "../../controller/kinds/index.ts";

function actionsOf(file: string): string[] {
  const { Statement } = JSON.parse(readFileSync(`manifests/iam/${file}`, "utf8")) as {
    Statement: { Action: string[] }[];
  };
  return Statement.flatMap(({ Action }) => Action).sort();
}

const reads = [...new Set([...inventoryReads, ...kinds.flatMap((kind) => kind.reads)])].sort();
const writes = [...new Set(kinds.flatMap((kind) => kind.writes))]
  .filter((action) => !reads.includes(action))
  .sort();

test("plan.json is what plan reads", () => {
  expect(actionsOf("plan.json")).toEqual(reads);
});

test("apply.json is what apply writes beside that", () => {
  expect(actionsOf("apply.json")).toEqual(writes);
});

test("audit.json is what audit reads", () => {
  expect(actionsOf("audit.json")).toEqual([...new Set(auditReads)].sort());
});
