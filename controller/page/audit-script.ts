// What an audit's page does beside being read: search, filters and sorting, and of each service its findings in full, put
// together from the texts that stand once on the page. Without it everything is there to be read too.
const script = `"use strict";
const form = document.querySelector("form");
const table = document.querySelector("#services table");
const rows = table ? [...table.tBodies[0].rows] : [];
const codes = [...document.querySelectorAll("#findings > details")];
const codeOf = new Map();
for (const group of codes) for (const text of group.querySelectorAll("[data-text]")) codeOf.set(text.dataset.text, group.id);
const parts = new Map(rows.map((row) => [row, {
  refs: (row.dataset.f ?? "").split(" ").filter(Boolean),
  place: row.querySelector("small").textContent,
  text: row.textContent.toLowerCase(),
}]));

for (const row of rows) {
  const head = row.firstElementChild;
  const button = document.createElement("button");
  button.type = "button";
  button.setAttribute("aria-expanded", "false");
  button.append(head.firstChild);
  head.prepend(button);
}
document.documentElement.classList.add("js");

function put(parent, name, className, ...inside) {
  const element = document.createElement(name);
  if (className) element.className = className;
  element.append(...inside);
  parent.append(element);
  return element;
}

// The texts of one finding, as they stand under its code, with the names of this service.
function tell(ref, name) {
  const text = document.querySelector("[data-text='" + ref.replace("+", "") + "']");
  const group = text.closest("details");
  const item = document.createElement("li");
  put(item, "b", "", group.querySelector("b").textContent);
  item.append(" ", group.querySelector(".mark").cloneNode(true), " ");
  for (const node of text.querySelector("span").childNodes)
    item.append(node.nodeName === "I" ? Object.assign(document.createElement("code"), { textContent: name }) : node.textContent);
  put(item, "small", "", group.querySelector(".why").textContent);
  const mend = text.closest(".mend");
  const hand = mend.querySelector(".hand");
  if (hand) put(item, "small", "hand", hand.textContent);
  const lines = mend.querySelector("pre");
  if (lines) {
    const fold = put(item, "details", "");
    put(fold, "summary", "", "Lines of policy that mend it");
    fold.append(lines.cloneNode(true));
  }
  return item;
}

function toggle(row, isOpen) {
  const part = parts.get(row);
  const cell = row.lastElementChild;
  if (row.classList.contains("open") === isOpen) return;
  row.classList.toggle("open", isOpen);
  row.querySelector("button").setAttribute("aria-expanded", String(isOpen));
  if (!isOpen) { cell.replaceChildren(...part.short); return; }
  part.short = [...cell.childNodes];
  const names = [...cell.querySelectorAll("i")].map((one) => one.textContent);
  const rest = cell.querySelector("em");
  const list = document.createElement("ul");
  for (const ref of part.refs) list.append(tell(ref, ref.endsWith("+") ? names.shift() : ""));
  if (rest) put(list, "li", "", rest.textContent);
  cell.replaceChildren(...(list.childElementCount > 0 ? [list] : part.short));
}

table?.addEventListener("click", (event) => {
  const button = event.target.closest("th button");
  if (button) { const row = button.closest("tr"); toggle(row, !row.classList.contains("open")); }
});

const number = (row, index) => { const found = parseInt(row.cells[index].textContent, 10); return Number.isNaN(found) ? 101 : found; };
// An Intl.Collator is ten times as fast as localeCompare.
const { compare } = new Intl.Collator("en");
const names = new Map(rows.map((row) => [row, parts.get(row).place + "/" + row.querySelector("button").textContent]));
const orders = {
  name: (a, b) => compare(names.get(a), names.get(b)),
  findings: (a, b) => parts.get(b).refs.length - parts.get(a).refs.length,
};
let sorted = "1";
function sort(by) {
  if (by === sorted) return;
  sorted = by;
  const given = orders[by] ?? ((a, b) => number(a, Number(by)) - number(b, Number(by)));
  table.tBodies[0].append(...[...rows].sort((a, b) => given(a, b) || orders.name(a, b)));
}

function filter() {
  const wanted = new FormData(form);
  const words = String(wanted.get("search")).toLowerCase().split(/\\s+/).filter(Boolean);
  const [place, code] = [wanted.get("place"), wanted.get("code")];
  let shown = 0;
  for (const row of rows) {
    const { refs, place: own, text } = parts.get(row);
    const fits = (!place || own === place) && (!code || refs.some((ref) => codeOf.get(ref.replace("+", "")) === code))
      && words.every((word) => text.includes(word));
    if (row.hidden === fits) row.hidden = !fits;
    if (fits) shown += 1;
  }
  form.querySelector("output").textContent = shown === rows.length ? "" : shown.toLocaleString("en") + " of " + rows.length.toLocaleString("en") + " shown";
  document.querySelector("#none").hidden = shown > 0;
}

if (form && table) {
  form.hidden = false;
  form.addEventListener("input", (event) => { if (event.target.name === "sort") sort(event.target.value); else filter(); });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(() => { filter(); sort(form.elements.sort.value); }));
  for (const group of codes) {
    const button = put(group.querySelector(".where"), "button", "", "Show them above");
    button.type = "button";
    button.addEventListener("click", () => {
      form.reset();
      setTimeout(() => {
        form.elements.code.value = group.id;
        filter();
        document.querySelector("#services").scrollIntoView();
        form.elements.code.focus({ preventScroll: true });
      });
    });
  }
  // A browser that goes back fills the form in again.
  addEventListener("pageshow", () => { sort(form.elements.sort.value); filter(); });
  if (rows.length <= 2) for (const row of rows) toggle(row, true);
}

function reveal() {
  const found = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (found && found.localName === "details") found.open = true;
}
addEventListener("hashchange", reveal);
reveal();

// On paper nothing can be opened.
let closed = [];
addEventListener("beforeprint", () => {
  closed = [...document.querySelectorAll("details:not([open])")];
  for (const one of closed) one.open = true;
});
addEventListener("afterprint", () => { for (const one of closed) one.open = false; });
`;

/** As it stands in the page. */
export const auditScript = script.replaceAll(/^ +/gm, "");
