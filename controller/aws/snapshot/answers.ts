// How a snapshot answers what a plan asks: a table of every read there is, in the words of the SDK. Lists come in one
// page. What the snapshot does not have is an error, never an empty answer.
import type { SnapshotFacts } from "../../model/snapshot.ts";
import { serviceAnswers } from "./service-answers.ts";
import { signalAnswers } from "./signal-answers.ts";
import { surroundingAnswers } from "./surrounding-answers.ts";

/** The input as the code sends it, unchecked. */
// biome-ignore lint/suspicious/noExplicitAny: each operation has an input of its own, which the SDK has typed before
export type Input = any;

export type Answer = (input: Input, facts: SnapshotFacts) => object;

/** By the SDK's client and its command: `ECS.DescribeServices`. */
export type Answers = Readonly<Record<string, Answer>>;

export const answers: Answers = { ...serviceAnswers, ...signalAnswers, ...surroundingAnswers };
