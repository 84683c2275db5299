/** Each warning of a session's end is told once in each tab, and before an end that nobody uses the session for, in all that are awake. */
import type { Family } from '../../demo/local-cognito/refresh-tokens.js';
import type { Page } from '../page.js';
import type { Realm } from '../realm.js';
import type { KeptPromise } from './promise.js';
import { createWatchful } from './watchful.js';

/** A look at the clock finds out within this time that it was set, or that the device slept. */
const TIME_TO_NOTICE_MS = 2_000;

const WARN_SECONDS = 60;

export const warnedOnce: KeptPromise = ({ scheduler, users, troubles, config, pages }, violate) => {
  const { timeoutSeconds = 0, warnSeconds = Math.min(WARN_SECONDS, timeoutSeconds / 2) } =
    config.policy?.idle ?? {};
  if (!config.policy && config.refreshTokenValiditySeconds === undefined) return {};
  const told = new Map<Page, { family: Family; warnings: Set<string> }>();
  const watchful = createWatchful();
  /** Pages whose runtime has been awake all the while, and since when. Monotonic time. */
  const awakeSinceMs = new Map<Realm, number>();

  function isWarned(page: Page | undefined, endsAtMs: number): boolean {
    return !page || told.get(page)?.warnings.has(idleWarning(endsAtMs)) === true;
  }

  return {
    onMessage: watchful.onMessage,
    onPosted: watchful.onPosted,
    onEvent(page, event, session) {
      const token = session?.tokens?.accessToken.toString();
      const family = token === undefined ? undefined : users.issuedBy(token)?.family;
      if (event.type !== 'sessionEnding' || !family) return;
      const { cause, beforeSeconds, endsAtMs } = event;
      const before = told.get(page);
      const warnings = before?.family === family ? before.warnings : new Set<string>();
      told.set(page, { family, warnings });
      const which = cause === 'idle' ? idleWarning(endsAtMs) : String(beforeSeconds);
      if (warnings.has(which) && !troubles.since(0, 'storage')) {
        violate(`${page.realm.name} was told twice of ${cause}, ${beforeSeconds} s before the end.`);
      }
      warnings.add(which);
    },
    onTimePassed() {
      const awake = new Set([...watchful.now().values()].flat());
      for (const realm of awakeSinceMs.keys()) if (!awake.has(realm)) awakeSinceMs.delete(realm);
      for (const realm of awake) awakeSinceMs.set(realm, awakeSinceMs.get(realm) ?? scheduler.monotonicMs);
    },
    onCommitted(realm, before, { session, ended }) {
      if (!before?.session || session || ended?.reason !== 'idle' || warnSeconds === 0) return;
      const endsAtMs = (before.session.activeAtMs ?? 0) + timeoutSeconds * 1_000;
      const needsMs = warnSeconds * 1_000 + TIME_TO_NOTICE_MS + (scheduler.wallMs - endsAtMs);
      if (troubles.since(scheduler.trueMs - needsMs) || troubles.since(0, 'storage')) return;
      for (const [awake, sinceMs] of awakeSinceMs) {
        const page = pages.find((candidate) => candidate.realm === awake);
        if (scheduler.monotonicMs - sinceMs < needsMs || isWarned(page, endsAtMs)) continue;
        violate(`${realm.name} ended a session that ${awake.name} had not been warned for.`);
      }
    },
  };
};

const idleWarning = (endsAtMs: number): string => `idle ${endsAtMs}`;
