// Topics of another Region: known not to be for these alarms, and not asked for, where an answer would tell of nothing. Of
// another account: not said to be missing. And who has subscribed, where SNS's own count says nobody.
import { GetTopicAttributesCommand } from "@aws-sdk/client-sns";
import { describe, expect, it } from "vitest";
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

it("of another account, one that is not shown is unknown, and not missing", async () => {
  const { aws } = fake();
  const others = here.replace("123456789012", "999999999999");
  expect((await readTopics(aws, [others], publisher)).get(others)).toMatchObject({
    known: false,
    failure: { code: "OtherAccount", message: expect.stringContaining(others) },
  });
});

describe("subscriptions", () => {
  const confirmed = { SubscriptionArn: `${here}:1` };
  const pending = { SubscriptionArn: "PendingConfirmation" };
  async function count(shown: string, pages: readonly (readonly object[])[] | Error) {
    const lists: unknown[] = [];
    const send = (command: { readonly input: { readonly NextToken?: string } }) => {
      if (command instanceof GetTopicAttributesCommand)
        return Promise.resolve({ Attributes: { SubscriptionsConfirmed: shown } });
      lists.push(command.input);
      if (pages instanceof Error) return Promise.reject(pages);
      const page = Number(command.input.NextToken ?? 0);
      const more = page + 1 < pages.length ? { NextToken: `${page + 1}` } : {};
      return Promise.resolve({ Subscriptions: pages[page], ...more });
    };
    const aws = { sns: () => Promise.resolve({ send }) } as unknown as AwsClients;
    const topic = (await readTopics(aws, [here], publisher)).get(here);
    return { is: topic?.known && topic.value.confirmedSubscriptions, lists: lists.length };
  }

  it("are counted by SNS, where it has any", async () => {
    expect(await count("2", [])).toEqual({ is: { known: true, value: 2 }, lists: 0 });
  });

  it("are listed where it has none, on all pages", async () => {
    expect(await count("0", [[]])).toEqual({ is: { known: true, value: 0 }, lists: 1 });
    expect(await count("0", [[pending], [pending, confirmed]])).toEqual({
      is: { known: true, value: 1 },
      lists: 2,
    });
  });

  it("are unknown where they may not be listed", async () => {
    const denied = Object.assign(new Error("no"), { name: "AuthorizationErrorException" });
    expect((await count("0", denied)).is).toMatchObject({
      known: false,
      failure: { message: expect.stringContaining("sns:ListSubscriptionsByTopic") },
    });
  });
});
