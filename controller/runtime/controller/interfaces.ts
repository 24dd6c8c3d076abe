// What the controller offers to others, opened as the configuration says: HTTP, and notices on an event bus.
import { createAws } from "../../aws/clients.ts";
import { putEvents } from "../../aws/notify.ts";
import { EcsmonError } from "../../model/errors.ts";
import type { ControllerOptions } from "./controller.ts";
import { type HttpServer, startHttp } from "./http.ts";
import { createNotifier, type Notifier, silentNotifier } from "./notify.ts";

export function openNotifier({
  config: { spec },
  clock,
  log,
  metrics,
  identity,
}: ControllerOptions): Notifier {
  if (spec.notify === undefined) return silentNotifier;
  const { eventBus } = spec.notify;
  const aws = createAws({ onAnswer: metrics.request });
  const send = (events: Parameters<typeof putEvents>[2]) => putEvents(aws, eventBus, events);
  return createNotifier({ send, replica: identity.id, clock, log, metrics });
}

export async function openHttp(
  { config: { spec }, env, clock, log }: ControllerOptions,
  given: Pick<Parameters<typeof startHttp>[0], "health" | "ready" | "status" | "metrics" | "page"> & {
    readonly onPush: (push: { readonly repository?: string }) => void;
  },
): Promise<HttpServer | undefined> {
  if (spec.http === undefined) return undefined;
  const { host = "127.0.0.1", port = 8080, webhook, auth } = spec.http;
  const { onPush, ...rest } = given;
  const secret = webhook && readSecret(env, webhook.secretEnv, "http.webhook.secretEnv");
  const token =
    auth?.tokenEnv === undefined ? undefined : readSecret(env, auth.tokenEnv, "http.auth.tokenEnv");
  if (token !== undefined && token.length < shortestToken)
    throw new EcsmonError(
      "SecretTooShort",
      `the environment variable ${auth?.tokenEnv}, which http.auth.tokenEnv names, has ${token.length} characters; give at least ${shortestToken}, such as those of \`openssl rand -hex 32\``,
    );
  return startHttp({
    host,
    port,
    ...rest,
    log,
    clock,
    ...(auth === undefined
      ? {}
      : {
          auth: {
            ...(token === undefined ? {} : { token }),
            ...(auth.header === undefined ? {} : { header: withoutUndefined(auth.header) }),
          },
        }),
    ...(secret === undefined ? {} : { webhook: { secret, onPush } }),
  });
}

/** Characters: strangers may guess as often as they like. */
const shortestToken = 16;

function readSecret(env: NodeJS.ProcessEnv, name: string, from: string): string {
  const secret = env[name]?.trim() ?? "";
  if (secret !== "") return secret;
  throw new EcsmonError("SecretMissing", `the environment variable ${name}, which ${from} names, is not set`);
}

function withoutUndefined({ name, value }: { readonly name: string; readonly value?: string | undefined }) {
  return { name, ...(value === undefined ? {} : { value }) };
}
