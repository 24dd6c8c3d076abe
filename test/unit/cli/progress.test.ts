import { expect, test } from "vitest";
import { createProgress } from "../../../controller/cli/progress.ts";
import { createTestIo } from "./test-io.ts";

const reading = (done: number) => ({ phase: "read", done, total: 3, what: "services" }) as const;

test("in a log: at the end of a phase, and every few seconds", () => {
  const io = createTestIo();
  let now = 0;
  const progress = createProgress(io, () => now);
  progress.report(reading(1));
  progress.report(reading(2));
  now = 6000;
  progress.report(reading(2));
  progress.report(reading(3));
  progress.report({ phase: "write", done: 0, total: undefined, what: "alarms" });
  progress.end();
  progress.end();
  expect(io.written.stderr).toBe("reading 2/3 services\nreading 3/3 services\nwriting alarms\n");
});

test.each(["warn", "error"] as const)("silent in a log with --log-level %s", (logLevel) => {
  const io = createTestIo({ logLevel });
  const progress = createProgress(io, () => 0);
  progress.report(reading(3));
  progress.end();
  expect(io.written.stderr).toBe("");
});

test("on a terminal that does not know how wide it is, the line is whole", () => {
  const io = createTestIo({
    isTty: { stdin: true, stdout: true, stderr: true },
    columns: { stdout: 0, stderr: 0 },
  });
  createProgress(io, () => 0).report(reading(3));
  expect(io.written.stderr).toBe("\r\u001b[2Kreading 3/3 services");
});

test("on a terminal: one line, rewritten, and gone at the end", () => {
  const io = createTestIo({
    isTty: { stdin: true, stdout: true, stderr: true },
    columns: { stdout: 12, stderr: 12 },
  });
  const progress = createProgress(io, () => 0);
  progress.report(reading(1));
  progress.report(reading(2));
  progress.print("created x\n");
  progress.end();
  expect(io.written.stderr.replaceAll("\r\u001b[2K", "<clear>")).toBe(
    "<clear>reading 1/3<clear>created x\nreading 1/3<clear>",
  );
});
