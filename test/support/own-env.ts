// The environment of tests: nothing of the shell that they were started from leads them anywhere, and files that share a
// process leave it as it was.
import { afterAll } from "vitest";

const own = process.env;
const foreign = /^(AWS|MACKEREL|ECSMON|GITHUB|RUNNER|GIT)_|^(NO|FORCE)_COLOR$|^(https?|no|all)_proxy$/i;
const kept = new Set(["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED", "ECSMON_PICTURES"]);
for (const name of Object.keys(own)) if (foreign.test(name) && !kept.has(name)) delete own[name];
// What a home has of AWS's configuration is the user's.
own["AWS_CONFIG_FILE"] = own["AWS_SHARED_CREDENTIALS_FILE"] = "/dev/null";
own["AWS_EC2_METADATA_DISABLED"] = "true";
const before = { ...own };

afterAll(() => {
  process.env = own;
  for (const name of Object.keys(own)) if (!(name in before)) delete own[name];
  Object.assign(own, before);
});
