// Selectors that cannot select: conditions with the wrong number of values.
import type { Check, Found } from "./check.ts";

const checkExpressions: Check = ({ spec }) =>
  (spec.selector.matchExpressions ?? []).flatMap(({ operator, values }, i): Found[] => {
    const path = ["spec", "selector", "matchExpressions", i];
    const takesValues = operator === "In" || operator === "NotIn";
    if (takesValues && (values ?? []).length === 0) {
      return [
        {
          code: "InvalidValue",
          message: `operator ${operator} needs values; list them`,
          path: values === undefined ? path : [...path, "values"],
        },
      ];
    }
    if (!takesValues && (values ?? []).length > 0) {
      return [
        {
          code: "InvalidValue",
          message: `operator ${operator} takes no values; leave them out, or use In`,
          path: [...path, "values"],
        },
      ];
    }
    return [];
  });

/** Only `!x`: everything else is let in, which is seldom what was meant to be said. */
const checkGlobs: Check = ({ spec }) =>
  (["accounts", "regions", "clusters", "services"] as const).flatMap((field) =>
    (spec.selector[field] ?? []).flatMap((glob, i): Found[] =>
      glob === "!"
        ? [
            {
              code: "InvalidValue",
              message: '"!" negates nothing; write the name after it',
              path: ["spec", "selector", field, i],
            },
          ]
        : [],
    ),
  );

export const selectorChecks: readonly Check[] = [checkExpressions, checkGlobs];
