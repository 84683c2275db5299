/** The way to the local Cognito, which a test can cut: emulated network conditions of a page do not reach a SharedWorker. */
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import type { LocalCognito } from '../../demo/local-cognito/server.js';

/** A cable that is plugged in at first. */
export interface Cable {
  /** What to give to `configure()` instead of the local Cognito's own endpoints. */
  readonly endpoints: { userPool: string; identityPool: string };
  /** Breaks every connection, and refuses new ones. */
  unplug(): Promise<void>;
  plugIn(): Promise<void>;
}

/** Leads from a free port of 127.0.0.1 to `cognito`. */
export async function startCable(cognito: LocalCognito): Promise<Cable> {
  const target = Number(new URL(cognito.url).port);
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(target, '127.0.0.1');
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => sockets.delete(socket));
      socket.pipe(other);
    }
  });
  let port = 0;
  const plugIn = (): Promise<void> => new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  await plugIn();
  ({ port } = server.address() as AddressInfo);
  const url = `http://127.0.0.1:${port}`;
  return {
    endpoints: { userPool: url, identityPool: url },
    plugIn,
    unplug: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
