/** How a schedule ends: all is mended, and then the device must be as DESIGN says. */
import type { AuthSession } from '../client/types.js';
import { heal, work } from './deeds.js';
import type { Device } from './device.js';
import type { Call } from './page.js';

/** Longer than any retry waits once nothing is wrong. */
const RECOVERY_MS = 130_000;

/** Less than the shortest idle time. */
const USE_EVERY_MS = 20_000;

/** A call's 15 s, after the ladder. */
const ANSWER_MS = 45_000;

export async function conclude(device: Device): Promise<void> {
  const { scheduler, random, users } = device;
  heal(device);
  const [inUse] = device.pages;
  // What is recovered is not to be ended for want of use.
  if (inUse && device.config.policy?.idle) await work(inUse, RECOVERY_MS, device, USE_EVERY_MS);
  else await scheduler.run(RECOVERY_MS, random);

  const page = device.openPage('shared-worker', 1);
  const first = await answered(device, page.fetch());
  device.recovered();
  const stored = device.record()?.session;
  const view = first?.outcome?.ok ? page.client.peekSession() : undefined;
  if (view && !view.tokens !== !stored) device.violate('at the end a new page and the store do not agree');

  const isAlive = stored !== undefined && users.wouldTake(stored.refreshToken);
  const forced = await answered(device, page.fetch({ forceRefresh: true }));
  if (isAlive && !(forced?.outcome?.ok && (forced.outcome.value as AuthSession).tokens)) {
    device.violate(`at the end a living session can't be refreshed: ${JSON.stringify(forced?.outcome)}`);
  }

  const last = device.record()?.session;
  const signedOut = await answered(device, page.signOut());
  if (!signedOut?.outcome?.ok) device.violate('at the end nobody can sign out');
  if (device.record()?.session) device.violate('at the end the store holds a session that was signed out');
  const family = last && users.familyOf(last.refreshToken);
  if (family && !family.revoked) device.violate('at the end a signed-out session is not revoked');
  // A page whose worker died in Firefox needs as long to find another one.
  await scheduler.run(10_000, random);
  for (const { client, realm } of device.pages) {
    if (client.peekSession()?.tokens)
      device.violate(`at the end ${realm.name} shows a session that has ended`);
  }
}

/** Lets time pass until the call is answered, and the answer has been heard of everywhere. */
async function answered(device: Device, call: Call): Promise<Call | undefined> {
  for (let waitedMs = 0; waitedMs < ANSWER_MS && !call.outcome; waitedMs += 1_000) {
    await device.scheduler.run(1_000, device.random);
  }
  if (!call.outcome) {
    device.violate(`at the end a call is not answered: ${call.kind}`);
    return undefined;
  }
  await device.scheduler.run(2_000, device.random);
  return call;
}
