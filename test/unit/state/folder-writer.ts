// A process of its own that counts in a folder store, by conditional writes, until it is killed: for folder.test.ts.
import { createFolderStore } from "../../../controller/state/folder.ts";

const [folder = "", padding = "0"] = process.argv.slice(2);
const store = createFolderStore(folder);
for (let done = 0; ; ) {
  const standing = await store.get("a/count.json");
  if (standing === "unchanged") throw new Error("unchanged without a condition");
  const { count } = standing === undefined ? { count: 0 } : JSON.parse(standing.text);
  const text = JSON.stringify({ count: count + 1, padding: "x".repeat(Number(padding)), end: true });
  const condition = standing === undefined ? ({ ifAbsent: true } as const) : { ifMatch: standing.etag };
  if ((await store.put("a/count.json", text, { condition, timeout: 60_000 })) !== "conflict") {
    done += 1;
    process.stdout.write(`${done}\n`);
  }
}
