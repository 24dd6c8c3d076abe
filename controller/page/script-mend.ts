// How a page takes in what has changed: what is the same stays the very element it was, so that its reader's selection,
// focus and open details stay, and what he looks at does not move. A part of the page's script, and text as that is.
export const mending = `
const isRow = (node) => /^(li|tr)$/i.test(node.nodeName);
const inList = (element) => /^(ol|ul|tbody)$/i.test(element.localName);

// Without how long ago things were, which is told here.
function plain(row) {
  const copy = row.cloneNode(true);
  for (const one of copy.querySelectorAll("time")) one.replaceChildren(one.dateTime), one.removeAttribute("title");
  return copy.innerHTML;
}

// A row is known by its own id, by what it leads to, or by all that it says; anything else by its id or its place.
function keyOf(node) {
  if (node.id || !isRow(node)) return node.nodeName + " " + (node.id || node.rel || "");
  const named = node.querySelector("[id], a");
  return named ? named.id || named.getAttribute("href") : plain(node);
}

// The longest run of places in rising order: these stay where they are, and the others move around them.
function findStaying(places) {
  const runs = [];
  let longest;
  for (const place of places) {
    let before;
    for (const run of runs) if (run.place < place && run.length > (before?.length ?? 0)) before = run;
    const run = { place, before, length: (before?.length ?? 0) + 1 };
    runs.push(run);
    if (run.length > (longest?.length ?? 0)) longest = run;
  }
  const staying = new Set();
  for (let run = longest; run; run = run.before) staying.add(run.place);
  return staying;
}

function mendChildren(old, fresh, moved) {
  // Between rows there is only space.
  const nodesOf = (element) => [...(inList(element) ? element.children : element.childNodes)];
  const olds = nodesOf(old);
  const news = nodesOf(fresh);
  const waiting = new Map();
  olds.forEach((node, place) => {
    const key = keyOf(node);
    waiting.set(key, [...(waiting.get(key) ?? []), place]);
  });
  const places = news.map((node) => waiting.get(keyOf(node))?.shift());
  for (const left of waiting.values()) for (const place of left) olds[place].remove();
  const staying = findStaying(places.filter((place) => place !== undefined));
  let isChanged = [...waiting.values()].some((left) => left.length > 0);
  let last;
  news.forEach((node, index) => {
    const place = places[index];
    const own = place === undefined ? node : olds[place];
    const isOther = place === undefined || mend(own, node, moved);
    if (!staying.has(place)) {
      moved.add(own);
      old.insertBefore(own, last ? last.nextSibling : old.firstChild);
    }
    if (isOther && isRow(own)) flash(own);
    isChanged ||= isOther || !staying.has(place);
    last = own;
  });
  return isChanged;
}

// Makes \`old\` say what \`fresh\` says, and tells whether it said something else; \`moved\` gets what is not where it was.
function mend(old, fresh, moved) {
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.data === fresh.data) return false;
    old.data = fresh.data;
    return true;
  }
  if (old.localName === "time") {
    if (old.dateTime === fresh.dateTime) return false;
    old.removeAttribute("title");
  }
  let isChanged = false;
  // What is opened is the reader's.
  for (const { name } of [...old.attributes])
    if (!fresh.hasAttribute(name) && name !== "open") old.removeAttribute(name), (isChanged = true);
  for (const { name, value } of fresh.attributes)
    if (old.getAttribute(name) !== value && name !== "open") old.setAttribute(name, value), (isChanged = true);
  return mendChildren(old, fresh, moved) || isChanged;
}

const stillness = matchMedia("(prefers-reduced-motion: reduce)");
function flash(row) {
  if (!stillness.matches) row.animate([{ offset: 0, backgroundColor: "var(--warn-back)" }], { duration: 2000, easing: "ease-out" });
}

// All live parts of the page. What stands first in sight, and has not moved among its like, is where it was afterwards.
function takeIn(page) {
  const active = document.activeElement;
  const seen = scrollY === 0 ? [] : [...document.querySelectorAll("[data-live], [data-live] :is(li, tr)")]
    .map((element) => ({ element, top: element.getBoundingClientRect().top }))
    .filter(({ element, top }) => top >= 0 && top < innerHeight && element.offsetParent);
  const moved = new Set();
  for (const region of document.querySelectorAll("[data-live]")) {
    const fresh = page.getElementById(region.id);
    if (fresh) mend(region, fresh, moved);
  }
  const anchor = seen.find(({ element }) => element.isConnected && !moved.has(element));
  if (anchor) scrollBy({ top: anchor.element.getBoundingClientRect().top - anchor.top, behavior: "instant" });
  if (active !== document.activeElement && active.isConnected) active.focus({ preventScroll: true });
}
`;
