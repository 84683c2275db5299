/** Every promise that is watched on the simulated device. */
import { eventsInOrder } from './events-in-order.js';
import { forcedIsFresh } from './forced-is-fresh.js';
import { idleKeepsTime } from './idle-keeps-time.js';
import { journal } from './journal.js';
import { nobodyIsCalledSignedOut } from './nobody-is-called-signed-out.js';
import { noCallHangs } from './no-call-hangs.js';
import { noSecretOutside } from './no-secret-outside.js';
import { noStaleToken } from './no-stale-token.js';
import { noStorm } from './no-storm.js';
import { oneRefresh } from './one-refresh.js';
import type { Facts, Hooks, KeptPromise } from './promise.js';
import { signOutIsFinal } from './sign-out-is-final.js';
import { threeReasons } from './three-reasons.js';
import { unknownFieldsAreKept } from './unknown-fields-are-kept.js';
import { usersNeverMix } from './users-never-mix.js';
import { warnedOnce } from './warned-once.js';

const PROMISES: Readonly<Record<string, KeptPromise>> = {
  'one refresh': oneRefresh,
  'a session ends for three reasons only': threeReasons,
  'stored before anything else': journal,
  'sign-out is final': signOutIsFinal,
  'nobody is called signed out': nobodyIsCalledSignedOut,
  'no call hangs': noCallHangs,
  'no secret outside the worker': noSecretOutside,
  'users never mix': usersNeverMix,
  'events once and in order': eventsInOrder,
  'no stale token': noStaleToken,
  'forced is fresh': forcedIsFresh,
  'a session that nobody uses ends on time': idleKeepsTime,
  'warned once': warnedOnce,
  'no storm': noStorm,
  'records of a later version are kept': unknownFieldsAreKept,
};

/** One set of hooks that all promises hear. */
export function watchAll(facts: Facts, violate: (what: string) => void): Hooks {
  const watching = Object.entries(PROMISES).map(([name, promise]) =>
    promise(facts, (what) => violate(`${name}: ${what}`)),
  );
  const tellAll =
    <K extends keyof Hooks>(hook: K) =>
    (...given: Parameters<Hooks[K]>): void => {
      for (const watched of watching)
        (watched[hook] as ((...all: unknown[]) => void) | undefined)?.(...given);
    };
  return {
    onTimePassed: tellAll('onTimePassed'),
    onSlept: tellAll('onSlept'),
    onClockSet: tellAll('onClockSet'),
    onUsed: tellAll('onUsed'),
    onSent: tellAll('onSent'),
    onRefreshArrived: tellAll('onRefreshArrived'),
    onRefreshed: tellAll('onRefreshed'),
    onStoreAsked: tellAll('onStoreAsked'),
    onStoreFailed: tellAll('onStoreFailed'),
    onCommitted: tellAll('onCommitted'),
    onPosted: tellAll('onPosted'),
    onMessage: tellAll('onMessage'),
    onLogged: tellAll('onLogged'),
    onCallBegan: tellAll('onCallBegan'),
    onCallEnded: tellAll('onCallEnded'),
    onEvent: tellAll('onEvent'),
    onRecovered: tellAll('onRecovered'),
  };
}
