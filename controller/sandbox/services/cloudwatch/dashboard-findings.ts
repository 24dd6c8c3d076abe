// Collects what is wrong in a dashboard's body. Unlike the checks of an operation's input these don't
// throw: PutDashboard tells everything at once.
import type { DashboardFinding, DashboardFindings } from "./dashboard-body.ts";

type Structure = Readonly<Record<string, unknown>>;

export class Findings implements DashboardFindings {
  readonly errors: DashboardFinding[] = [];
  readonly warnings: DashboardFinding[] = [];

  refuse(dataPath: string, message: string): void {
    this.errors.push({ dataPath, message });
  }

  structure(value: unknown, path: string): Record<string, unknown> | undefined {
    if (typeof value === "object" && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>;
    this.refuse(path, "Should be object");
    return undefined;
  }

  required(of: Structure, path: string, name: string): boolean {
    if (of[name] !== undefined) return true;
    this.refuse(path, `Should have required property '${name}'`);
    return false;
  }

  text(
    of: Structure,
    path: string,
    name: string,
    { oneOf, pattern }: { oneOf?: readonly string[]; pattern?: RegExp } = {},
  ): string | undefined {
    const value = of[name];
    if (value === undefined) return undefined;
    const at = `${path}/${name}`;
    if (typeof value !== "string") this.refuse(at, "Should be string");
    else if (oneOf !== undefined && !oneOf.includes(value))
      this.refuse(at, "Should be equal to one of the allowed values");
    else if (pattern !== undefined && !pattern.test(value))
      this.refuse(at, `Should match pattern "${pattern.source}"`);
    else return value;
    return undefined;
  }

  integer(
    of: Structure,
    path: string,
    name: string,
    { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = {},
  ): number | undefined {
    const value = of[name];
    if (value === undefined) return undefined;
    const at = `${path}/${name}`;
    if (typeof value !== "number" || !Number.isInteger(value)) this.refuse(at, "Should be integer");
    else if (value < min) this.refuse(at, `Should be >= ${min}`);
    else if (value > max) this.refuse(at, `Should be <= ${max}`);
    else return value;
    return undefined;
  }

  ofType(of: Structure, path: string, name: string, type: "boolean" | "number"): void {
    if (of[name] !== undefined && typeof of[name] !== type)
      this.refuse(`${path}/${name}`, `Should be ${type}`);
  }

  list(
    of: Structure,
    path: string,
    name: string,
    { min = 0, max = Number.POSITIVE_INFINITY } = {},
  ): unknown[] | undefined {
    const value = of[name];
    if (value === undefined) return undefined;
    const at = `${path}/${name}`;
    if (!Array.isArray(value)) this.refuse(at, "Should be array");
    else if (value.length < min) this.refuse(at, `Should NOT have fewer than ${min} items`);
    else if (value.length > max) this.refuse(at, `Should NOT have more than ${max} items`);
    else return value;
    return undefined;
  }

  alarmArns(of: Structure, path: string, name: string, max: number): string[] | undefined {
    const list = this.list(of, path, name, { max });
    for (const [index, arn] of (list ?? []).entries())
      if (!/^arn:aws[a-z-]*:cloudwatch:[a-z0-9-]+:\d{12}:alarm:.+$/.test(String(arn)))
        this.refuse(`${path}/${name}/${index}`, "Should be an alarm ARN");
    return list?.map(String);
  }

  /** AWS draws what it knows and says what it doesn't. */
  warnOfOthers(of: Structure, path: string, known: readonly string[]): void {
    for (const name of Object.keys(of))
      if (!known.includes(name))
        this.warnings.push({ dataPath: path, message: `Should NOT have additional properties: '${name}'` });
  }
}
