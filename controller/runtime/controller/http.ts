// The controller's HTTP server: one small listener that neither a slow nor a greedy client can hold up.
import type { Server } from "node:http";
import { createAdaptorServer } from "@hono/node-server";
import { EcsmonError } from "../../model/errors.ts";
import { createApp, type HttpInterface } from "./http-app.ts";
import { keepRoom } from "./http-crowd.ts";
import { createLive } from "./http-live.ts";
import { rememberStatus } from "./status-reader.ts";

export type { HttpInterface, Verdict } from "./http-app.ts";

export interface HttpOptions extends HttpInterface {
  /** A name or an address; `0.0.0.0` and `::` listen on all of them. */
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
}

export interface HttpServer {
  readonly port: number;
  /** Takes nobody any more, and within a second is rid of whoever is connected. */
  close(): Promise<void>;
}

/** Milliseconds. A load balancer's own idle time is longer than that of these connections: it opens another one. */
const limits = {
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 1_000,
};
/** Milliseconds without a byte in either direction, also for one who asks and then does not read. */
const idle = 15_000;
const mostConnections = 1_024;
/** Milliseconds that answers may take which are under way when the server closes. */
const grace = 500;

/** Listens, and gives the port. Throws `PortNotFree` or `HostNotUsable`. */
export async function startHttp(options: HttpOptions): Promise<HttpServer> {
  const { host, port, clock, log } = options;
  const status = rememberStatus(options.status, clock);
  const live = createLive({ status, source: options.page }, clock);
  const app = createApp({ ...options, status }, live);
  const server = createAdaptorServer({
    fetch: app.fetch,
    serverOptions: limits,
    // The rest of the process has these of Node.
    overrideGlobalObjects: false,
  }) as Server;
  keepRoom(server, mostConnections);
  server.setTimeout(idle);
  await listen(server, host, port);
  // After it listens, what goes wrong is one client's, and no reason to end.
  server.on("error", (error) => log("warn", "http-failed", { error }));
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : port,
    async close() {
      const closed = new AbortController();
      const ended = new Promise<void>((resolve) => {
        server.close(() => {
          closed.abort();
          resolve();
        });
      });
      live.close();
      server.closeIdleConnections();
      await Promise.race([ended, clock.sleep(grace, closed.signal)]);
      server.closeAllConnections();
      await ended;
    },
  };
}

async function listen(server: Server, host: string, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port }, () => {
      server.off("error", reject);
      resolve();
    });
  }).catch((error: unknown) => {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "EADDRINUSE" || code === "EACCES") {
      const why = code === "EACCES" ? "may not be opened by this user" : "is in use";
      throw new EcsmonError(
        "PortNotFree",
        `port ${port} of ${host} ${why}; give another one as http.port, or 0 for any free one`,
        { cause: error },
      );
    }
    throw new EcsmonError(
      "HostNotUsable",
      `cannot listen on ${host} (${String(code)}); give an address of this machine as http.host, such as 127.0.0.1 or 0.0.0.0`,
      { cause: error },
    );
  });
}
