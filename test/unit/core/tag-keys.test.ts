// Which tags of services a policy looks at.
import { expect, test } from "vitest";
import { findTagKeys } from "../../../controller/core/tag-keys.ts";

test.each<[string, object, string[]]>([
  ["nothing", { selector: { services: ["*"] }, alarms: [{ name: "a" }] }, []],
  [
    "its selector",
    { selector: { tags: { team: "x" }, matchExpressions: [{ key: "tier", operator: "Exists" }] } },
    ["team", "tier"],
  ],
  [
    "an override's",
    { selector: { services: ["*"] }, overrides: [{ selector: { tags: { team: "x" } }, alarms: [] }] },
    ["team"],
  ],
  [
    "templates",
    {
      selector: { services: ["*"] },
      sidecars: [
        {
          container: {
            environment: [
              { name: "A", value: `\${service.name}-\${service.tags.a}-\${service.tags["b.c"]:-none}` },
              { name: "B", value: `$\${service.tags.d}` },
            ],
          },
        },
      ],
    },
    ["a", "b.c"],
  ],
])("%s", (_, spec, keys) => {
  expect([...findTagKeys(spec)].sort()).toEqual(keys);
});
