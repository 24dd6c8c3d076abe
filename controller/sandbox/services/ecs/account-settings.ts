// Account settings: the few a monitoring tool reads.
import type { Input, Operation, OperationContext } from "../../service.ts";
import { pageOf } from "./paging.ts";
import { clientError, type EcsStore, invalid } from "./store.ts";

export function accountOperations(store: EcsStore): Record<string, Operation> {
  const standard: Record<string, string> = {
    serviceLongArnFormat: "enabled",
    taskLongArnFormat: "enabled",
    containerInstanceLongArnFormat: "enabled",
    awsvpcTrunking: "disabled",
    containerInsights: "disabled",
    fargateFIPSMode: "disabled",
    tagResourceAuthorization: "on",
    fargateTaskRetirementWaitPeriod: "7",
    guardDutyActivate: "off",
    defaultLogDriverMode: "non-blocking",
    fargateEventWindows: "disabled",
  };
  const principal = (context: OperationContext, input: Input): string =>
    input.principalArn ?? `arn:aws:iam::${context.account}:root`;

  const put: Operation = (input, context) => {
    const { name, value } = input;
    if (typeof name !== "string" || !(name in standard)) throw invalid(`Invalid setting name '${name}'.`);
    if (typeof value !== "string") throw invalid("The setting's value is missing.");
    if (name === "guardDutyActivate") throw clientError("guardDutyActivate is read-only.");
    store.settings.set(name, value);
    return { setting: { name, value, principalArn: principal(context, input), type: "user" } };
  };

  return {
    PutAccountSetting: put,
    PutAccountSettingDefault: put,
    ListAccountSettings(input, context) {
      const names = Object.keys(standard).filter(
        (name) =>
          (input.name === undefined || input.name === name) &&
          (input.effectiveSettings === true || store.settings.has(name)),
      );
      const settings = names.map((name) => ({
        name,
        value: store.settings.get(name) ?? standard[name],
        principalArn: principal(context, input),
        type: name === "guardDutyActivate" ? "aws_managed" : "user",
      }));
      const page = pageOf(settings, (setting) => setting.name, input, {
        scope: "settings",
        standard: 10,
        maximum: 10,
      });
      return { settings: page.items, nextToken: page.nextToken };
    },
  };
}
