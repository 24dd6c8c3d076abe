// The moto of the worker that this file of tests runs in.
import { inject } from "vitest";

export function motoEndpoint(): string {
  const worker = Number(process.env["VITEST_POOL_ID"] ?? 1);
  const endpoint = inject("motoEndpoints")[worker - 1];
  if (endpoint === undefined) throw new Error(`there is no moto for worker ${worker}`);
  return endpoint;
}
