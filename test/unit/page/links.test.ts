// Links lead to the console of the Region's own partition, and back to the page, whatever the names hold.
import { expect, it } from "vitest";
import {
  alarmInConsole,
  dashboardInConsole,
  logGroupInConsole,
  serviceInConsole,
} from "../../../controller/page/console-links.ts";
import { linkTo, readJournalQuery, readServicesQuery, serviceLink } from "../../../controller/page/query.ts";

it.each([
  ["eu-central-1", "https://eu-central-1.console.aws.amazon.com/"],
  ["cn-north-1", "https://cn-north-1.console.amazonaws.cn/"],
  ["us-gov-west-1", "https://us-gov-west-1.console.amazonaws-us-gov.com/"],
  ["eusc-de-east-1", "https://eusc-de-east-1.console.amazonaws-eusc.eu/"],
  ["evil.example/", "https://console.aws.amazon.com/"],
])("in %s it is %s", (region, start) => {
  for (const link of [
    serviceInConsole({ region, cluster: "a", service: "b" }),
    alarmInConsole(region, "a"),
    logGroupInConsole(region, "a"),
    dashboardInConsole(region, "a"),
  ])
    expect(new URL(link ?? "").origin).toBe(new URL(start).origin);
});

it("leads nowhere in a partition whose console nobody is told of", () => {
  expect(alarmInConsole("us-iso-east-1", "a")).toBeUndefined();
  expect(serviceInConsole({ region: "eu-isoe-west-1", cluster: "a", service: "b" })).toBeUndefined();
});

it("writes names as the consoles do", () => {
  expect(alarmInConsole("eu-west-1", "ecsmon/prod/web/cpu high")).toMatch(
    /#alarmsV2:alarm\/ecsmon%2Fprod%2Fweb%2Fcpu%20high$/,
  );
  expect(logGroupInConsole("eu-west-1", "/ecs/web")).toMatch(
    /#logsV2:log-groups\/log-group\/\$252Fecs\$252Fweb$/,
  );
});

it("keeps what was asked for, and leaves out what is not understood", () => {
  const query = readServicesQuery(new URLSearchParams("search=a%20b&state=blocked&from=-3&other=1&cluster="));
  expect(query).toMatchObject({ search: "a b", state: "blocked", from: 0, sort: "state" });
  expect(linkTo("/", query.texts, { from: "100", state: "" })).toBe("/?search=a+b&from=100");
  expect(readServicesQuery(new URLSearchParams(`search=${"x".repeat(301)}`)).search).toBe("");
  expect(readJournalQuery(new URLSearchParams("until=2026-11-22T03:00:00Z")).until).toBe(
    "2026-11-22T03:00:00.000Z",
  );
  expect(readJournalQuery(new URLSearchParams("until=yesterday"))).not.toHaveProperty("until");
  expect(serviceLink({ target: "t", cluster: "a/b", service: "<\ud800>" })).toBe(
    "/services/t/a%2Fb/%3C%EF%BF%BD%3E",
  );
});
