// What is evaluated at each step, against the words of it; and that it is gone through once.
import fc from "fast-check";
import { expect, it } from "vitest";
import { extraPoints } from "../../../../controller/core/backtest/judge.ts";
import { slide } from "../../../../controller/core/backtest/range.ts";

const cases = fc.record({
  evaluationPeriods: fc.integer({ min: 1, max: 40 }),
  steps: fc.integer({ min: 1, max: 5 }),
  values: fc.array(fc.option(fc.integer(), { freq: 2 }), { maxLength: 120 }),
});

it("the newest N of the real datapoints in the range are evaluated, and each comes and goes once", () => {
  fc.assert(
    fc.property(cases, ({ evaluationPeriods, steps, values }) => {
      const timing = { evaluationPeriods, period: steps * 60, step: 60 };
      const evaluated = new Set<number>();
      const moves: string[] = [];
      const found = new Map<number, readonly [places: readonly number[], age: number]>();
      slide(
        timing,
        Float64Array.from(values, (value) => value ?? Number.NaN),
        {
          comes: (place) => {
            evaluated.add(place);
            moves.push(`+${place}`);
          },
          goes: (place) => {
            expect(evaluated.delete(place)).toBe(true);
            moves.push(`-${place}`);
          },
          at: (last, count, age) => {
            expect(count).toBe(evaluated.size);
            found.set(last, [[...evaluated].sort((a, b) => b - a), age]);
          },
        },
      );

      expect(evaluated.size).toBe(0);
      expect(new Set(moves).size).toBe(moves.length);
      expect(found.size).toBe(values.length);
      for (const [last, [places, age]] of found) {
        const range = Array.from(
          { length: evaluationPeriods + extraPoints },
          (_, back) => last - back * steps,
        );
        const real = range.filter((place) => (values[place] ?? null) !== null).slice(0, evaluationPeriods);
        expect(places).toEqual(real);
        expect(age).toBe(range.indexOf(real.at(-1) ?? Number.NaN) + 1);
      }
    }),
    { numRuns: 300 },
  );
});
