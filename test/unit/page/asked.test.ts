// What a link asks for: what is not understood is told and left aside, and one beyond the last row leads to the last rows.
import { describe, expect, it } from "vitest";
import { renderJournal } from "../../../controller/page/journal-page.ts";
import { renderPolicies } from "../../../controller/page/policies-page.ts";
import {
  readJournalQuery,
  readPolicyQuery,
  readServicesQuery,
  withinRows,
} from "../../../controller/page/query.ts";
import { renderServices } from "../../../controller/page/services-page.ts";
import { entryOf, sampleSight, serviceOf, targetOf } from "./sample-sight.ts";

const services = (query: string, sight = sampleSight) => {
  const { form, parts } = renderServices(sight, readServicesQuery(new URLSearchParams(query)), undefined);
  return { form: `${form}`, parts: `${parts}` };
};
const journal = (query: string, names: readonly string[]) => {
  const entries = names.map((name) => entryOf({ name }));
  const { form, parts } = renderJournal([], readJournalQuery(new URLSearchParams(query)), {
    entries,
    since: "2026-10-22T00:00:00Z",
  });
  return `${form}${parts}`;
};

describe("what is not understood", () => {
  it.each([
    ["state=bogus&cluster=cn", "bogus", "state"],
    ["state=READY&cluster=cn", "READY", "state"],
    ["sort=%3Cb%3E&cluster=cn", "&lt;b&gt;", "sort"],
  ])("%s is told, left out of the form and of all links, and the rest holds", (query, text, name) => {
    const { form, parts } = services(query);
    expect(form).toContain(`<code>${text}</code> is not understood as <b>${name}</b>`);
    expect(form).not.toContain(`value="${text}"`);
    expect(form).toContain('<a class="button" href="/">Clear</a>');
    expect(parts.match(/<th scope="row">/g)).toHaveLength(1);
  });

  it("is not what is understood", () => {
    const { form } = services("state=ready&sort=name&search=web");
    expect(form).not.toContain("is not understood");
    expect(form).toMatch(/value="ready" selected/);
  });

  it("of the journal: a kind, an instant", () => {
    const page = journal("kind=Alarm&until=yesterday", ["cpu"]);
    expect(page).toContain("<code>Alarm</code> is not understood as <b>kind</b>");
    expect(page).toContain("<code>yesterday</code> is not understood as <b>until</b>");
    expect(page).not.toMatch(/value="Alarm"|Newest/);
    expect(page).toContain("cpu");
  });

  it("of policies: a search that is too long", () => {
    const { form } = renderPolicies(
      sampleSight,
      readPolicyQuery(new URLSearchParams(`search=${"x".repeat(301)}`)),
    );
    expect(`${form}`).toMatch(/<code>x+…x+<\/code> is not understood as <b>search<\/b>/);
  });
});

describe("beyond the last row", () => {
  const many = {
    ...sampleSight,
    targets: [
      targetOf(
        "us-east-1",
        Array.from({ length: 250 }, (_, index) => serviceOf(`web-${index}`)),
      ),
    ],
    audits: new Map(),
  };

  it.each([
    [0, 0, 0],
    [99, 250, 99],
    [250, 250, 200],
    [10_000_000, 250, 200],
    [200, 200, 100],
    [5, 1, 0],
  ])("from %i of %i rows it is %i.", (from, total, expected) => {
    const query = { from, texts: {}, unknown: {} };
    expect(withinRows(query, total).from).toBe(expected);
  });

  it("are the last services, with a way back", () => {
    const { parts } = services("from=400", many);
    expect(parts).toContain("201–250 of 250");
    expect(parts).toContain('rel="prev" href="/?from=100"');
    expect(parts).not.toContain("No service is like that");
  });

  it("are the last policies, not none", () => {
    const page = `${renderPolicies(sampleSight, readPolicyQuery(new URLSearchParams("from=100"))).parts}`;
    expect(page).toContain("baseline");
    expect(page).not.toMatch(/No target knows|0–100/);
  });

  it("of the journal nothing is said that is not so, and the newest are one step away", () => {
    const page = journal("until=2026-11-22T09:00:00Z&from=500&search=cpu", []);
    expect(page).toContain("No more entries are like that between");
    expect(page).toContain('<a class="button" href="/journal?search=cpu">Newest</a>');
    expect(journal("search=cpu", [])).toContain("Nothing was written that is like that, since");
  });
});

it("knows an entry again by its id, however many have come since", () => {
  const idsOf = (page: string) => [...page.matchAll(/<li id="([^"]+)"/g)].map(([, id]) => id);
  const before = idsOf(journal("", ["a", "b", "b"]));
  expect(new Set(before).size).toBe(3);
  expect(idsOf(journal("", ["new", "a", "b", "b"])).slice(1)).toEqual(before);
});
