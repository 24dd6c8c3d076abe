// Amazon SNS as the sandbox plays it, through the real SDK.
import {
  ConfirmSubscriptionCommand,
  CreateTopicCommand,
  type CreateTopicCommandInput,
  DeleteTopicCommand,
  GetSubscriptionAttributesCommand,
  GetTopicAttributesCommand,
  ListSubscriptionsByTopicCommand,
  ListTagsForResourceCommand,
  ListTopicsCommand,
  SetTopicAttributesCommand,
  SNSClient,
  SubscribeCommand,
  TagResourceCommand,
  UnsubscribeCommand,
  UntagResourceCommand,
} from "@aws-sdk/client-sns";
import fc from "fast-check";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { AwsError } from "../../controller/sandbox/service.ts";
import { createSns } from "../../controller/sandbox/services/sns.ts";
import { type Harness, start } from "./harness.ts";

const TopicArn = "arn:aws:sns:us-east-1:123456789012:pager";

let sandbox: Harness;
let sns: SNSClient;
beforeEach(async () => {
  sandbox = await start();
  sns = new SNSClient(sandbox.settings);
  onTestFinished(() => sns.destroy());
  await create();
});

const create = (input: Partial<CreateTopicCommandInput> = {}) =>
  sns.send(new CreateTopicCommand({ Name: "pager", ...input }));
const attributes = async () => (await sns.send(new GetTopicAttributesCommand({ TopicArn }))).Attributes ?? {};
const subscribe = (Protocol: string, Endpoint: string, ReturnSubscriptionArn = false) =>
  sns.send(new SubscribeCommand({ TopicArn, Protocol, Endpoint, ReturnSubscriptionArn }));
const subscriptions = async () =>
  (await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn }))).Subscriptions ?? [];
const refused = (call: Promise<unknown>, name: string, message = "") =>
  expect(call).rejects.toMatchObject({ name, message: expect.stringContaining(message) });

describe("topics", () => {
  it("let everyone of their own account in, and have nobody who listens", async () => {
    const found = await attributes();
    expect(found).toMatchObject({
      TopicArn,
      Owner: "123456789012",
      SubscriptionsConfirmed: "0",
      SubscriptionsPending: "0",
    });
    expect(JSON.parse(found["Policy"] ?? "")).toMatchObject({
      Statement: [
        { Principal: { AWS: "*" }, Condition: { StringEquals: { "AWS:SourceOwner": "123456789012" } } },
      ],
    });
  });

  it("are the same one when made again, and refused where they were to be another", async () => {
    expect((await create()).TopicArn).toBe(TopicArn);
    await refused(create({ Attributes: { DisplayName: "x" } }), "InvalidParameterException", "different");
    await refused(create({ Tags: [{ Key: "a", Value: "b" }] }), "InvalidParameterException", "tags");
    await refused(create({ Name: "no spaces" }), "InvalidParameterException", "Topic Name");
    await refused(create({ Name: "x.fifo" }), "InvalidParameterException", "FIFO");
  });

  it("take a policy of one's own, and the first one again where it is emptied", async () => {
    const before = await attributes();
    const put = (AttributeValue: string) =>
      sns.send(new SetTopicAttributesCommand({ TopicArn, AttributeName: "Policy", AttributeValue }));
    const policy = '{"Statement":[{"Effect":"Allow","Principal":"<&>"}]}';
    await put(policy);
    expect((await attributes())["Policy"]).toBe(policy);
    await refused(put("{"), "InvalidParameterException", "JSON");
    await put("");
    expect(await attributes()).toEqual(before);
    const wrong = new SetTopicAttributesCommand({ TopicArn, AttributeName: "Owner", AttributeValue: "x" });
    await refused(sns.send(wrong), "InvalidParameterException", "AttributeName");
  });

  it("are listed, tagged and deleted", async () => {
    await create({ Name: "chat" });
    const { Topics } = await sns.send(new ListTopicsCommand({}));
    expect(Topics?.map((topic) => topic.TopicArn?.split(":").at(-1))).toEqual(["chat", "pager"]);
    const ResourceArn = TopicArn;
    await sns.send(new TagResourceCommand({ ResourceArn, Tags: [{ Key: "team", Value: "a" }] }));
    const tags = () => sns.send(new ListTagsForResourceCommand({ ResourceArn }));
    expect((await tags()).Tags).toEqual([{ Key: "team", Value: "a" }]);
    await sns.send(new UntagResourceCommand({ ResourceArn, TagKeys: ["team"] }));
    expect((await tags()).Tags).toEqual([]);
    await sns.send(new DeleteTopicCommand({ TopicArn }));
    await sns.send(new DeleteTopicCommand({ TopicArn }));
    await refused(attributes(), "NotFoundException", "Topic does not exist");
    await refused(tags(), "ResourceNotFoundException");
  });

  it("come in pages", async () => {
    for (let i = 0; i < 120; i += 1) sandbox.control.call("sns", "CreateTopic", { Name: `t${i}` });
    const first = await sns.send(new ListTopicsCommand({}));
    const second = await sns.send(new ListTopicsCommand({ NextToken: first.NextToken }));
    expect([first.Topics?.length, second.Topics?.length, second.NextToken]).toEqual([100, 21, undefined]);
    await refused(sns.send(new ListTopicsCommand({ NextToken: "x" })), "InvalidParameterException");
  });
});

