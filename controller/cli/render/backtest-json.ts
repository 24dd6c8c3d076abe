// A backtest for programs: as the model has it, times included, its keys in a fixed order.
import type { Backtest, TestedAlarm, UntestedAlarm } from "../../model/backtest.ts";

export function backtestToJson({ from, until, tested, untested, warnings }: Backtest): object {
  return {
    from,
    until,
    tested: tested.map(testedToJson),
    untested: untested.map(untestedToJson),
    warnings: warnings.map(({ severity, code, message }) => ({ severity, code, message })),
  };
}

function testedToJson(alarm: TestedAlarm): object {
  const { kind, name, cluster, service, from, period, fired, inAlarm, longest, first, last } = alarm;
  const { missing, comparison, threshold, weekly, notes } = alarm;
  return {
    kind,
    name,
    ...given({ cluster, service }),
    from,
    period,
    fired,
    inAlarm,
    longest,
    ...given({ first, last }),
    missing,
    comparison,
    ...given({ threshold, weekly }),
    notes,
  };
}

function untestedToJson({ kind, name, cluster, service, code, message }: UntestedAlarm): object {
  return { kind, name, ...given({ cluster, service }), code, message };
}

/** What an alarm does not have is left out. */
function given(values: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
