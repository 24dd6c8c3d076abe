// What an SNS topic that alarms and rules tell is found to be.
import type { Read } from "./read.ts";

export interface Topic {
  readonly exists: boolean;
  /**
   * Of another Region than the alarms, and not asked for: CloudWatch takes no alarm that tells one. Its answer, as users
   * have met it, is "Invalid region ca-central-1 specified. Only us-west-2 is supported."
   */
  readonly isElsewhere: boolean;
  /** `undefined`: its policy does not say it for certain, or is not shown. */
  readonly allowsCloudWatch: boolean | undefined;
  /** For rules; the same. */
  readonly allowsEventBridge: boolean | undefined;
  readonly confirmedSubscriptions: Read<number>;
  /**
   * Encrypted with the key `alias/aws/sns`, which alarms and rules may not use and whose policy nobody can change (AWS
   * re:Post knowledge center, "cloudwatch-configure-alarm-sns"; EventBridge user guide, "Troubleshooting").
   */
  readonly hasManagedKey: boolean;
}
