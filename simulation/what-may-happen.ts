/** What schedules are made of, as fast-check draws it: the setups, and the deeds that each mood may hold. */
import fc from 'fast-check';
import type { Deed } from './deeds.js';
import type { DeviceOptions } from './device.js';
import { ENDINGS } from './endings.js';
import type { Environment } from './page.js';
import type { RequestFault } from './service.js';

export interface Setup {
  options: DeviceOptions;
  pages: { environment: Environment; version: 1 | 2 }[];
  isSignedIn: boolean;
}

/** What a schedule may hold. */
export type Mood =
  /** People and pages only: the strictest form of every promise. */
  | 'calm'
  /** Workers die, and the store answers nobody for a while. */
  | 'silent'
  /** Contexts die, freeze and are run again; requests and answers get lost. */
  | 'rough'
  /** The store fails, clocks jump, messages are forged, too. */
  | 'wild'
  /** The app ends sessions by policy, and people use their tabs or do not; the device sleeps, and its clock is set. */
  | 'ending'
  /** The same, and all that may go wrong does. */
  | 'ending-wild';

export const MOODS: readonly Mood[] = ['calm', 'silent', 'rough', 'wild', 'ending', 'ending-wild'];

const HOUR_MS = 3_600_000;

const which = fc.nat({ max: 9 });
const environment = fc.constantFrom<Environment>(
  'shared-worker',
  'shared-worker',
  'shared-worker',
  'worker',
  'page',
);
const version = fc.constantFrom<1 | 2>(1, 1, 2);
const username = fc.constantFrom('ada', 'grace');

const among = <D extends Deed['do']>(...names: D[]) =>
  fc.record({ do: fc.constantFrom(...names), which }) as fc.Arbitrary<Deed>;

const CALM: fc.Arbitrary<Deed>[] = [
  fc.record({ do: fc.constant('open page' as const), environment, version }),
  among('fetch', 'fetch', 'force', 'force', 'reject the token'),
  among('close page', 'sign out', 'sign out and ask', 'inspect'),
  fc.record({ do: fc.constant('sign in' as const), which, username }),
  fc.record({
    do: fc.constant('steps' as const),
    // A refresh takes about thirty: faults are to come between any two of them.
    choices: fc.array(fc.nat({ max: 30 }), { minLength: 1, maxLength: 40, size: 'max' }),
  }),
  fc.record({
    do: fc.constant('steps' as const),
    choices: fc.array(fc.nat({ max: 30 }), { minLength: 1, maxLength: 4 }),
  }),
  fc.record({
    do: fc.constant('time passes' as const),
    ms: fc.constantFrom(1, 100, 1_000, 5_000, 20_000, HOUR_MS),
  }),
  fc.record({ do: fc.constant('machine is slow' as const), ms: fc.nat({ max: 200 }) }),
];

const fault = fc.oneof(
  fc.constantFrom<RequestFault>(
    { kind: 'dropped' },
    { kind: 'answer-lost' },
    { kind: 'answer-lost' },
    { kind: 'silent' },
    { kind: 'doubled' },
    { kind: 'garbled' },
    { kind: 'refused', name: 'InternalErrorException', status: 500 },
    { kind: 'refused', name: 'TooManyRequestsException', status: 429, retryAfterMs: 30_000 },
    { kind: 'refused', name: 'NotAuthorizedException', status: 503 },
    { kind: 'refused', name: 'ResourceNotFoundException', status: 400 },
  ),
  fc.record({ kind: fc.constant('late' as const), byMs: fc.constantFrom(500, 3_000, 20_000) }),
);

const killWorker = fc.record({ do: fc.constant('kill worker' as const), which, isAborted: fc.boolean() });

const deviceSleeps = fc.record({
  do: fc.constant('device sleeps' as const),
  ms: fc.constantFrom(30_000, HOUR_MS, 24 * HOUR_MS),
});

