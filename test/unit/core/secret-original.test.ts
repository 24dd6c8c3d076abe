// What may hold a secret is not replaced, since it would have to be kept in a record; what a record holds already stays.
import { describe, expect, it } from "vitest";
import { layTaskDefinition } from "../../../controller/core/inject.ts";
import { hasLayer, injectLayer } from "../../../controller/core/layer.ts";
import { type JsonObject, stableStringify } from "../../../controller/model/json.ts";
import { appContainer, containerNamed, definition, owner, select } from "./builders.ts";

const secret = "hunter2";
const log = (logDriver: string, options: JsonObject): JsonObject => ({
  logConfiguration: { logDriver, options },
});
const check = (...command: string[]): JsonObject => ({ healthCheck: { command } });

function reasonOf(body: string, input: JsonObject): string | undefined {
  const laid = layTaskDefinition(select(body, { input }), input, owner);
  return laid.ok ? undefined : `${laid.reason.code}: ${laid.reason.message}`;
}

const awslogs = "logging: { group: /g, replaceDriver: true }";
const health = 'healthCheck: { command: [CMD, "true"] }';
const toHttp = "logging: { driver: awsfirelens, options: { Name: http, URI: /other, apikey: ours } }";

describe("what may hold a secret", () => {
  it.each([
    [awslogs, log("splunk", { "splunk-token": secret }), "log option splunk-token"],
    [awslogs, log("awsfirelens", { Name: "datadog", apikey: secret }), "log option apikey"],
    [awslogs, log("awsfirelens", { Name: "http", HTTP_Passwd: secret }), "log option HTTP_Passwd"],
    [awslogs, log("awsfirelens", { Name: "http", Header: `X ${secret}` }), "log option Header"],
    [awslogs, log("awsfirelens", { Name: "es", Cloud_Auth: `elastic:${secret}` }), "log option Cloud_Auth"],
    [awslogs, log("awsfirelens", { Name: "azure", sas_token: secret }), "log option sas_token"],
    [awslogs, log("splunk", { "splunk-url": `https://me:${secret}@h/x` }), "log option splunk-url"],
    [awslogs, log("awsfirelens", { Name: "http", URI: `/in?token=${secret}` }), "log option URI"],
    [awslogs, log("awsfirelens", { Name: "http", extra: `Bearer ${secret}` }), "log option extra"],
    [toHttp, log("awsfirelens", { Name: "http", URI: `/in?token=${secret}` }), "log option URI"],
    [toHttp, log("awsfirelens", { Name: "http", apikey: secret }), "log option apikey"],
    [health, check("CMD-SHELL", `curl -H 'X-Key: ${secret}' http://h/ || exit 1`), "the health check"],
    [health, check("CMD", "curl", "-u", `me:${secret}`, "http://h/"), "the health check"],
  ])("is not replaced: %s over %j", (body, container, place) => {
    const reason = reasonOf(body, definition([appContainer(container)]));
    expect(reason).toMatch(`SecretInOriginal: ${place} of container app may hold a secret`);
    expect(reason).not.toContain(secret);
  });

  it.each([
    [awslogs, log("splunk", { "splunk-url": "https://h/x?index=a" })],
    [awslogs, log("awsfirelens", { Name: "http", URI: "/in", log_key: "log" })],
    [health, check("CMD-SHELL", 'curl -fsS -H "Host: x" -H "Authorization: Bearer $TOKEN" http://h:80/key')],
    [health, check("CMD-SHELL", "mysqladmin ping -h localhost -u root -p$MYSQL_ROOT_PASSWORD")],
  ])("is told from what holds none: %s over %j", (body, container) => {
    expect(reasonOf(body, definition([appContainer(container)]))).toBeUndefined();
  });

  it("stays in a record that has it: the layer is not given up for it, and may change", () => {
    const theirs = definition([appContainer(check("CMD-SHELL", `curl -H 'X-Key: ${secret}' http://h/`))]);
    const patch = { container: "app", path: ["healthCheck"], value: { command: ["CMD", "true"] } };
    const standing = injectLayer(theirs, owner, { sidecars: [], patches: [patch] });
    expect(reasonOf(health, standing)).toBeUndefined();
    expect(reasonOf(`healthCheck: { command: [CMD, "false"] }`, standing)).toBeUndefined();
    expect(stableStringify(containerNamed(standing, "app"))).toContain(secret);
    expect(hasLayer(standing, owner)).toBe(true);
    // Written over by hand, it is another original.
    const edited = JSON.parse(
      JSON.stringify(standing).replace(
        '"command":["CMD","true"]',
        `"command":["CMD","x","--token","${secret}"]`,
      ),
    ) as JsonObject;
    expect(reasonOf(health, edited)).toMatch("SecretInOriginal: the health check of container app");
  });
});
