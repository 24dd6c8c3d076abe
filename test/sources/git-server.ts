// A Git server over HTTP, as hosters run it: `git http-backend` behind a token. It counts what it is asked, and can
// be told to redirect, to hang and to go away.
import { spawn } from "node:child_process";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";

export interface GitServer {
  /** Of the folder that holds the repositories. */
  readonly url: string;
  /** Requests so far, as `GET /a.git/info/refs`. */
  readonly requests: string[];
  /** What it does with requests. `hang` takes them and never answers. */
  behaviour: "serve" | "hang" | { readonly redirect: string };
  /** Runs at each request, before it is answered; tests look around then. */
  onRequest: () => void;
  stop(): Promise<void>;
  /** On the port it had. */
  start(): Promise<void>;
}

/** With a key and a certificate, in PEM, it speaks https as `localhost`. */
export async function startGitServer(
  root: string,
  token: string,
  tls?: { readonly key: string; readonly cert: string },
): Promise<GitServer> {
  const take = (request: IncomingMessage, response: ServerResponse): void => answer(request, response);
  const http = tls === undefined ? createServer(take) : createSecureServer(tls, take);
  let port = 0;
  const server: GitServer = {
    get url() {
      return tls === undefined ? `http://127.0.0.1:${port}` : `https://localhost:${port}`;
    },
    requests: [],
    behaviour: "serve",
    onRequest: () => undefined,
    start: () =>
      new Promise((resolve) =>
        http.listen(port, "127.0.0.1", () => {
          port = (http.address() as AddressInfo).port;
          resolve();
        }),
      ),
    stop: () =>
      new Promise((resolve) => {
        http.close(() => resolve());
        http.closeAllConnections();
      }),
  };
  const expected = `Basic ${Buffer.from(`x-access-token:${token}`).toString("base64")}`;

  function answer(request: IncomingMessage, response: ServerResponse): void {
    const { pathname } = new URL(request.url ?? "/", server.url);
    server.requests.push(`${request.method} ${pathname}`);
    server.onRequest();
    if (server.behaviour === "hang") return;
    if (server.behaviour !== "serve") {
      response.writeHead(302, { location: `${server.behaviour.redirect}${request.url}` }).end();
      return;
    }
    if (request.headers.authorization !== expected) {
      response.writeHead(401, { "www-authenticate": 'Basic realm="git"' }).end("no\n");
      return;
    }
    runBackend(root, request, response);
  }

  await server.start();
  return server;
}

/** CGI: the request as environment and input, the answer as headers and a body. */
function runBackend(root: string, request: IncomingMessage, response: ServerResponse): void {
  const { pathname, search } = new URL(request.url ?? "/", "http://127.0.0.1");
  const header = (name: string): string => String(request.headers[name] ?? "");
  const backend = spawn("git", ["http-backend"], {
    stdio: ["pipe", "pipe", "ignore"],
    env: {
      PATH: process.env["PATH"],
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: "1",
      PATH_INFO: decodeURIComponent(pathname),
      QUERY_STRING: search.slice(1),
      REQUEST_METHOD: request.method ?? "GET",
      CONTENT_TYPE: header("content-type"),
      HTTP_CONTENT_ENCODING: header("content-encoding"),
      GIT_PROTOCOL: header("git-protocol"),
    },
  });
  backend.stdin.on("error", () => undefined);
  request.pipe(backend.stdin);
  let head = Buffer.alloc(0);
  let started = false;
  backend.stdout.on("data", (piece: Buffer) => {
    if (started) return void response.write(piece);
    head = Buffer.concat([head, piece]);
    const end = head.indexOf("\r\n\r\n");
    if (end === -1) return;
    started = true;
    const headers = head.toString("latin1", 0, end).split("\r\n");
    for (const line of headers) {
      const [, name = "", value = ""] = /^([^:]+): (.*)$/.exec(line) ?? [];
      if (name.toLowerCase() === "status") response.statusCode = Number.parseInt(value, 10);
      else response.setHeader(name, value);
    }
    response.write(head.subarray(end + 4));
  });
  backend.on("close", () => response.end());
  response.on("close", () => backend.kill());
}
