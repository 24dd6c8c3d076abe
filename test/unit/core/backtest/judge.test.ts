// CloudWatch's tables of what becomes of an alarm when data is missing ("Configuring how CloudWatch alarms treat missing
// data"), each row with its four treatments, and the cases that stand in its text.
import { describe, expect, it } from "vitest";
import { type Breach, judge, type Missing, type State } from "../../../../controller/core/backtest/judge.ts";

const letters: Readonly<Record<string, Breach>> = { X: true, "0": false, "-": undefined };
const treatments = ["missing", "ignore", "breaching", "notBreaching"] as const;
const kept = "kept";

/** The newest on the right, as there. */
function stateOf(text: string, [m, n]: readonly [number, number], missing: Missing, before: State): State {
  const range = [...text.replaceAll(" ", "")].map((letter) => letters[letter]);
  return judge({ evaluationPeriods: n, datapointsToAlarm: m, missing }, range, before);
}

type Expected = State | typeof kept;
const row = (
  text: string,
  of: readonly [number, number],
  ...expected: readonly [Expected, Expected, Expected, Expected]
) => ({ text, of, expected });

describe("an alarm's next state", () => {
  it.each([
    row("0 - X - X", [3, 3], "OK", "OK", "OK", "OK"),
    row("0 - - - -", [3, 3], "OK", "OK", "OK", "OK"),
    row("- - - - -", [3, 3], "INSUFFICIENT_DATA", kept, "ALARM", "OK"),
    row("0 X X - X", [3, 3], "ALARM", "ALARM", "ALARM", "ALARM"),
    row("- - X - -", [3, 3], "ALARM", kept, "ALARM", "OK"),
    row("0 - X - X", [2, 3], "ALARM", "ALARM", "ALARM", "ALARM"),
    row("0 0 X 0 X", [2, 3], "ALARM", "ALARM", "ALARM", "ALARM"),
    row("0 - X - -", [2, 3], "OK", "OK", "ALARM", "OK"),
    row("- - - - 0", [2, 3], "OK", "OK", "ALARM", "OK"),
    row("- - - X -", [2, 3], "ALARM", kept, "ALARM", "OK"),
    // An older edition of the page has these rows.
    row("- - - - X", [3, 3], "INSUFFICIENT_DATA", kept, "ALARM", "OK"),
    row("X - - - -", [3, 3], "ALARM", kept, "ALARM", "OK"),
    row("- - - - X", [2, 3], "INSUFFICIENT_DATA", kept, "ALARM", "OK"),
    // "Avoiding premature transitions": not yet, for the next datapoint may not breach …
    row("- - - X -", [3, 3], "INSUFFICIENT_DATA", kept, "ALARM", "OK"),
    row("- - - X 0", [3, 3], "OK", "OK", "OK", "OK"),
    row("- - X - 0", [3, 3], "OK", "OK", "OK", "OK"),
    // Nothing missing: the extra datapoints further back do not count.
    row("X X 0 0 X", [2, 3], "OK", "OK", "OK", "OK"),
    row("X X X 0 0", [3, 3], "OK", "OK", "OK", "OK"),
    row("0 0 X X X", [3, 3], "ALARM", "ALARM", "ALARM", "ALARM"),
    row("- - X", [1, 1], "ALARM", "ALARM", "ALARM", "ALARM"),
    row("X - -", [1, 1], "ALARM", "ALARM", "ALARM", "ALARM"),
    row("- - -", [1, 1], "INSUFFICIENT_DATA", kept, "ALARM", "OK"),
  ])("$text of $of", ({ text, of, expected }) => {
    for (const before of ["OK", "ALARM", "INSUFFICIENT_DATA"] as const) {
      const states = treatments.map((missing) => stateOf(text, of, missing, before));
      expect(states).toEqual(expected.map((state) => (state === kept ? before : state)));
    }
  });
});
