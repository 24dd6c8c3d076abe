// Brackets that are never closed: the parser tells where it gave up, often lines later; people look for where they open.
import { type Document, isSeq, type Node, visit } from "yaml";

/** A bracket that the first mistake comes from: it is told of where it opens, not where the parser gave up. */
export function findUnclosed({
  contents,
  errors,
}: Pick<Document.Parsed, "errors"> & { readonly contents: Node | null }):
  | { offset: number; message: string }
  | undefined {
  const [first] = errors;
  if (first === undefined || !/^Flow (sequence|map) .*end with a/.test(first.message)) return undefined;
  let found: { offset: number; message: string } | undefined;
  visit(contents, {
    Collection(_key, node) {
      const { flow, range } = node;
      if (!flow || range?.[1] !== first.pos[0]) return;
      const [open, close] = isSeq(node) ? ["[", "]"] : ["{", "}"];
      found = {
        offset: range[0],
        message: `this ${open} is never closed; write ${close} after its last entry`,
      };
    },
  });
  return found;
}
