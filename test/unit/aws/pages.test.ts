// A list is all of its pages, or a failure that names its operation.
import { expect, test } from "vitest";
import { inBatches, readAllPages } from "../../../controller/aws/pages.ts";

test("all pages, in order", async () => {
  const pages: Record<string, { items: number[]; next: string | undefined }> = {
    "": { items: [1], next: "a" },
    a: { items: [2, 3], next: "b" },
    b: { items: [], next: undefined },
  };
  expect(
    await readAllPages("x:List", async (token) => pages[token ?? ""] as { items: number[]; next: string }),
  ).toEqual([1, 2, 3]);
});

test("an empty token ends the list", async () => {
  expect(await readAllPages("x:List", async () => ({ items: [1], next: "" }))).toEqual([1]);
});

test.each([
  ["no list", async () => ({ items: undefined, next: undefined }), /x:List gave an answer without its list/],
  ["the same token twice", async () => ({ items: [1], next: "a" }), /same page token twice/],
  [
    "an error on page 2",
    async (token: string | undefined) =>
      token
        ? Promise.reject(Object.assign(new Error("no"), { name: "AccessDeniedException" }))
        : { items: [1], next: "a" },
    /x:List was denied: no/,
  ],
])("%s is a failure", async (_what, page, message) => {
  await expect(readAllPages("x:List", page)).rejects.toThrow(message);
});

test("batches hold every item once", () => {
  expect(inBatches([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]]);
  expect(inBatches([], 2)).toEqual([]);
});
