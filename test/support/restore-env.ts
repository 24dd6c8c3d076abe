// Files of tests that share a process: each leaves the environment as it was.
import { afterAll } from "vitest";

const own = process.env;
const before = { ...own };

afterAll(() => {
  process.env = own;
  for (const name of Object.keys(own)) if (!(name in before)) delete own[name];
  Object.assign(own, before);
});
