// Counts what is asked of a store, as calls of AWS are counted.
import { outcomeOf } from "../../aws/request-outcome.ts";
import type { ObjectStore, StateStore } from "../../state/object-store.ts";
import type { Metrics } from "./metrics.ts";

/** `service` of these calls. */
const service = "State";

export function countCalls<T extends ObjectStore | StateStore>(
  store: T,
  { request }: Pick<Metrics, "request">,
): T {
  const counted = async <Answer>(operation: string, call: Promise<Answer>): Promise<Answer> => {
    try {
      const answer = await call;
      request(service, operation, "success");
      return answer;
    } catch (error) {
      request(service, operation, outcomeOf(error));
      throw error;
    }
  };
  const texts: ObjectStore = {
    name: store.name,
    get: (key, options) => counted("Get", store.get(key, options)),
    put: (key, text, options) => counted("Put", store.put(key, text, options)),
    remove: (key, options) => counted("Remove", store.remove(key, options)),
    list: (prefix, options) => counted("List", store.list(prefix, options)),
  };
  if (!("putBytes" in store)) return texts as T;
  const all: StateStore = {
    ...texts,
    getBytes: (key, options) => counted("Get", store.getBytes(key, options)),
    putBytes: (key, bytes, options) => counted("Put", store.putBytes(key, bytes, options)),
  };
  return all as T;
}
