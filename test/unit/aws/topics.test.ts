// Topics of another Region: known not to be for these alarms, and not asked for, where an answer would tell of nothing.
import { expect, it } from "vitest";
import { readToldTopics } from "../../../controller/aws/audit-reads.ts";
import type { AwsClients } from "../../../controller/aws/clients.ts";
import { readTopics } from "../../../controller/aws/topics.ts";

const publisher = { account: "123456789012", region: "us-east-1" };
const here = "arn:aws:sns:us-east-1:123456789012:pager";
const far = "arn:aws:sns:us-west-2:123456789012:pager";

function fake() {
  const asked: string[] = [];
  const send = ({ input }: { readonly input: { readonly TopicArn: string } }) => {
    asked.push(input.TopicArn);
    return Promise.reject(Object.assign(new Error("no such topic"), { name: "NotFoundException" }));
  };
  return { aws: { sns: () => Promise.resolve({ send }) } as unknown as AwsClients, asked };
}

it("a topic of another Region is elsewhere, and not missing", async () => {
  const { aws, asked } = fake();
  const topics = await readTopics(aws, [here, far], publisher);
  expect(topics.get(here)).toMatchObject({ known: true, value: { exists: false, isElsewhere: false } });
  expect(topics.get(far)).toMatchObject({ known: true, value: { isElsewhere: true } });
  expect(asked).toEqual([here]);
});

it("to an audit it is unknown", async () => {
  const { aws } = fake();
  const topics = await readToldTopics(aws, new Set([here, far]), publisher);
  expect(topics.get(here)).toMatchObject({ known: true, value: { exists: false } });
  expect(topics.get(far)).toMatchObject({
    known: false,
    failure: { code: "OtherRegion", message: expect.stringContaining(far) },
  });
});
