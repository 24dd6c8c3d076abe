// Dashboards: kept as the text they were put as, after a look at what is in it. They belong to the
// account and not to a Region, so one store serves all Regions of an account.
import { checkTags, compareText, present, tagMap } from "../../checks.ts";
import { takePage } from "../../paging.ts";
import { AwsError, type Input, type Operation, type OperationContext } from "../../service.ts";
import { type DashboardFinding, inspectDashboard } from "./dashboard-body.ts";
import { metricChecks as checks, invalidNextToken } from "./errors.ts";

export interface StoredDashboard {
  readonly name: string;
  readonly arn: string;
  body: string;
  modifiedAt: number;
  tags: Record<string, string>;
}

const NAME = /^[A-Za-z0-9_-]{1,255}$/;
const PREFIX = { max: 255, pattern: /^[A-Za-z0-9._-]*$/ };
const PAGE = 1000;

export class DashboardStore {
  readonly #dashboards = new Map<string, StoredDashboard>();

  get(name: string): StoredDashboard | undefined {
    return this.#dashboards.get(name);
  }

  getByArn(arn: string): StoredDashboard | undefined {
    return this.all().find((dashboard) => dashboard.arn === arn);
  }

  /** By name. */
  all(): StoredDashboard[] {
    return [...this.#dashboards.values()].sort((a, b) => compareText(a.name, b.name));
  }

  put(name: string, body: string, tags: Record<string, string>, { now, account }: OperationContext): void {
    const existing = this.#dashboards.get(name);
    if (existing === undefined) {
      const arn = `arn:aws:cloudwatch::${account}:dashboard/${name}`;
      this.#dashboards.set(name, { name, arn, body, modifiedAt: now(), tags });
    } else {
      // As with alarms, tags of an update are ignored.
      existing.body = body;
      existing.modifiedAt = now();
    }
  }

  delete(name: string): void {
    this.#dashboards.delete(name);
  }
}

export function createDashboardOperations(store: DashboardStore): Record<string, Operation> {
  return {
    PutDashboard(input, context) {
      const name = readName(input);
      const body = checks.text(input, "DashboardBody");
      if (body === undefined || body === "") throw invalidInput("The DashboardBody parameter is required.");
      const tags = tagMap(checks, input, "Tags") ?? {};
      checkTags(checks, tags);
      const { errors, warnings } = inspectDashboard(body);
      if (errors.length > 0)
        throw invalidInput(
          `The dashboard body is invalid, there are ${errors.length} validation errors: ${JSON.stringify(errors)}`,
          [...errors, ...warnings],
        );
      store.put(name, body, tags, context);
      return { DashboardValidationMessages: shownFindings(warnings) };
    },

    GetDashboard(input) {
      const name = readName(input);
      const dashboard = store.get(name);
      if (dashboard === undefined) throw notFound([name]);
      return { DashboardArn: dashboard.arn, DashboardBody: dashboard.body, DashboardName: name };
    },

    /** AWS has no parameter for the size of a page; `MaxResults` is the sandbox's own, for its option `pageSizes`. */
    ListDashboards(input) {
      const prefix = checks.text(input, "DashboardNamePrefix", PREFIX) ?? "";
      const page = takePage(
        store.all().filter((dashboard) => dashboard.name.startsWith(prefix)),
        (dashboard) => dashboard.name,
        {
          limit: checks.integer(input, "MaxResults", { min: 1, max: PAGE }) ?? PAGE,
          token: input.NextToken,
          scope: ["ListDashboards", prefix],
          invalidToken: invalidNextToken,
        },
      );
      return {
        DashboardEntries: page.items.map(({ name, arn, body, modifiedAt }) => ({
          DashboardName: name,
          DashboardArn: arn,
          LastModified: new Date(modifiedAt),
          Size: Buffer.byteLength(body),
        })),
        ...present({ NextToken: page.nextToken }),
      };
    },

    /** All or none: one unknown name and nothing is deleted. */
    DeleteDashboards(input) {
      const names = checks.texts(input, "DashboardNames") ?? [];
      if (names.length === 0) throw checks.fail("The parameter DashboardNames is required.");
      const missing = names.filter((name) => store.get(name) === undefined);
      if (missing.length > 0) throw notFound(missing);
      for (const name of names) store.delete(name);
      return {};
    },
  };
}

function readName(input: Input): string {
  const name = checks.text(input, "DashboardName") ?? "";
  if (!NAME.test(name))
    throw invalidInput(
      "The value for field DashboardName contains invalid characters or is too long. " +
        "It can only contain alphanumerics, dash (-) and underscore (_), 255 at most.",
    );
  return name;
}

function shownFindings(findings: readonly DashboardFinding[]): Record<string, string>[] {
  return findings.map(({ dataPath, message }) => ({ DataPath: dataPath, Message: message }));
}

function invalidInput(message: string, findings: readonly DashboardFinding[] = []): AwsError {
  return new AwsError("DashboardInvalidInputError", message, {
    queryCode: "InvalidParameterInput",
    members: { dashboardValidationMessages: shownFindings(findings) },
  });
}

function notFound(names: readonly string[]): AwsError {
  const message =
    names.length === 1
      ? `Dashboard ${names[0]} does not exist`
      : `Dashboards ${names.join(", ")} do not exist`;
  return new AwsError("DashboardNotFoundError", message, { status: 404, queryCode: "ResourceNotFound" });
}
