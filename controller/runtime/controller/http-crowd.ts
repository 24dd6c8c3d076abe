// Keeps room for whoever comes last: a load balancer that asks for health must get in, however many connections are held
// by clients that say nothing, send slowly, or do not read.
import type { Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** When there are more connections than `most`, the one that has been of no use for longest is closed. */
export function keepRoom(server: Server, most: number): void {
  /** In the order in which they came, or were answered last. */
  const idle = new Set<Socket>();
  const busy = new Set<Socket>();

  server.on("connection", (socket: Socket) => {
    idle.add(socket);
    socket.once("close", () => {
      idle.delete(socket);
      busy.delete(socket);
    });
    if (idle.size + busy.size <= most) return;
    // What is being answered comes second; a stream of events is begun again by its page.
    const [oldest] = idle.size > 1 ? idle : busy;
    oldest?.destroy();
  });
  server.on("request", ({ socket }: { readonly socket: Socket }, response: ServerResponse) => {
    idle.delete(socket);
    busy.add(socket);
    response.once("close", () => {
      if (busy.delete(socket) && !socket.destroyed) idle.add(socket);
    });
  });
}
