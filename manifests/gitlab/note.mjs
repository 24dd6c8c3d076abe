// One note on a merge request, kept up to date in its place: `node note.mjs PAGE STDERR`. The page is what
// `ecsmon plan --format markdown` wrote; where that is empty, there is no plan, and what was said of it is told.
// It needs ECSMON_NOTE_TOKEN (a project access token with the scope api); without it, as in pipelines of forks, it says
// so and ends with 0. CI_API_V4_URL, CI_PROJECT_ID and CI_MERGE_REQUEST_IID are GitLab's own.
// Source: https://docs.gitlab.com/api/notes/
import { readFileSync } from "node:fs";

const { env, argv } = process;
const token = env.ECSMON_NOTE_TOKEN ?? "";
const name = env.NOTE_NAME ?? "ecsmon";
const attempts = 4;

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
  await keepNote(page === "" ? tellWhy(read(argv[3])) : page);
}

async function keepNote(text) {
  const [project, request] = [env.CI_PROJECT_ID, env.CI_MERGE_REQUEST_IID];
  if (!/^\d+$/.test(project ?? "") || !/^\d+$/.test(request ?? ""))
    throw new Error("this is no merge request's pipeline");
  const notes = `/projects/${project}/merge_requests/${request}/notes`;
  const marker = `<!-- ecsmon-note name=${encodeURIComponent(name).replaceAll("--", "%2D%2D")} -->`;
  const body = `${marker}\n\n${text}`;

  // Anybody can put the marker into a note of their own.
  const { id: me } = (await call("GET", "/user")).answer;
  for (let next = "1"; next !== ""; ) {
    const { answer, headers } = await call(
      "GET",
      `${notes}?sort=asc&order_by=created_at&per_page=100&page=${next}`,
    );
    const found = answer.find((note) => note.author?.id === me && note.body.startsWith(`${marker}\n`));
    if (found !== undefined) {
      if (found.body.trimEnd() !== body.trimEnd()) await call("PUT", `${notes}/${found.id}`, { body });
      return;
    }
    next = /^\d*$/.exec(headers.get("x-next-page") ?? "")?.[0] ?? "";
  }
  if (!text.includes("plan: nothing to do\n")) await call("POST", notes, { body });
}

/** What was refused before anything was done is sent again; a POST that got lost is not. */
async function call(method, path, body) {
  for (let attempt = 1; ; attempt += 1) {
    const response = await fetch(`${env.CI_API_V4_URL}${path}`, {
      method,
      headers: { "private-token": token, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      redirect: "error",
      signal: AbortSignal.timeout(20_000),
    });
    if (response.ok) return { answer: await response.json(), headers: response.headers };
    const isLater = response.status === 429 || (response.status >= 500 && method !== "POST");
    if (!isLater || attempt === attempts)
      throw new Error(`GitLab ${method} ${path.split("?")[0]} was refused with ${response.status}`);
    const seconds = Math.min(Number(response.headers.get("retry-after")) || 2 ** attempt, 60);
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
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
