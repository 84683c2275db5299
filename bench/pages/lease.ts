/**
 * Times a call whose lease has run out against a raw round trip to a SharedWorker with an answer of the same size.
 * Both run on the same page, and both workers were started by the same page.
 */
import { configure, fetchAuthSession, getCurrentUser, signIn } from '../../client/index.js';
import { LEASE_MS } from '../../worker/contract.js';
import type { BenchConfig } from './side.js';

export interface LeasePage {
  signIn(username: string, password: string): Promise<void>;
  /** Gives the echo worker an answer of the session's shape and size. */
  prepareEcho(): Promise<void>;
  /** Milliseconds for that many raw round trips, one after the other. */
  timeRaw(calls: number): Promise<number>;
  /** Milliseconds for that many calls, the lease run out before each. */
  timeAsked(calls: number): Promise<number>;
  /** How many messages the page posts for that many calls, with the lease running and with it run out. */
  countMessages(calls: number): Promise<{ warm: number; asked: number }>;
}

declare global {
  interface Window {
    lease: LeasePage;
    /** Set by the script that runs before the page's own. */
    pageClock: {
      /** Moves `Date.now()` and `performance.now()` on together. */
      advance(ms: number): void;
      /** Monotonic time that nobody moved. */
      realNowMs(): number;
    };
  }
}

type Post = (this: MessagePort, ...input: unknown[]) => void;

const config = new URLSearchParams(location.search).get('config') ?? '{}';
configure(JSON.parse(config) as BenchConfig);

const echoUrl = new URL('./echo.worker.js', location.href);
const echo = new SharedWorker(echoUrl, { type: 'module', name: 'echo' }).port;
let lastId = 0;

function rawRoundTrip(keep?: unknown): Promise<unknown> {
  const id = (lastId += 1);
  return new Promise((resolve) => {
    echo.onmessage = ({ data }: MessageEvent<{ id: number; answer: unknown }>) => {
      if (data.id === id) resolve(data.answer);
    };
    echo.postMessage({ id, keep });
  });
}

async function time(calls: number, call: () => Promise<unknown>): Promise<number> {
  const startedAtMs = window.pageClock.realNowMs();
  for (let done = 0; done < calls; done += 1) await call();
  return window.pageClock.realNowMs() - startedAtMs;
}

function askWorker(): Promise<unknown> {
  window.pageClock.advance(LEASE_MS + 1);
  return fetchAuthSession();
}

window.lease = {
  async signIn(username, password) {
    await signIn({ username, password, options: { authFlowType: 'USER_PASSWORD_AUTH' } });
  },
  async prepareEcho() {
    const { tokens, credentials, identityId } = await fetchAuthSession();
    if (!tokens || !credentials) throw new Error('The session lacks tokens or credentials.');
    const view = {
      status: 'signed-in',
      tokens: { accessToken: tokens.accessToken.toString(), idToken: tokens.idToken?.toString() },
      credentials,
      identityId,
      user: await getCurrentUser(),
      leaseMs: LEASE_MS,
    };
    await rawRoundTrip({ instanceId: crypto.randomUUID(), revision: 1, ok: true, value: view });
  },
  timeRaw(calls) {
    // The other measurement pays for moving the clock, so this one does too.
    return time(calls, () => {
      window.pageClock.advance(0);
      return rawRoundTrip();
    });
  },
  timeAsked(calls) {
    return time(calls, askWorker);
  },
  async countMessages(calls) {
    const ports = MessagePort.prototype as unknown as { postMessage: Post };
    const post = ports.postMessage;
    let posted = 0;
    ports.postMessage = function (...input) {
      posted += 1;
      post.apply(this, input);
    };
    try {
      await askWorker();
      posted = 0;
      for (let done = 0; done < calls; done += 1) await fetchAuthSession();
      const warm = posted;
      posted = 0;
      for (let done = 0; done < calls; done += 1) await askWorker();
      return { warm, asked: posted };
    } finally {
      ports.postMessage = post;
    }
  },
};
