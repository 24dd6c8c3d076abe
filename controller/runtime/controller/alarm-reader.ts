// How the alarms of one service stand, for the page of that service. Readers of pages must not become a stream of calls:
// an answer is good for half a minute, and there are only so many calls a minute, whoever asks for what.
import { mostAlarmNames, readAlarmStates } from "../../aws/alarm-states.ts";
import type { AwsClients } from "../../aws/clients.ts";
import type { Clock } from "../../model/clock.ts";
import { type Failure, toFailure } from "../../model/errors.ts";
import type { AlarmStates } from "../../page/service-page.ts";

/**
 * @param of what the names are of, unique: the page's path; and as of what the answer is good: with another one it is
 * asked again
 */
export type AlarmReader = (
  of: { readonly key: string; readonly asOf: string },
  names: readonly string[],
  aws: Pick<AwsClients, "cloudwatch"> | undefined,
) => Promise<AlarmStates | Failure>;

/** Milliseconds that an answer, a failure too, is good for. */
const fresh = 30_000;
const mostRemembered = 200;
/** Calls a minute, of this replica. */
const mostCalls = 30;
const minute = 60_000;
/** Milliseconds that a page waits, and that a call may take. */
const patience = 3_000;
const mostTime = 20_000;

interface Remembered {
  readonly names: string;
  readonly asOf: string;
  readonly answer: Promise<AlarmStates | Failure>;
  readonly at: number;
}

export function createAlarmReader(clock: Clock): AlarmReader {
  const answers = new Map<string, Remembered>();
  let calls: number[] = [];

  async function read(
    aws: Pick<AwsClients, "cloudwatch">,
    names: readonly string[],
  ): Promise<AlarmStates | Failure> {
    const asked = names.slice(0, mostAlarmNames);
    const late = new AbortController();
    const done = new AbortController();
    void clock.sleep(mostTime, done.signal).then(() => late.abort());
    try {
      const found = await readAlarmStates(aws, asked, late.signal);
      const standing = new Map(found.map((one) => [one.name, one]));
      return {
        at: clock.now().toISOString(),
        states: asked.map((name) => standing.get(name) ?? { name, state: "MISSING" }),
        left: names.length - asked.length,
      };
    } catch (error) {
      return toFailure(error);
    } finally {
      done.abort();
    }
  }

  return async ({ key, asOf }, names, aws) => {
    if (names.length === 0) return { at: clock.now().toISOString(), states: [], left: 0 };
    if (aws === undefined)
      return {
        code: "TargetElsewhere",
        message: "this replica does not know how to reach the account of this target",
      };
    const now = clock.monotonic();
    const joined = names.join("\n");
    let known = answers.get(key);
    const isSame = known?.names === joined;
    const isGood = isSame && known?.asOf === asOf && now - known.at < fresh;
    calls = calls.filter((at) => now - at < minute);
    if (!isGood && calls.length < mostCalls) {
      calls.push(now);
      answers.delete(key);
      known = { names: joined, asOf, answer: read(aws, names), at: now };
      answers.set(key, known);
      for (const oldest of answers.keys()) {
        if (answers.size <= mostRemembered) break;
        answers.delete(oldest);
      }
    }
    // Rather what was so a while ago, which the page says, than nothing.
    if (known === undefined || known.names !== joined)
      return {
        code: "AskedOften",
        message: "the states of alarms were asked for too often; look again in a minute",
      };
    const answered = new AbortController();
    const { answer } = known;
    void answer.then(() => answered.abort());
    return Promise.race([
      answer,
      clock
        .sleep(patience, answered.signal)
        .then(() =>
          answered.signal.aborted
            ? answer
            : { code: "NoAnswerYet", message: "CloudWatch has not answered yet; look again in a moment" },
        ),
    ]);
  };
}
