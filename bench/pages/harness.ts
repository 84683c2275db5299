/** Puts the harness on the page: configures the side from the page's address and times what it does. */
import type { BenchConfig, BenchPage, SeenEvent, SessionLike, Side } from './side.js';

export function install(side: Side): void {
  const address = new URLSearchParams(location.search);
  side.configure(JSON.parse(address.get('config') ?? '{}') as BenchConfig);
  const events = watchEvents(side);

  window.bench = {
    first: address.has('auto') ? timeFirstSession(side) : undefined,
    async signIn(username, password) {
      await side.signIn(username, password);
    },
    async signOut() {
      const calledAtMs = sharedClockMs();
      await side.signOut();
      return calledAtMs;
    },
    async fetchSession() {
      assertComplete(await side.fetchSession());
    },
    async forceRefresh() {
      window.bench.forced = side.fetchSession({ forceRefresh: true }).then(assertComplete);
      await side.received();
    },
    forced: undefined,
    async timeCalls(calls) {
      assertComplete(await side.fetchSession());
      const startedAtMs = performance.now();
      for (let call = 0; call < calls; call += 1) await side.fetchSession();
      const tookMs = performance.now() - startedAtMs;
      assertComplete(await side.fetchSession());
      return tookMs;
    },
    event: events,
  };
}

async function timeFirstSession(side: Side): Promise<number> {
  assertComplete(await side.fetchSession());
  return performance.now();
}

function watchEvents(side: Side): BenchPage['event'] {
  const seen: SeenEvent[] = [];
  const waiting = new Set<() => void>();
  side.onEvent((type) => {
    seen.push({ type, atMs: sharedClockMs() });
    for (const look of waiting) look();
  });
  return (type, afterMs) =>
    new Promise((resolve) => {
      const look = (): void => {
        const found = seen.find((event) => event.type === type && event.atMs >= afterMs);
        if (!found) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      look();
    });
}

function sharedClockMs(): number {
  return performance.timeOrigin + performance.now();
}

function assertComplete(session: SessionLike): void {
  if (!session.tokens || !session.credentials) throw new Error('The session lacks tokens or credentials.');
}
