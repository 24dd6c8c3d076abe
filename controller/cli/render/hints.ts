// How to go on after a failure, by its code, where the message alone does not say it.

const hints: Readonly<Record<string, string>> = {
  AccessDenied: "allow this call to the role or user that ecsmon runs as",
  Credentials: "give AWS credentials as the AWS CLI takes them: AWS_PROFILE, AWS_ACCESS_KEY_ID …, or a role",
  Throttled: "run it again in a minute; a narrower --cluster or --service makes fewer calls",
  Unreachable: "check the network, and AWS_ENDPOINT_URL if it is set",
};

export function hintFor(code: string): string | undefined {
  return hints[code];
}
