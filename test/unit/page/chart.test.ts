// What has happened once is to be seen beside what has happened a hundred times, and not by its colour alone.
import { expect, it } from "vitest";
import { renderChart } from "../../../controller/page/chart.ts";

const at = "2026-11-22T06:00:00.000Z";

function draw(repaired: number, unrepaired: number, changed: number) {
  const text = `${renderChart({ spans: [{ at, repaired, unrepaired, changed }], length: 21_600 })}`;
  const bars = [...text.matchAll(/<rect class="(\w+)"[^>]* y="([\d.]+)"[^>]* height="([\d.]+)"/g)];
  return bars.map(([, tone, y, height]) => ({ tone, y: Number(y), height: Number(height) }));
}

it.each([
  [1, 0, 77],
  [1, 1, 98],
  [0, 1, 4_999],
  [1, 1, 1],
  [500, 500, 0],
])("%i, %i and %i can all be seen, on top of each other and as high as they are together", (...counts) => {
  const bars = draw(...counts);
  expect(bars.map(({ tone }) => tone)).toEqual(
    ["good", "bad", "calm"].filter((_, index) => counts[index] !== 0),
  );
  expect(bars.every(({ height }) => height >= 5)).toBe(true);
  let bottom = 120;
  for (const { y, height } of bars) {
    expect(y).toBeCloseTo(bottom - height, 0);
    bottom = y;
  }
  expect(bottom).toBeGreaterThanOrEqual(-0.1);
});

it("keeps the share of what is not small", () => {
  expect(draw(50, 50, 0).map(({ height }) => height)).toEqual([60, 60]);
  expect(draw(0, 0, 25)).toEqual([{ tone: "calm", y: 60, height: 60 }]);
});