const ROUGH: fc.Arbitrary<Deed>[] = [
  among('crash page', 'freeze page', 'thaw page', 'page into the cache', 'page out of the cache'),
  killWorker,
  among('freeze worker', 'thaw worker', 're-run worker'),
  fc.record({
    do: fc.constant('request meets' as const),
    operation: fc.constantFrom(
      'refresh' as const,
      'refresh' as const,
      'revoke' as const,
      'credentials' as const,
    ),
    fault,
  }),
  fc.record({ do: fc.constantFrom('network goes' as const, 'network returns' as const) }),
  deviceSleeps,
];

const clockIsSet = fc.record({
  do: fc.constant('clock is set' as const),
  ms: fc.constantFrom(-3 * 24 * HOUR_MS, -HOUR_MS, -60_000, 60_000, HOUR_MS, 3 * 24 * HOUR_MS),
});

const WILD: fc.Arbitrary<Deed>[] = [
  fc.record({
    do: fc.constantFrom(
      'store works again' as const,
      'store is erased' as const,
      'record is damaged' as const,
    ),
  }),
  fc.record({
    do: fc.constant('store becomes' as const),
    fault: fc.constantFrom('broken' as const, 'full' as const, 'hung' as const),
  }),
  among('store connection lost'),
  clockIsSet,
  fc.record({ do: fc.constant('service ends sessions' as const), username }),
  fc.record({
    do: fc.constant('message is forged' as const),
    message: fc.constantFrom<unknown>(
      {
        type: 'news',
        instanceId: 'x',
        protocolVersion: 1,
        revision: 1_000_000,
        event: { type: 'signedOut', reason: 'user' },
      },
      { type: 'news', instanceId: 'x', protocolVersion: 9, revision: 1, event: { type: 'unheard of' } },
      { type: 'settled', instanceId: 'x', revision: 1, clients: 99 },
      { type: 'left', instanceId: 'instance-1' },
      { type: 'claim', instanceId: 'x', scope: { userPoolId: 'another' } },
      'junk',
    ),
  }),
];

const SILENT: fc.Arbitrary<Deed>[] = [
  killWorker,
  fc.constant({ do: 'store becomes', fault: 'hung' }),
  fc.constant({ do: 'store works again' }),
];

const USE: fc.Arbitrary<Deed>[] = [
  among('use', 'use', 'extend'),
  fc.record({ do: fc.constant('work' as const), which, ms: fc.constantFrom(20_000, 100_000, 300_000) }),
  fc.record({
    do: fc.constant('time passes' as const),
    ms: fc.constantFrom(900, 4_000, 28_000, 55_000, 150_000),
  }),
];

export const DEEDS: Readonly<Record<Mood, fc.Arbitrary<Deed>[]>> = {
  calm: CALM,
  silent: [...CALM, ...SILENT],
  rough: [...CALM, ...ROUGH],
  wild: [...CALM, ...ROUGH, ...WILD],
  ending: [...CALM, ...USE, ...USE, deviceSleeps, clockIsSet],
  'ending-wild': [...CALM, ...ROUGH, ...WILD, ...USE, ...USE],
};

const OPTIONS = {
  graceSeconds: fc.constantFrom(0, 10, 60, 60),
  isRotating: fc.constantFrom(true, true, true, false),
  hasIdentityPool: fc.boolean(),
  isFirefox: fc.boolean(),
  seed: fc.nat(),
};

const setupWith = (options: fc.Arbitrary<DeviceOptions>): fc.Arbitrary<Setup> =>
  fc.record({
    options,
    pages: fc.array(fc.record({ environment, version }), { minLength: 1, maxLength: 4 }),
    isSignedIn: fc.constantFrom(true, true, true, false),
  });

const plain = setupWith(fc.record(OPTIONS));
const withEnding = setupWith(fc.record({ ...OPTIONS, ending: fc.constantFrom(...ENDINGS) }));

export const SETUPS: Readonly<Record<Mood, fc.Arbitrary<Setup>>> = {
  calm: plain,
  silent: plain,
  rough: plain,
  wild: plain,
  ending: withEnding,
  'ending-wild': withEnding,
};
