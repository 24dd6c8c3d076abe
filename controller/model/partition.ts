// The parts of AWS that know nothing of each other, by the names of their Regions; and where people look at each.

interface Partition {
  readonly name: string;
  /** How its Regions begin. */
  readonly regions: string;
  /** Left out: nobody outside is told where it is. */
  readonly console?: string;
}

/** The last is that of all other Regions. */
const partitions: readonly Partition[] = [
  { name: "aws-cn", regions: "cn-", console: "console.amazonaws.cn" },
  { name: "aws-us-gov", regions: "us-gov-", console: "console.amazonaws-us-gov.com" },
  { name: "aws-eusc", regions: "eusc-", console: "console.amazonaws-eusc.eu" },
  { name: "aws-iso", regions: "us-iso-" },
  { name: "aws-iso-b", regions: "us-isob-" },
  { name: "aws-iso-e", regions: "eu-isoe-" },
  { name: "aws-iso-f", regions: "us-isof-" },
  { name: "aws", regions: "", console: "console.aws.amazon.com" },
];

/** `aws`, `aws-cn` …, as ARNs have it. */
export function partitionOf(region: string): string {
  return partitions.find(({ regions }) => region.startsWith(regions))?.name ?? "aws";
}

/** Of the console; that of a Region is below it: `REGION.HOST`. */
export function consoleHost(partition: string): string | undefined {
  return partitions.find(({ name }) => name === partition)?.console;
}
