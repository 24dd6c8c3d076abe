// One note on a merge request, kept up to date in its place: `node note.mjs PAGE STDERR JSON CODE`. The page is what
// `ecsmon plan --format markdown` wrote; where that is empty, there is no plan, and what was said of it is told. By the
// plan as JSON and the exit code it is known whether there is anything to say; where there is not, no note is made.
// It needs ECSMON_NOTE_TOKEN (a project access token with the scope api); without it, as in pipelines of forks, it says
// so and ends with 0. CI_API_V4_URL, CI_PROJECT_ID and CI_MERGE_REQUEST_IID are GitLab's own.
// Source: https://docs.gitlab.com/api/notes/
import { readFileSync } from "node:fs";

const { env, argv } = process;
const token = env.ECSMON_NOTE_TOKEN ?? "";
const name = env.NOTE_NAME ?? "ecsmon";
const attempts = 4;

class Refusal extends Error {}

process.on("uncaughtException", (error) => {
  console.error(`ecsmon: ${error.message}`);
  process.exitCode = 1;
});

if (token === "") {
  console.error(
    "ecsmon: there is no ECSMON_NOTE_TOKEN here, so no note was written; the artefacts have the plan",
  );
} else {
  const page = read(argv[2]).replace(/^<!-- ecsmon-plan[^\n]* -->\n+/, "");
  const isQuiet = page !== "" && argv[5] === "0" && hasNothingToSay(read(argv[4]));
  await keepNote(page === "" ? tellWhy(read(argv[3])) : page, isQuiet);
}

async function keepNote(text, isQuiet) {
  const [project, request] = [env.CI_PROJECT_ID, env.CI_MERGE_REQUEST_IID];
  if (!/^\d+$/.test(project ?? "") || !/^\d+$/.test(request ?? ""))
    throw new Error("this is no merge request's pipeline");
  const notes = `/projects/${project}/merge_requests/${request}/notes`;
  const marker = `<!-- ecsmon-note name=${encodeURIComponent(name).replaceAll("--", "%2D%2D")} -->`;
  const body = `${marker}\n\n${text}`;

  // Anybody can put the marker into a note of their own.
  const { id: me } = (await call("GET", "/user")).answer;
  const found = [];
  for (let next = "1"; next !== ""; ) {
    const { answer, headers } = await call(
      "GET",
      `${notes}?sort=asc&order_by=created_at&per_page=100&page=${next}`,
    );
    if (!Array.isArray(answer)) throw new Error("GitLab did not give a list of notes");
    found.push(
      ...answer.filter(
        (note) => note?.author?.id === me && String(note.body ?? "").startsWith(`${marker}\n`),
      ),
    );
    next = /^\d*$/.exec(headers.get("x-next-page") ?? "")?.[0] ?? "";
  }
  const [oldest, ...others] = found;
  if (oldest === undefined) {
    if (!isQuiet) await call("POST", notes, { body });
    return;
  }
  if (oldest.body.trimEnd() !== body.trimEnd()) await call("PUT", `${notes}/${oldest.id}`, { body });
  // Two pipelines at once may have made one each.
  for (const { id } of others) await call("DELETE", `${notes}/${id}`);
}

/** No change, no warning, nothing that waits; beside a base, none of this change. Of what is not understood all counts. */
function hasNothingToSay(json) {
  try {
    const document = JSON.parse(json);
    const plans = document.kind === "Plan" ? [document] : document.items;
    const isSilent = ({ changes, blocked, unknown, diagnostics, base }) =>
      base?.errors === undefined &&
      [changes, blocked.filter(({ would }) => would !== undefined), unknown, diagnostics].every((items) =>
        items.every(({ origin }) => origin === "drift"),
      ) &&
      (base?.dropped.changes ?? []).length === 0;
    return plans.length > 0 && (document.failed ?? []).length === 0 && plans.every(isSilent);
  } catch {
    return false;
  }
}

/** What was refused before anything was done is sent again; a POST that got lost is not. */
async function call(method, path, body) {
  const what = `GitLab ${method} ${path.split("?")[0]}`;
  for (let attempt = 1; ; attempt += 1) {
    const isLast = attempt === attempts;
    let pause = 2 ** attempt;
    try {
      const response = await fetch(`${env.CI_API_V4_URL}${path}`, {
        method,
        headers: { "private-token": token, "content-type": "application/json" },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        redirect: "error",
        signal: AbortSignal.timeout(20_000),
      });
      const { ok, status, headers } = response;
      if (ok) return { answer: method === "GET" ? await response.json() : undefined, headers };
      // One that is gone already is well, too.
      if (method === "DELETE" && status === 404) return { answer: undefined, headers };
      const isLater = status === 429 || (status >= 500 && method !== "POST");
      if (!isLater || isLast) throw new Refusal(`${what} was refused with ${status}`);
      pause = Number(headers.get("retry-after")) || pause;
    } catch (error) {
      if (error instanceof Refusal) throw error;
      if (method === "POST" || isLast)
        throw new Error(`${what} was not answered: ${error.cause?.message ?? error.message}`);
    }
    await new Promise((resolve) => setTimeout(resolve, Math.min(pause, 60) * 1000));
  }
}

/** In a fence longer than any run of backquotes inside, without what cannot be seen. */
function tellWhy(said) {
  const shown = said
    .slice(0, 20_000)
    .replaceAll(/[^\S\n]/g, " ")
    .replaceAll(/[\p{Cc}\p{Cf}]/gu, (c) => (c === "\n" ? c : ""));
  const fence = "`".repeat(Math.max(3, ...[...shown.matchAll(/`+/g)].map(([run]) => run.length + 1)));
  return `## ecsmon plan: there is none\n\n**Nothing was changed.**\n\n${fence}text\n${shown.trimEnd()}\n${fence}\n`;
}

function read(file) {
  try {
    return readFileSync(file ?? "", "utf8");
  } catch {
    return "";
  }
}
