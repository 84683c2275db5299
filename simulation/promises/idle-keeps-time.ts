/**
 * A session that nobody uses ends on time: never early, never more than two seconds late while a runtime with a page is awake,
 * and from that moment on nobody gets its tokens. Nothing but use counts as use.
 *
 * Time is the device's, by its wall clock, which also goes on in sleep and over restarts. So a clock that is set ahead counts as
 * time in which nobody was there: no runtime can tell it from sleep. Use of a time that is still to come after the clock was set
 * back counts as of the moment at which a runtime sees that.
 *
 * Use counts when a runtime has answered the page that told of it, and, though no runtime was told, when nothing had gone wrong
 * since it happened. Without a store that all share, nobody can know of another runtime's; that is not judged here.
 */
import type { AuthSession } from '../../client/types.js';
import type { Call } from '../page.js';
import type { Realm } from '../realm.js';
import { answerIn, callIn } from './port-messages.js';
import type { Facts, KeptPromise } from './promise.js';
import { createWatchful } from './watchful.js';

const MOST_LATE_MS = 2_000;

/** A page tells of use within five seconds, and needs as long to find another worker where its own has died. */
const UNDER_WAY_MS = 12_000;

export const idleKeepsTime: KeptPromise = (facts, violate) => {
  const { scheduler, users, troubles, config, isStoreGood, isStoreOpen, record } = facts;
  const timeoutMs = (config.policy?.idle?.timeoutSeconds ?? Infinity) * 1_000;
  if (timeoutMs === Infinity) return {};
  const watchful = createWatchful();
  const isShared = (): boolean => !troubles.since(0, 'storage');
  /** Device time of what a page has told of, by the runtime and the id of the call. */
  const untold = new Map<Realm, Map<string, number>>();
  /** Device time of the last use that a runtime has confirmed. */
  let toldMs = 0;
  /** Device time and true time of the last use, told or not. */
  let used = { atMs: 0, trueMs: 0 };
  const lateMs = new Map<Realm, number>();
  /** Calls for the tokens of a session that was over. */
  const tooLate = new Map<Call, { activeAtMs: number; refreshToken: string }>();

  /** For how long the session that is stored is over; negative: not yet. */
  function overMs(): number {
    const { activeAtMs = Infinity } = record()?.session ?? {};
    return activeAtMs > scheduler.wallMs ? -Infinity : scheduler.wallMs - activeAtMs - timeoutMs;
  }

  function beginAnew(): void {
    toldMs = scheduler.wallMs;
    used = { atMs: 0, trueMs: 0 };
  }

  return {
    onClockSet(byMs) {
      if (byMs > 0) return;
      toldMs = Math.min(toldMs, scheduler.wallMs);
      for (const told of untold.values())
        for (const [id, atMs] of told) told.set(id, Math.min(atMs, scheduler.wallMs));
    },
    onUsed: () => {
      // What is over is not brought back.
      if (overMs() < 0) used = { atMs: scheduler.wallMs, trueMs: scheduler.trueMs };
    },
    onPosted: watchful.onPosted,
    onMessage(from, to, message) {
      watchful.onMessage(from, to, message);
      const key = (id: string): string => `${from.name}/${to.name}/${id}`;
      const call = callIn(message);
      const answer = call ? undefined : answerIn(message);
      if (call) {
        const told = untold.get(to) ?? new Map<string, number>();
        untold.set(to, told);
        if (call.method === 'active') told.set(key(call.id), scheduler.wallMs - Number(call.argument ?? 0));
        else told.delete(key(call.id));
      }
      if (!answer) return;
      const told = untold.get(from);
      const id = `${to.name}/${from.name}/${answer.id}`;
      const atMs = told?.get(id);
      told?.delete(id);
      // What is over is not brought back.
      if (atMs !== undefined && answer.ok && atMs - toldMs < timeoutMs) toldMs = Math.max(toldMs, atMs);
      if (answer.accessToken === undefined || overMs() < 0 || !isShared()) return;
      violate(`${from.name} gave out tokens ${overMs()} ms after the end.`);
    },
    onCallBegan(call) {
      const { session } = record() ?? {};
      if (call.kind !== 'fetch' || session?.activeAtMs === undefined || overMs() < 0) return;
      tooLate.set(call, { activeAtMs: session.activeAtMs, refreshToken: session.refreshToken });
    },
    onCallEnded(call) {
      const asked = tooLate.get(call);
      tooLate.delete(call);
      if (!asked || !call.outcome?.ok) return;
      const token = (call.outcome.value as AuthSession).tokens?.accessToken.toString();
      const family = token === undefined ? undefined : users.issuedBy(token)?.family;
      if (!family || family !== users.familyOf(asked.refreshToken)) return;
      // Use that was before the end has been told of meanwhile.
      const { session } = record() ?? {};
      if (session && session.activeAtMs !== asked.activeAtMs) return;
      if (!isShared() || troubles.since(call.beganAtTrueMs, 'clock')) return;
      violate(`${call.page.realm.name} asked after the end, and got tokens.`);
    },
    onCommitted(realm, before, after) {
      if (!before?.session || before.fence !== after.fence) lateMs.clear();
      if (after.session && before?.fence !== after.fence) return beginAnew();
      if (!before?.session || !isShared()) return;
      if (after.session) {
        const { activeAtMs = Infinity } = before.session;
        if (after.session.activeAtMs === activeAtMs || activeAtMs > scheduler.wallMs) return;
        if ((untold.get(realm)?.size ?? 0) === 0) violate(`${realm.name} counted as use what was none.`);
        return;
      }
      if (after.ended?.reason !== 'idle' || before.fence === after.fence) return;
      if (troubles.since(scheduler.trueMs - UNDER_WAY_MS, 'clock')) return;
      const unusedMs = scheduler.wallMs - toldMs;
      if (unusedMs < timeoutMs) violate(`${realm.name} ended a session that was used ${unusedMs} ms ago.`);
      else if (wasInUse(facts, used, timeoutMs))
        violate(`${realm.name} ended a session in use, which it had not been told of.`);
    },
    onTimePassed(byMs, isLag) {
      const awake = watchful.now();
      const over = Math.min(byMs, overMs());
      for (const realm of lateMs.keys()) if (!awake.has(realm)) lateMs.delete(realm);
      if (over <= 0 || !isStoreOpen() || !isShared()) return lateMs.clear();
      if (isLag) return;
      for (const realm of awake.keys()) {
        const late = isStoreGood(realm) ? (lateMs.get(realm) ?? 0) + over : 0;
        lateMs.set(realm, late);
        if (late > MOST_LATE_MS)
          violate(`${realm.name} has not ended the session ${late} ms after it was due.`);
      }
    },
  };
};

/** Nothing went wrong since the use, and there was time to tell of it. */
function wasInUse(
  { scheduler, troubles }: Facts,
  { atMs, trueMs }: { atMs: number; trueMs: number },
  timeoutMs: number,
): boolean {
  if (scheduler.wallMs - atMs >= timeoutMs || troubles.since(trueMs - UNDER_WAY_MS)) return false;
  return scheduler.trueMs - trueMs > UNDER_WAY_MS;
}
