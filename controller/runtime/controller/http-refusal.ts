// An error as the HTTP interface answers it.
import type { Context } from "hono";

export type RefusalStatus = 400 | 401 | 403 | 404 | 405 | 413 | 500 | 503;

/** `{"error": {"code", "message"}}`, as in the plan. */
export function refuse(context: Context, status: RefusalStatus, code: string, message: string): Response {
  return context.json({ error: { code, message } }, status);
}
