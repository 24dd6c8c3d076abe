// What is said of an account and Region in which there is no service: most often another one was meant.
import type { AuditReport } from "../../model/audit.ts";

/** Names of clusters that are told; more are counted. */
const mostNames = 5;

/** Lines: what was looked at, and what to check. Empty where there are services, or where it is not known whether there are. */
export function describeEmpty({ metadata, clusters, services, unread }: AuditReport): readonly string[] {
  if (services.length > 0 || unread.length > 0) return [];
  const { account, region } = metadata;
  const where = `${account === "" ? "the account" : `account ${account}`}, ${region}`;
  const names = clusters.slice(0, mostNames).map(({ name }) => name);
  const more = clusters.length > names.length ? ` and ${clusters.length - names.length} more` : "";
  const there =
    clusters.length === 0 ? "no cluster was found either" : `clusters there: ${names.join(", ")}${more}`;
  return [
    `no ECS service was found in ${where}; ${there}`,
    "check the Region (--region, AWS_REGION), the account of the credentials (AWS_PROFILE), and the globs of --cluster and --service if there are any",
  ];
}
