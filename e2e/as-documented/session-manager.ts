/** A session manager for a whole app. The package's calls are its methods: what they share with other tabs is the worker's business. */
import {
  clearSession,
  fetchAuthSession,
  getCredentials,
  getCurrentUser,
  getSession,
  initialize,
  isAuthenticated,
  onSessionChange,
  refreshSession,
  type AuthSession,
  type AuthTokens,
  type AWSCredentials,
  type FetchAuthSessionOptions,
} from '../../client/index.js';

/** What an app's header shows. */
export interface Shown {
  isSignedIn: boolean;
  userId?: string;
  accessTokenEndsAtMs?: number;
  hasIdToken: boolean;
  hasRefreshToken: boolean;
  identityId?: string;
  accessKeyId?: string;
}

export interface SessionManager {
  initialize(): Promise<AuthSession | null>;
  getSession(): Promise<AuthSession | null>;
  refreshSession(forceRefresh?: boolean): Promise<AuthSession>;
  isAuthenticated(): Promise<boolean>;
  getCredentials(): Promise<AWSCredentials | null>;
  /** Called with null when nobody is signed in. */
  onSessionChange(listener: (session: AuthSession | null) => void): () => void;
  clearSession(): Promise<void>;
}

export const sessionManager: SessionManager = {
  initialize,
  getSession,
  refreshSession,
  isAuthenticated,
  getCredentials,
  onSessionChange,
  clearSession,
};

/** The session as it is now; with `forceRefresh`, with tokens that were not there before. */
export async function showSession(options?: FetchAuthSessionOptions): Promise<Shown> {
  return shown(await fetchAuthSession(options));
}

export function shown(session: AuthSession | null): Shown {
  const { tokens, credentials, identityId, userSub }: AuthSession = session ?? {};
  return {
    isSignedIn: tokens !== undefined,
    ...(userSub !== undefined && { userId: userSub }),
    ...(tokens && { accessTokenEndsAtMs: endOf(tokens) }),
    hasIdToken: tokens?.idToken !== undefined,
    hasRefreshToken: tokens?.refreshToken !== undefined,
    ...(identityId !== undefined && { identityId }),
    ...(credentials && { accessKeyId: credentials.accessKeyId }),
  };
}

function endOf({ accessToken }: AuthTokens): number {
  return accessToken.payload.exp * 1_000;
}

/** Who is signed in, for a greeting. */
export async function greeting(): Promise<string> {
  const { username, userId } = await getCurrentUser();
  return `${username} (${userId})`;
}

/** Keeps a list of what the app was told, as a view would show it. */
export function follow(): { told: Shown[]; stop: () => void } {
  const told: Shown[] = [];
  const stop = sessionManager.onSessionChange((session) => void told.push(shown(session)));
  return { told, stop };
}
