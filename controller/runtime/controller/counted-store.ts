// Counts what is asked of a store, as calls of AWS are counted.
import { outcomeOf } from "../../aws/request-outcome.ts";
import type { ObjectStore } from "../../state/object-store.ts";
import type { Metrics } from "./metrics.ts";

/** `service` of these calls. */
const service = "State";

export function countCalls(store: ObjectStore, { request }: Pick<Metrics, "request">): ObjectStore {
  const counted = async <T>(operation: string, call: Promise<T>): Promise<T> => {
    try {
      const answer = await call;
      request(service, operation, "success");
      return answer;
    } catch (error) {
      request(service, operation, outcomeOf(error));
      throw error;
    }
  };
  return {
    name: store.name,
    get: (key, options) => counted("Get", store.get(key, options)),
    put: (key, text, options) => counted("Put", store.put(key, text, options)),
    remove: (key, options) => counted("Remove", store.remove(key, options)),
    list: (prefix, options) => counted("List", store.list(prefix, options)),
  };
}
