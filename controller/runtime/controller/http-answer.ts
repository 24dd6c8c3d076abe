// One method at a path, and an answer for all other methods.
import type { Context, Hono } from "hono";
import { refuse } from "./http-refusal.ts";

export type Handler = (context: Context) => Response | Promise<Response>;

/** HEAD comes with GET. */
export function answerGet(app: Hono, path: string, handler: Handler): void {
  answer(app, "GET", path, handler);
}

export function answer(app: Hono, method: "GET" | "POST", path: string, handler: Handler): void {
  app.on(method, path, handler);
  const allow = method === "GET" ? "GET, HEAD" : method;
  app.all(path, (context) => {
    context.header("allow", allow);
    return refuse(context, 405, "MethodNotAllowed", `this path takes ${allow}`);
  });
}
