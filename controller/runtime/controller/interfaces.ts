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
  given: Pick<Parameters<typeof startHttp>[0], "health" | "ready" | "status" | "metrics"> & {
    readonly onPush: (push: { readonly repository?: string }) => void;
  },
): Promise<HttpServer | undefined> {
  if (spec.http === undefined) return undefined;
  const { host = "127.0.0.1", port = 8080, webhook } = spec.http;
  const { onPush, ...rest } = given;
  const secret = webhook === undefined ? undefined : env[webhook.secretEnv]?.trim();
  if (webhook !== undefined && (secret === undefined || secret === ""))
    throw new EcsmonError(
      "SecretMissing",
      `the environment variable ${webhook.secretEnv}, which http.webhook.secretEnv names, is not set`,
    );
  return startHttp({
    host,
    port,
    ...rest,
    log,
    clock,
    ...(secret === undefined ? {} : { webhook: { secret, onPush } }),
  });
}
