/** Lets a worker hang: its thread does nothing more. */
import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { WebWorker } from 'puppeteer-core';

/** The thread never comes back from what it does. */
export async function hangForEver(worker: WebWorker): Promise<void> {
  await worker.evaluate(() => {
    setTimeout(() => {
      for (;;);
    });
  });
}

/** A worker that hangs until it is let go. */
export interface Hang {
  end(): Promise<void>;
}

/** The thread waits for the answer to a synchronous request. */
export async function hang(worker: WebWorker): Promise<Hang> {
  let arrive!: (response: ServerResponse) => void;
  const arrived = new Promise<ServerResponse>((resolve) => (arrive = resolve));
  const server = createServer((_request, response) => arrive(response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await worker.evaluate((url) => {
    setTimeout(() => {
      const request = new XMLHttpRequest();
      request.open('GET', url, false);
      request.send();
    });
  }, `http://127.0.0.1:${port}/`);
  const response = await arrived;
  return {
    async end() {
      response.writeHead(200, { 'access-control-allow-origin': '*', connection: 'close' }).end();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