describe("subscriptions", () => {
  it("of machines hold at once", async () => {
    const { SubscriptionArn } = await subscribe("sqs", "arn:aws:sqs:us-east-1:123456789012:events");
    expect(SubscriptionArn).toMatch(`${TopicArn}:`);
    expect(await attributes()).toMatchObject({ SubscriptionsConfirmed: "1", SubscriptionsPending: "0" });
    await sns.send(new UnsubscribeCommand({ SubscriptionArn }));
    expect(await attributes()).toMatchObject({ SubscriptionsConfirmed: "0", SubscriptionsDeleted: "1" });
  });

  it("of people wait until they answer", async () => {
    expect((await subscribe("email", "a@example.com")).SubscriptionArn).toBe("pending confirmation");
    expect(await attributes()).toMatchObject({ SubscriptionsConfirmed: "0", SubscriptionsPending: "1" });
    expect(await subscriptions()).toMatchObject([
      { SubscriptionArn: "PendingConfirmation", Protocol: "email" },
    ]);
    const { SubscriptionArn } = await subscribe("email", "a@example.com", true);
    await refused(
      sns.send(new UnsubscribeCommand({ SubscriptionArn })),
      "InvalidParameterException",
      "pending",
    );
    const state = JSON.stringify(sandbox.control.state());
    const Token = /"token":"(\w+)"/.exec(state)?.[1];
    await refused(
      sns.send(new ConfirmSubscriptionCommand({ TopicArn, Token: "x" })),
      "InvalidParameterException",
      "Token",
    );
    await sns.send(new ConfirmSubscriptionCommand({ TopicArn, Token }));
    expect(await subscriptions()).toMatchObject([{ SubscriptionArn }]);
    const found = await sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn }));
    expect(found.Attributes).toMatchObject({ TopicArn, PendingConfirmation: "false" });
  });

  it("need an endpoint of their protocol", async () => {
    await refused(subscribe("email", "nobody"), "InvalidParameterException", "endpoint");
    await refused(subscribe("pigeon", "home"), "InvalidParameterException", "protocol");
  });
});

it("whatever comes in, a call is done or refused, and never breaks", () => {
  const context = { now: () => 0, account: "123456789012", region: "us-east-1" };
  const { operations } = createSns();
  operations["CreateTopic"]?.({ Name: "pager" }, context);
  const field = fc.constantFrom(
    ...["Name", "TopicArn", "Attributes", "Tags", "TagKeys", "AttributeName", "AttributeValue"],
    ...["Protocol", "Endpoint", "Token", "SubscriptionArn", "ResourceArn", "NextToken"],
  );
  const value = fc.oneof(fc.constantFrom("pager", TopicArn, "Policy", null, {}), fc.jsonValue());
  fc.assert(
    fc.property(
      fc.constantFrom(...Object.keys(operations)),
      fc.dictionary(field, value),
      (operation, input) => {
        try {
          operations[operation]?.(input, context);
        } catch (error) {
          expect(error).toBeInstanceOf(AwsError);
        }
      },
    ),
  );
});
