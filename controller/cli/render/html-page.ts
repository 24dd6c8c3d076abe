// The frame of a page that is one file: its style and its script stand in it, and its policy lets a browser load, send
// and run nothing else. Pure.
import { inlinePolicy } from "../../page/inline-policy.ts";
import { escapeHtml } from "./page-text.ts";

/** Colours have a contrast of at least 4.5 to 1, in dark and in light. */
const style = `
:root { color-scheme: light dark; --back: #fff; --text: #1f2328; --soft: #59636e; --line: #d1d9e0; --block: #f6f8fa;
  --add: #116329; --add-back: #dafbe1; --remove: #82071e; --remove-back: #ffebe9; --warn: #7d4e00; --link: #0550ae }
@media (prefers-color-scheme: dark) { :root { --back: #0d1117; --text: #f0f6fc; --soft: #9198a1; --line: #3d444d;
  --block: #151b23; --add: #7ee787; --add-back: #12261e; --remove: #ffa198; --remove-back: #2c1518; --warn: #e3b341;
  --link: #79c0ff } }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 72rem; padding: 1rem; background: var(--back); color: var(--text);
  font: 1rem/1.5 system-ui, sans-serif }
h1 { font-size: 1.5rem } h2 { font-size: 1.25rem; border-bottom: 1px solid var(--line) } h3, h3 code, h4, h4 code { font-size: 1rem }
code, pre { font: .875em/1.5 ui-monospace, monospace; unicode-bidi: isolate; overflow-wrap: anywhere }
a { color: var(--link) } .soft { color: var(--soft) } .error { color: var(--remove) } .warning { color: var(--warn) }
table { border-collapse: collapse; width: 100%; table-layout: fixed }
th:nth-child(n + 2):nth-child(-n + 4) { width: 5.5rem } caption { text-align: left; font-weight: 600; padding: .5rem 0 }
th, td { border: 1px solid var(--line); padding: .25rem .5rem; text-align: left; vertical-align: top }
td.number { text-align: right } .counts { display: flex; flex-wrap: wrap; gap: .5rem; padding: 0; list-style: none }
.counts li, .mark { border: 1px solid var(--line); border-radius: 1rem; padding: 0 .6rem; white-space: nowrap }
form { position: sticky; top: 0; display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: end; padding: .5rem 0;
  background: var(--back); border-bottom: 1px solid var(--line) }
form[hidden] { display: none } label { display: grid; font-size: .875rem; color: var(--soft) }
input, select, button { font: inherit; color: var(--text); background: var(--block); border: 1px solid var(--line);
  border-radius: .3rem; padding: .2rem .4rem; max-width: 16rem }
:focus-visible { outline: 2px solid var(--link); outline-offset: 1px }
details { border: 1px solid var(--line); border-radius: .3rem; margin: .5rem 0; padding: .25rem .5rem }
summary { cursor: pointer } summary b { font-weight: 600 }
pre { background: var(--block); margin: .5rem 0; padding: .5rem; white-space: pre-wrap }
ins, del { display: block; text-decoration: none } ins { color: var(--add); background: var(--add-back) }
del { color: var(--remove); background: var(--remove-back) } pre span { display: block }
@media print { form { display: none } body { max-width: none } details { break-inside: avoid } }
`;

/** Without it the page shows everything, and lacks only search and filters. */
const script = `
const form = document.querySelector("form");
const items = [...document.querySelectorAll("details[data-action]")];
const groups = [...document.querySelectorAll("section[data-place]")];
const texts = new Map(items.map((item) => [item, item.textContent.toLowerCase()]));
const count = document.querySelector("output");
function filter() {
  const wanted = new FormData(form);
  const words = String(wanted.get("search")).toLowerCase().split(/\\s+/).filter(Boolean);
  let shown = 0;
  for (const item of items) {
    const fits = ["kind", "action", "impact", "service", "origin"].every(
      (name) => !wanted.get(name) || item.dataset[name] === wanted.get(name));
    const found = words.every((word) => (texts.get(item) + " " + item.dataset.service.toLowerCase()).includes(word));
    item.hidden = !(fits && found);
    if (!item.hidden) shown += 1;
  }
  for (const group of groups) group.hidden = !group.querySelector("details:not([hidden])");
  count.textContent = shown + " of " + items.length + " changes shown";
}
if (form) {
  form.hidden = false;
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(filter));
  document.getElementById("open").addEventListener("click", () => { for (const item of items) item.open = true; });
  document.getElementById("close").addEventListener("click", () => { for (const item of items) item.open = false; });
  filter();
}
// On paper nothing can be opened.
let closed = [];
addEventListener("beforeprint", () => {
  closed = items.filter((item) => !item.open);
  for (const item of closed) item.open = true;
});
addEventListener("afterprint", () => { for (const item of closed) item.open = false; });
`;

const policy = inlinePolicy(style, script);

/** `body` is HTML; `title` is text. */
export function renderPage(title: string, body: string): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
</head>
<body>
${body}
<script>${script}</script>
</body>
</html>
`;
}
