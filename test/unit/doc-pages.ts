// The pages of docs/ as tests read them: their fenced blocks, and policy sections wrapped into whole policies.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface Block {
  /** `docs/policy/alarms.md:6`: the first line inside the fence. */
  readonly place: string;
  readonly language: string;
  readonly text: string;
}

/** Paths from the repository's root, in name order. */
export function listPages(folder = "docs"): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".md"))
    .map((file) => join(folder, file))
    .sort();
}

export function readBlocks(page: string): Block[] {
  const text = readFileSync(page, "utf8");
  return [...text.matchAll(/^```([a-z]*)\n(.*?)^```$/gms)].map((match) => ({
    place: `${page}:${text.slice(0, match.index).split("\n").length + 1}`,
    language: match[1] ?? "",
    text: match[2] ?? "",
  }));
}

/**
 * Blocks that a reader pastes into a policy. The pages about the policy hold no other YAML; elsewhere there may be that
 * of other tools.
 */
export function policyBlocks(page: string): Block[] {
  return aboutPolicies.test(page) ? readBlocks(page).filter(({ language }) => language === "yaml") : [];
}

const aboutPolicies = /^docs\/(policy\/.*|policy|presets|alarm-presets|from-vms(\.ja)?)\.md$/;

const severities = `notifications:
  critical: ["arn:aws:sns:\${region}:\${account}:pager"]
  warning: ["arn:aws:sns:\${region}:\${account}:chat"]
`;

/** A section as a whole policy: for all services, with the severities that the pages use, unless it says otherwise. */
export function wrapPolicy({ text }: Pick<Block, "text">): string {
  if (/^apiVersion:/m.test(text)) return text;
  const has = (key: string): boolean => text.startsWith(`${key}:`) || text.includes(`\n${key}:`);
  const spec =
    (has("selector") ? "" : 'selector: { services: ["*"] }\n') +
    (has("notifications") ? "" : severities) +
    text;
  return `apiVersion: ecsmon.dev/v1alpha1
kind: MonitoringPolicy
metadata: { name: page }
spec:
${spec.replaceAll(/^(?=.)/gm, "  ")}`;
}
