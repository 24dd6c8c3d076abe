// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policies hold templates
// Templates in Mackerel's monitors: what is the same for every service, and what a tag may not choose.
import { describe, expect, it } from "vitest";
import { parsePolicies } from "../../../controller/api/parse.ts";

function find(monitor: string, selector = 'services: ["*"]'): string[] {
  const text = `apiVersion: ecsmon.dev/v1alpha1
kind: MonitoringPolicy
metadata: { name: a }
spec:
  selector: { ${selector} }
  mackerel: { monitors: [{ type: external, ${monitor} }] }
`;
  return parsePolicies([{ file: "a.yaml", text }])
    .diagnostics.filter(({ code }) => code === "SameForEveryService" || code === "UnsafeTemplate")
    .map(({ severity, code, path }) => `${severity} ${code} ${path}`);
}

/** Of two policies: what is found in the second, of whatever code. */
function findInSecond(...monitors: readonly [string, string]): string[] {
  const files = monitors.map((monitor, i) => ({
    file: `${i}.yaml`,
    text: `apiVersion: ecsmon.dev/v1alpha1
kind: MonitoringPolicy
metadata: { name: p${i} }
spec:
  selector: { services: ["*"] }
  mackerel: { monitors: [{ ${monitor} }] }
`,
  }));
  return parsePolicies(files)
    .diagnostics.filter(({ file }) => file === "1.yaml")
    .map(({ severity, code, path }) => `${severity} ${code} ${path}`);
}

describe("a part of a monitor", () => {
  const whole = "type: external, name: site, url: 'https://${service.name}.e.jp/'";

  it("is judged by the type that another policy gives", () => {
    expect(findInSecond(whole, "name: site, responseTimeCritical: 100")).toEqual([]);
    expect(findInSecond(whole, "name: site, responseTimeCritica: 100")).toEqual([
      "error UnknownField spec.mackerel.monitors[0].responseTimeCritica",
    ]);
    expect(findInSecond("type: connectivity, name: other", "name: site, memo: x")).toContain(
      "error Incomplete spec.mackerel.monitors[0]",
    );
  });

  it("may not let a tag choose where the headers of another go", () => {
    const headers = "type: external, name: site, headers: [{ name: Authorization, value: x }]";
    expect(findInSecond(headers, "name: site, url: 'https://${service.tags.host}/'")).toEqual([
      "error UnsafeTemplate spec.mackerel.monitors[0].url",
    ]);
  });
});

describe("a monitor in which nothing comes from the service", () => {
  const warning = ["warning SameForEveryService spec.mackerel.monitors[0]"];

  it.each([
    ["name: site, url: https://e.jp/"],
    ["name: site, url: https://e.jp/, memo: 'for ${service.name}'"],
    ["name: 'a $${literal}', url: https://e.jp/"],
  ])("is warned of: %s", (monitor) => {
    expect(find(monitor)).toEqual(warning);
    expect(find(monitor, "clusters: [prod], tags: { a: b }")).toEqual(warning);
    expect(find(monitor, 'services: [web, "!api"]')).toEqual(warning);
  });

  it.each([
    ["name: 'site of ${service.name}', url: https://e.jp/"],
    ["name: site, url: https://e.jp/, headers: [{ name: Host, value: '${service.name}' }]"],
  ])("is not what this is: %s", (monitor) => {
    expect(find(monitor)).toEqual([]);
  });

  it("is meant where a single service is selected", () => {
    expect(find("name: site, url: https://e.jp/", "services: [web]")).toEqual([]);
  });
});

describe("a tag in the host", () => {
  const secret = "headers: [{ name: Authorization, value: x }]";
  const error = ["error UnsafeTemplate spec.mackerel.monitors[0].url"];

  it.each([
    ["https://${service.tags.host}/"],
    ["https://e.jp${service.tags.rest}"],
    ["https://${service.name}.${service.tags.domain:-e.jp}/"],
    ["${service.tags.url}"],
  ])("is refused where something secret is sent: %s", (url) => {
    expect(find(`name: x, url: "${url}", ${secret}`)).toEqual(error);
    expect(find(`name: x, url: "${url}", requestBody: y`)).toEqual(error);
    expect(find(`name: x, url: "${url}"`)).toEqual([]);
  });

  it.each([["https://e.jp/${service.tags.path}"], ["https://${service.name}.e.jp/"]])("is not: %s", (url) => {
    expect(find(`name: x, url: "${url}", ${secret}`)).toEqual([]);
  });
});
