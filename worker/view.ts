/** What a page sees of the session, and for how long it may hold on to that. */
import { LEASE_MS, type AWSCredentials, type SessionView } from './contract.js';
import type { CredentialsKeeper } from './credentials.js';
import type { Deps, StoredCredentials } from './deps.js';
import { decodeParts } from './jwt.js';
import type { Knowledge } from './knowledge.js';
import { revisionOf, userOf, type State } from './state.js';
import { mustRefreshMs, refreshTokenExpiresAt, timeLeftMs, type LiveTokens } from './tokens.js';

export interface Viewer {
  view(): SessionView;
}

/** @param idleLeftMs How long until the session ends unless somebody uses it. */
export function createViewer(
  deps: Deps,
  knowledge: Knowledge,
  keeper: CredentialsKeeper,
  idleLeftMs: () => number = () => Infinity,
): Viewer {
  const { clock, config } = deps;
  const decoded = new WeakMap<LiveTokens, ReturnType<typeof decodeBoth>>();

  function decodeOnce(tokens: LiveTokens): ReturnType<typeof decodeBoth> {
    const known = decoded.get(tokens) ?? decodeBoth(tokens);
    decoded.set(tokens, known);
    return known;
  }

  function view(): SessionView {
    const { state } = knowledge;
    const identity = keeper.identity();
    const credentials = identity?.credentials && livingCredentials(identity.credentials);
    const { failure } = keeper;
    // A page must not answer without credentials that a call would have fetched.
    const isDue = !credentials && !failure && keeper.isEntitled();
    return {
      revision: revisionOf(state),
      status: state.type === 'signed-in' ? 'signed-in' : 'signed-out',
      ...(state.type === 'signed-in' && userPart(state)),
      ...(state.type === 'signed-out' && state.ended && { ended: state.ended }),
      ...(identity && { identityId: identity.identityId }),
      ...(credentials && { credentials: credentials.value }),
      ...(!credentials && failure && { credentialsError: failure }),
      leaseMs: isDue
        ? 0
        : Math.max(0, Math.min(LEASE_MS, tokensLeaseMs(state), credentials?.leftMs ?? LEASE_MS)),
    };
  }

  function userPart(state: State & { type: 'signed-in' }): Partial<SessionView> {
    const { tokens } = state;
    const { accessToken, idToken } = tokens;
    const endsAt = refreshTokenExpiresAt(tokens, config.refreshTokenValiditySeconds);
    return {
      tokens: { accessToken, ...(idToken !== undefined && { idToken }) },
      decoded: decodeOnce(tokens),
      ...(endsAt && { refreshTokenExpiresAt: endsAt }),
      user: userOf(state),
      origin: state.origin,
      ...(state.ending && { ending: state.ending }),
      ...(state.idleEnding && { idleEnding: state.idleEnding }),
    };
  }

  /** A page must not answer by itself at a time when the worker would refresh first. */
  function tokensLeaseMs(state: State): number {
    if (state.type !== 'signed-in') return LEASE_MS;
    if (!state.tokens.clockTrusted) return 0;
    const leftMs = timeLeftMs(state.tokens, clock);
    return Math.min(leftMs - mustRefreshMs(state.tokens.lifeMs), idleLeftMs());
  }

  function livingCredentials(
    stored: StoredCredentials,
  ): { value: AWSCredentials; leftMs: number } | undefined {
    const leftMs = keeper.leftMs(stored);
    if (leftMs <= 0) return undefined;
    const { accessKeyId, secretAccessKey, sessionToken, askedAtMs, lifeMs } = stored;
    return {
      leftMs: leftMs - mustRefreshMs(lifeMs),
      value: {
        accessKeyId,
        secretAccessKey,
        ...(sessionToken !== undefined && { sessionToken }),
        // The AWS SDK compares it with the device's clock; Cognito's own time would keep dead ones alive on a slow device.
        expiration: new Date(askedAtMs + lifeMs),
      },
    };
  }

  return { view };
}

/** For the view of these tokens. Both were read before they were stored. */
export function decodeBoth({
  accessToken,
  idToken,
}: Pick<LiveTokens, 'accessToken' | 'idToken'>): NonNullable<SessionView['decoded']> {
  return {
    accessToken: decodeParts(accessToken),
    ...(idToken !== undefined && { idToken: decodeParts(idToken) }),
  };
}
