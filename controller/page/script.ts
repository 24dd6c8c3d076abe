// What the page does beside being read: it tells how long ago things were, and takes in what has changed, without losing
// where its reader is. Without it everything is there too, as of when it was loaded.
import { mending } from "./script-mend.ts";

export const script = `"use strict";
${mending}
const live = document.querySelector(".live");
let source;
let etag = "";
let again;
let isFetching = false;
let isStale = false;

const words = [[86400, "day"], [3600, "hour"], [60, "minute"]];
function tellAges() {
  const now = Date.now();
  for (const element of document.querySelectorAll("time")) {
    element.title ||= element.textContent;
    const seconds = Math.round((now - Date.parse(element.dateTime)) / 1000);
    const [length, word] = words.find(([unit]) => Math.abs(seconds) >= unit) ?? [1, ""];
    const many = Math.round(Math.abs(seconds) / length);
    const span = word === "" ? "a moment" : many + " " + word + (many === 1 ? "" : "s");
    const text = seconds < -59 ? "in " + span : word === "" ? "just now" : span + " ago";
    if (element.textContent !== text) element.textContent = text;
  }
}

function say(text, isOn) {
  if (!live) return;
  live.hidden = false;
  live.classList.toggle("on", isOn);
  if (live.textContent !== text) live.textContent = text;
}

async function refresh() {
  if (isFetching) { isStale = true; return; }
  isFetching = true;
  try {
    const answer = await fetch(location.href, { headers: { accept: "text/html" }, credentials: "same-origin" });
    const tag = answer.headers.get("etag") ?? "";
    const isPage = (answer.headers.get("content-type") ?? "").startsWith("text/html");
    if (!isPage) throw new Error("status " + answer.status);
    const isRead = answer.status < 500;
    if (!isRead) say("Not live: this could not be read again", false);
    else if (source) say("Live", true);
    if (tag !== "" && tag === etag) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    // What stood in place of the page goes when the page comes.
    if (document.getElementById("problem") && !page.getElementById("problem")) { location.reload(); return; }
    takeIn(page);
    etag = tag;
    tellAges();
  } catch {
    say("Not live: the controller does not answer", false);
  } finally {
    isFetching = false;
    if (isStale) { isStale = false; void refresh(); }
  }
}

function listen() {
  clearTimeout(again);
  if (source || document.hidden) return;
  source = new EventSource("/events");
  // Live is what has been read again since.
  source.addEventListener("changed", () => void refresh());
  source.addEventListener("unread", () => say("Not live: the status store does not answer", false));
  source.addEventListener("error", () => {
    say("Not live: trying again", false);
    if (source?.readyState !== EventSource.CLOSED) return;
    source = undefined;
    again = setTimeout(listen, 15_000);
  });
}
function rest() {
  clearTimeout(again);
  source?.close();
  source = undefined;
}

tellAges();
setInterval(tellAges, 15_000);
// What no event tells of is asked for again while somebody looks.
setInterval(() => { if (source && document.getElementById("alarms")) void refresh(); }, 30_000);
document.addEventListener("visibilitychange", () => (document.hidden ? rest() : listen()));
addEventListener("pagehide", rest);
addEventListener("pageshow", (event) => {
  // After going back, a form says what it was left with, which is not what is shown.
  const [way] = performance.getEntriesByType("navigation");
  if (event.persisted || way?.type === "back_forward") for (const form of document.forms) form.reset();
  listen();
});
if (live) listen();
`;

export const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><rect width="24" height="24" rx="5" fill="#0b4f9e"/><path d="M3 13h3.5l2.5-7 4.500 12 2.500-7 1 2h4" fill="none" stroke="#fff" stroke-width="2" stroke-linejoin="round" stroke-linecap="round"/></svg>
`;
