/**
 * Logins at other identity providers, as the app tells of them. Their tokens are held in memory alone; stored is only whom they
 * name, so that nobody else is given that identity.
 */
import type { Deps } from './deps.js';
import type { Questions } from './questions.js';
import { decoded } from './tokens.js';

/** What a page told, for one session. */
export interface HeldLogins {
  /** The fence of the session. */
  fence: number;
  /** By the names of the providers, for `Logins` of GetId and GetCredentialsForIdentity. */
  tokens: Record<string, string>;
  /** Whom the tokens name, providers and subjects; undefined: nobody is logged in. */
  userId?: string;
  /** Device time from which they are to be asked for again. */
  askAgainAtMs: number;
}

export interface Logins {
  /** Whether the app has told, or can tell, of logins. */
  canAsk(): boolean;
  /** What was told last of this session. */
  held(fence: number): HeldLogins | undefined;
  /**
   * Those that are held, or, when they have expired, what a page says now.
   * @param isAnew True: what is held will not do.
   * @returns undefined when no page could tell.
   */
  get(fence: number, isAnew: boolean): Promise<{ logins: HeldLogins; isFresh: boolean } | undefined>;
}

export function createLogins(
  { clock, instanceId }: Pick<Deps, 'clock' | 'instanceId'>,
  questions: Pick<Questions, 'ask' | 'canAsk'>,
): Logins {
  let last: HeldLogins | undefined;
  let unreadable = 0;
  /** Of the tokens told last, by their providers. */
  const names = new Map<string, { token: string; subject: string }>();
  const held = (fence: number): HeldLogins | undefined => (last?.fence === fence ? last : undefined);

  /** Whom a token names that is no JWT, only the identity pool knows: another one may be another user's. */
  function subjectOf(provider: string, token: string): string {
    const claimed = claimsOf(token)?.sub;
    if (typeof claimed === 'string') return claimed;
    const before = names.get(provider);
    if (before?.token === token) return before.subject;
    const subject = `${instanceId}/${(unreadable += 1)}`;
    names.set(provider, { token, subject });
    return subject;
  }

  function read(fence: number, tokens: Record<string, string>): HeldLogins {
    const named = Object.entries(tokens).map(([provider, token]) => [provider, subjectOf(provider, token)]);
    const expiries = Object.values(tokens).map((token) => (claimsOf(token)?.exp ?? 0) * 1_000);
    return {
      fence,
      tokens,
      // A user pool's `sub` never looks like this.
      ...(named.length > 0 && { userId: JSON.stringify(named.sort()) }),
      askAgainAtMs: Math.min(...(expiries.length > 0 ? expiries : [0])),
    };
  }

  return {
    canAsk: () => questions.canAsk('logins'),
    held,
    async get(fence, isAnew) {
      const known = held(fence);
      if (known && !isAnew && clock.wallMs() < known.askAgainAtMs) return { logins: known, isFresh: false };
      const tokens = await questions.ask('logins');
      if (!tokens) return undefined;
      last = read(fence, tokens);
      return { logins: last, isFresh: true };
    },
  };
}

function claimsOf(token: string): { sub?: unknown; exp?: number } | undefined {
  const claims = decoded(token);
  if (!claims) return undefined;
  const { sub, exp } = claims;
  return { sub, ...(typeof exp === 'number' && { exp }) };
}
