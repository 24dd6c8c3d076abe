// Properties try the same cases in each run, so that a run tells of its change alone. `FUZZ=1 npx vitest run` tries
// others each time; what it finds becomes a case of a table.
import fc from "fast-check";

if (process.env["FUZZ"] === undefined) fc.configureGlobal({ seed: 42 });
