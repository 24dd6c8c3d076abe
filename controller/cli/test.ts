// `ecsmon test`: users' own tests of their policies, each played on a sandbox. Needs no AWS account.
import { EcsmonError } from "../model/errors.ts";
import { readFiles } from "../sources/file.ts";
import type { Io } from "./io.ts";
import { type PolicyTest, parsePolicyTests } from "./policy-test/read.ts";
import { runPolicyTest } from "./policy-test/run.ts";
import { safeText } from "./render/safe-text.ts";
import { renderValidation } from "./render/validation.ts";

/** 0: every expectation holds. 1: one does not, or a test cannot be played. */
export async function runTest(path: string, io: Io): Promise<number> {
  const { files } = await readFiles(path).catch((error: unknown) => {
    // What is said of empty sources is for policies, which would delete everything.
    if (error instanceof EcsmonError && error.code === "SourceEmpty") return { files: [] };
    throw error;
  });
  const { tests, diagnostics } = parsePolicyTests(files);
  if (diagnostics.length > 0) {
    const sources = new Map(files.map(({ file, text }) => [file, text]));
    io.stderr(
      renderValidation(diagnostics, "text", { documents: tests.length, sources, colour: io.colour.stderr }),
    );
    return 1;
  }
  if (tests.length === 0)
    throw new EcsmonError(
      "NoTests",
      `no document of kind PolicyTest in ${path}, nor in a *.yaml or *.yml file below it; see docs/testing-policies.md`,
    );
  let failed = 0;
  for (const test of tests) {
    const lines = await play(test, io);
    if (lines.length > 0) failed += 1;
    const verdict = lines.length === 0 ? "ok  " : "FAIL";
    io.stdout(
      `${verdict}  ${safeText(`${test.file}  ${test.name}`)}\n${lines.map((line) => `      ${line}\n`).join("")}`,
    );
  }
  io.stdout(`\n${tests.length} ${tests.length === 1 ? "test" : "tests"}, ${failed} failed\n`);
  return failed === 0 ? 0 : 1;
}

/** What failed, for people; nothing when all is as expected. */
async function play(test: PolicyTest, io: Io): Promise<string[]> {
  try {
    return (await runPolicyTest(test, io.now(), io.env)).flatMap(({ path, message, details }) => {
      const { file, line } = test.at(path);
      return [`${file}:${line}: ${message}`, ...details.map((detail) => `  ${detail}`)].map((one) =>
        safeText(one),
      );
    });
  } catch (error) {
    if (error instanceof EcsmonError) return [safeText(error.message)];
    throw error;
  }
}
