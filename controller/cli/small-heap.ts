// A process that runs for ever and has much to look through now and then: V8 would let its heap grow to several times
// what is alive in it. Limits of the heap would do as well, but end the process where a pass once needs more.
import { setFlagsFromString } from "node:v8";

/** Collect when the heap has grown by a twentieth, and let young objects have no more room than at the start. */
export function keepHeapSmall(): void {
  setFlagsFromString("--heap-growing-percent=5");
  setFlagsFromString("--semi-space-growth-factor=1");
}
