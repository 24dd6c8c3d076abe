// The journal as a table: what was written when, how it went, why, and by which policy at which revision.
import type { JournalEntry } from "../../model/status.ts";
import type { Style } from "./paint.ts";
import { placeOf, type StatusView, shortRevision, targetColumn, type ViewInput } from "./status-view.ts";

const resultStyles: Readonly<Record<string, Style>> = {
  applied: "green",
  failed: "red",
  skipped: "yellow",
  begun: "yellow",
};

export function viewHistory(
  entries: readonly JournalEntry[],
  { targets }: Pick<ViewInput, "targets">,
): StatusView<JournalEntry> {
  return {
    rows: entries,
    columns: [
      { title: "TIME", cell: ({ at }) => `${at.slice(0, 19)}Z` },
      { title: "ACTION", cell: ({ action }) => action },
      { title: "KIND", cell: ({ kind }) => kind },
      { title: "NAME", cell: ({ name, cluster, service }) => shortOf(name, cluster, service) },
      {
        title: "SERVICE",
        cell: ({ cluster, service }) => [cluster, service].filter((part) => part !== undefined).join("/"),
      },
      ...targetColumn<JournalEntry>(targets),
      {
        title: "RESULT",
        cell: ({ result, code }) => (code === undefined ? result : `${result} (${code})`),
        style: ({ result }) => resultStyles[result],
      },
      { title: "REDEPLOYS", cell: ({ redeploys }) => (redeploys ? "yes" : "") },
      { title: "WHY", cell: ({ why }) => why },
      {
        title: "POLICIES",
        cell: ({ policies, revisions }) =>
          policies
            .map((name) =>
              revisions[name] === undefined ? name : `${name}@${shortRevision(revisions[name])}`,
            )
            .join(","),
      },
      { title: "HOLDER", wide: true, cell: ({ holder, epoch }) => `${holder}#${epoch}` },
      { title: "CHANGED", wide: true, cell: ({ paths }) => paths.join(",") },
      { title: "MESSAGE", wide: true, cell: ({ message }) => message ?? "" },
    ],
    namesOf: ({ cluster, service }) => (service === undefined ? [] : [service, `${cluster}/${service}`]),
    placeOf,
    keyOf: ({ at, target, kind, name, cluster, service, action }) =>
      JSON.stringify([at, target, kind, name, cluster, service, action]),
    toJson: (row) => row,
  };
}

/** The owner is not known here; the rest of `OWNER/CLUSTER/SERVICE/NAME` is. */
function shortOf(name: string, cluster: string | undefined, service: string | undefined): string {
  const middle = `/${cluster}/${service}/`;
  const at = name.indexOf(middle);
  return at > 0 && !name.slice(0, at).includes("/") ? name.slice(at + middle.length) : name;
}
