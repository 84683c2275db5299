/** A working day and the next, with an access token of an hour and a refresh token of a day: no work is lost at its end. */
import { expect, test } from 'vitest';
import type { AuthSession, SessionEvent } from '../client/types.js';
import { perform } from './deeds.js';
import { Device, type DeviceOptions } from './device.js';
import type { Page } from './page.js';

const DAY_SECONDS = 24 * 3_600;
const MINUTE_MS = 60_000;

interface Office {
  device: Device;
  /** Lets time pass until then; hours from 24 on are of the next day. */
  until(hours: number, minutes: number): Promise<void>;
  open(): Promise<Page>;
  /** All tabs, and with the last one the worker. */
  closeAll(): Promise<void>;
  /** What a call of the app gets now. */
  ask(page: Page): Promise<AuthSession>;
  /** Hours and minutes, as `until()` takes them. */
  time(): string;
}

/** The user signs in at nine, and comes back at half past ten. */
async function firstDay(policy: NonNullable<DeviceOptions['ending']>['policy'] = {}): Promise<Office> {
  const device = new Device({
    graceSeconds: 60,
    isRotating: true,
    hasIdentityPool: false,
    isFirefox: false,
    ending: { refreshTokenValiditySeconds: DAY_SECONDS, policy },
    seed: 1,
  });
  const { scheduler, random } = device;
  const nineMs = scheduler.trueMs;
  const pass = (ms: number): Promise<void> => scheduler.run(ms, random);
  const office: Office = {
    device,
    until: (hours, minutes) => pass(nineMs + ((hours - 9) * 60 + minutes) * MINUTE_MS - scheduler.trueMs),
    async open() {
      const page = device.openPage('shared-worker', 1);
      await pass(1_000);
      return page;
    },
    async closeAll() {
      while (device.pages.length > 0) await perform({ do: 'close page', which: 0 }, device);
      await perform({ do: 'kill worker', which: 0, isAborted: true }, device);
    },
    async ask(page) {
      const call = page.fetch();
      await pass(1_000);
      if (!call.outcome?.ok) throw new Error(`The call ended with ${JSON.stringify(call.outcome)}.`);
      return call.outcome.value as AuthSession;
    },
    time() {
      const minutes = Math.floor((scheduler.trueMs - nineMs) / MINUTE_MS) + 9 * 60;
      return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}`;
    },
  };
  const first = await office.open();
  first.signIn('ada');
  await office.until(9, 5);
  await office.closeAll();

  await office.until(10, 30);
  const back = await office.open();
  expect((await office.ask(back)).tokens, 'the session was refreshed').toBeDefined();
  await office.until(10, 45);
  await office.closeAll();
  return office;
}

const eventsOf = ({ events }: Page): SessionEvent[] => events.map(({ event }) => event);

test('who is at work on the next day is warned, can save with good tokens, and goes on after signing in again', async () => {
  const office = await firstDay();
  const { device, until, ask, time } = office;
  await until(24 + 8, 30);
  const page = await office.open();
  expect((await ask(page)).tokens, 'still signed in').toBeDefined();
  const warned: string[] = [];
  const saved: { at: string; reason: string; isGood: boolean }[] = [];
  page.client.onSessionChange((_session, event) => {
    if (event.type === 'sessionEnding') warned.push(`${time()}, ${event.beforeSeconds} s before`);
  });
  page.client.onBeforeSignOut(async ({ reason }) => {
    const token = (await page.client.fetchAuthSession()).tokens?.accessToken.toString() ?? '';
    const isGood = (device.users.issuedBy(token)?.expiresAtMs ?? 0) > device.scheduler.trueMs;
    saved.push({ at: time(), reason, isGood });
  });

  await until(24 + 9, 31);
  expect((await ask(page)).tokens, 'where work was lost before').toBeDefined();
  await until(24 + 9, 57);
  expect((await ask(page)).tokens, 'the last refresh carries it on').toBeDefined();
  expect(warned).toEqual(['32:58, 3600 s before', '33:53, 300 s before']);
  expect(eventsOf(page)).not.toContainEqual(expect.objectContaining({ type: 'signedOut' }));

  await until(24 + 10, 0);
  expect(eventsOf(page).at(-1)).toMatchObject({ type: 'signedOut', reason: 'expired' });
  expect(saved).toEqual([{ at: '33:58', reason: 'expired', isGood: true }]);

  const waiting = page.client.fetchAuthSession({ waitForSignIn: true });
  await until(24 + 10, 5);
  page.signIn('ada');
  await until(24 + 10, 6);
  expect(eventsOf(page).at(-1)).toEqual({ type: 'signedIn', resumed: true });
  expect((await waiting).tokens).toBeDefined();
  expect(device.broken).toEqual([]);
});

test('where two hours must remain, the next day begins with a sign-in, before there is work to lose', async () => {
  const office = await firstDay({ minRemaining: { atFirstLoadSeconds: 2 * 3_600 } });
  const { device, until, ask } = office;
  await until(24 + 8, 30);
  const page = await office.open();
  expect((await ask(page)).tokens).toBeUndefined();
  expect(device.record()?.ended?.reason).toBe('policy');
  page.signIn('ada');
  await until(24 + 8, 32);
  expect(eventsOf(page).at(-1)).toEqual({ type: 'signedIn', resumed: true });
  expect((await ask(page)).tokens).toBeDefined();
  expect(device.broken).toEqual([]);
});
