/** Calls that meet: the server answers only when every one of them has reached its worker. */
import { REFRESH } from '../runner/cognito.js';
import type { Client, Kit } from '../kit.js';
import type { PlainSession } from '../messages.js';

export async function forceTogether({ cognito }: Kit, clients: readonly Client[]): Promise<PlainSession[]> {
  await cognito.hold(REFRESH);
  const calls = Promise.all(clients.map((client) => client.fetch({ forceRefresh: true })));
  calls.catch(() => undefined);
  await cognito.waitFor(REFRESH, 'held');
  await Promise.all(clients.map((client) => client.callsHaveArrived()));
  await cognito.release();
  return calls;
}
