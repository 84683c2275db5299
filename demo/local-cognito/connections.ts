/** Knows which connections are idle, which Node tells only of those that have served a request. */
import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export class Connections {
  private readonly busyCounts = new Map<Socket, number>();

  constructor(server: Server) {
    server.on('connection', (socket) => {
      this.busyCounts.set(socket, 0);
      socket.once('close', () => this.busyCounts.delete(socket));
    });
    server.on('request', (request, response: ServerResponse) => {
      const { socket } = request;
      this.count(socket, 1);
      response.once('close', () => this.count(socket, -1));
    });
  }

  /**
   * Closes what is idle. A browser repeats a request by itself when a kept-alive connection breaks before the answer;
   * after this it must open a fresh one, on which it doesn't.
   */
  closeIdle(): void {
    for (const [socket, busy] of this.busyCounts) if (busy === 0) socket.destroy();
  }

  closeAll(): void {
    for (const socket of this.busyCounts.keys()) socket.destroy();
  }

  private count(socket: Socket, change: 1 | -1): void {
    const busy = this.busyCounts.get(socket);
    if (busy !== undefined) this.busyCounts.set(socket, busy + change);
  }
}
