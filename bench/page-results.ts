// The page's cost as tables.
import type { PageResult } from "./page.ts";
import { renderTable } from "./results.ts";

export function renderPageResult({
  services,
  bytes,
  packedBytes,
  first,
  next,
  browser,
  crowd,
}: PageResult): string {
  const ms = (value: number): string => `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
  const { memory } = crowd;
  return [
    renderTable(
      [`the status page of ${services} services`, ""],
      [
        [
          "its size, and as it is sent",
          `${Math.round(bytes / 1000)} kB, ${Math.round(packedBytes / 1000)} kB`,
        ],
        ["the first answer after the status has changed", ms(first)],
        ["an answer after that (median)", ms(next)],
        ...(browser === undefined
          ? [["in Chromium", "not on PATH"]]
          : [
              ["first contentful paint in Chromium, nothing cached (median)", ms(browser.paint)],
              ["slowest frame while it is scrolled through (median)", ms(browser.slowestFrame)],
            ]),
      ],
    ),
    "",
    renderTable(
      [`${crowd.slow} slow clients and ${crowd.bad} bad requests`, ""],
      [
        ["/healthz asked meanwhile", `${crowd.asked} times, ${crowd.failed} without an answer`],
        ["median, 99th percentile, most", [crowd.median, crowd.p99, crowd.most].map(ms).join(", ")],
        [
          "memory before, and at most",
          memory === undefined
            ? "no /proc"
            : `${Math.round(memory.before)} MB, ${Math.round(memory.peak)} MB`,
        ],
      ],
    ),
    "",
  ].join("\n");
}
