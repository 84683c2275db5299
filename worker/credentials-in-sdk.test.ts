/**
 * The AWS SDK keeps what a provider gave until five minutes before its `expiration`, which it compares with the device's clock.
 * Asked here is the SDK itself, with a device clock that is right or wrong.
 */
import { S3Client } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  createSignedInWorld,
  createWorld,
  IDENTITY_CONFIG,
  type Runtime,
  type World,
} from './testing/world.js';
import { settle } from './testing/virtual-time.js';

const HOUR_MS = 3_600_000;
const SDK_MARGIN_MS = 300_000;
const SECOND_MS = 1_000;

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }));
afterEach(() => void vi.useRealTimers());

/** The access key that the SDK would sign with now, and how often it has asked the session. */
function sdkOn({ time, session }: World & Runtime) {
  const provider = vi.fn(async () => {
    const { credentials } = await time.run(session.session({}));
    return credentials ?? Promise.reject(new Error('The session has no credentials.'));
  });
  const { config } = new S3Client({ region: 'eu-central-1', credentials: provider });
  return {
    provider,
    accessKeyId: async (): Promise<string> => {
      vi.setSystemTime(time.clock.wallMs());
      return (await config.credentials()).accessKeyId;
    },
  };
}

const userWorld = (clockOffsetMs: number): Promise<World & Runtime> =>
  createSignedInWorld({ clockOffsetMs, tokenSeconds: 86_400 }, { config: IDENTITY_CONFIG });

async function guestWorld(clockOffsetMs: number): Promise<World & Runtime> {
  const world = createWorld();
  world.cognito.settings.clockOffsetMs = clockOffsetMs;
  const runtime = world.start({ config: { ...IDENTITY_CONFIG, allowGuestAccess: true } });
  await runtime.connect();
  return { ...world, ...runtime };
}

describe.each([
  ['right', 0],
  ['an hour slow', HOUR_MS],
  ['an hour fast', -HOUR_MS],
])('on a device whose clock is %s', (_title, clockOffsetMs) => {
  test("the SDK keeps a user's credentials until five minutes before they end, and never longer", async () => {
    const world = await userWorld(clockOffsetMs);
    const sdk = sdkOn(world);
    const first = await sdk.accessKeyId();

    world.time.sleep(HOUR_MS - SDK_MARGIN_MS - SECOND_MS);
    expect(await sdk.accessKeyId()).toBe(first);
    expect(sdk.provider).toHaveBeenCalledTimes(1);

    world.time.sleep(2 * SECOND_MS);
    await sdk.accessKeyId();
    expect(sdk.provider).toHaveBeenCalledTimes(2);
    // Inside the margin the living ones are given, and new ones are had behind.
    await settle();
    expect(await sdk.accessKeyId()).not.toBe(first);
    expect(world.cognito.count('credentials')).toBe(2);
  });
});

test("on a slow device, the SDK lets go of a guest's credentials before they end", async () => {
  const world = await guestWorld(HOUR_MS);
  const sdk = sdkOn(world);
  const first = await sdk.accessKeyId();
  world.time.sleep(HOUR_MS - SDK_MARGIN_MS + SECOND_MS);
  await sdk.accessKeyId();
  await settle();
  expect(await sdk.accessKeyId()).not.toBe(first);
});
