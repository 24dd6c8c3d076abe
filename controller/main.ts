// argv → command → exit code. The only process.exit of the program.
import { createProcessIo } from "./cli/io.ts";
import { runProgram } from "./cli/program.ts";

// The SDK tells whoever runs Node 20 that releases from 2027 on want Node 22. That is for us to act on, not for
// those who read a plan; this is the SDK's own switch and silences nothing else.
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";

const io = createProcessIo((code) => process.exit(code));
const code = await runProgram(process.argv.slice(2), io, process.env["ECSMON_VERSION"] ?? "0.0.0-dev");
await io.flush();
process.exit(code);
