/** The public types of the local Cognito. */
import type { SentCode } from './codes.js';
import type { Fault } from './faults.js';
import type { Passkey } from './factors.js';
import type { Hold } from './holds.js';
import type { AuthenticatorCode } from './mfa.js';
import type { RequestEntry } from './request-log.js';
import type { Settings } from './settings.js';
import type { SeedUser } from './users.js';

/** AWS credentials as a service that takes them has to know them. */
export interface IssuedCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
  /** On the local Cognito's clock. */
  expiresAtMs: number;
}

export interface LocalCognitoOptions {
  /** The port on 127.0.0.1. Default 0: any free one. */
  port?: number;
  /** Default `eu-central-1`. Names the issuer and the identities; nothing leaves this machine. */
  region?: string;
  /** Default `<region>_LocalPool`. */
  userPoolId?: string;
  /** Default `localcognitoclient00000001`. */
  clientId?: string;
  /** Default `<region>:` and a fixed UUID. */
  identityPoolId?: string;
  /** Merged over the default settings; `reset()` comes back to them. */
  settings?: Partial<Settings>;
  /** Default: one confirmed user, `ada`. */
  users?: SeedUser[];
  /** Attributes that every user must have; NEW_PASSWORD_REQUIRED asks for those that are missing. Default none. */
  requiredAttributes?: string[];
  /** Where managed login may send the browser back to. Default: every URL of 127.0.0.1 and localhost. */
  callbackUrls?: string[];
  /** The same for `/logout`. */
  logoutUrls?: string[];
  /** Identity providers of the identity pool beside the user pool, by name (`accounts.google.com`). Default none. */
  loginProviders?: string[];
  /** ARNs of the roles that users may ask for (`CustomRoleArn`). Default none. */
  roles?: string[];
  /** The domain that passkeys are for. Default `localhost`. */
  relyingPartyId?: string;
  /** Called with each set of credentials, before it is given out, for a service that is to take them. */
  onCredentials?: (credentials: IssuedCredentials) => void;
  /** Called once for each request, when it is over. */
  onRequest?: (entry: RequestEntry) => void;
}

/** One identity of the identity pool, as a test sees it. */
export interface IdentitySummary {
  identityId: string;
  /** The providers that it is linked to; none means a guest. */
  providers: readonly string[];
}

/** One refresh token that was given out. */
export interface RefreshTokenSummary {
  token: string;
  username: string;
  /** Whether it would be exchanged now. */
  isUsable: boolean;
}

export interface LocalCognito {
  /** `http://127.0.0.1:<port>`: the user pool, the identity pool, the JWKS and the control API. */
  readonly url: string;
  /** What `configure()` of the package takes. */
  readonly config: {
    userPoolId: string;
    userPoolClientId: string;
    identityPoolId: string;
    endpoints: { userPool: string; identityPool: string; oauth: string };
  };
  /** Every request since the start or the last `clearLog()`, in order of arrival. */
  readonly requests: readonly RequestEntry[];
  /** Requests that arrived, by operation. */
  counts(): Record<string, number>;
  /** Requests that were carried out and answered with 200, by operation. */
  accepted(): Record<string, number>;
  clearLog(): void;
  /** Throws RangeError for a value out of its bounds; then nothing has changed. */
  change(settings: Partial<Settings>): void;
  /** Throws RangeError for a fault that can't happen. */
  addFault(fault: Fault): void;
  clearFaults(): void;
  /**
   * From now on, answers of that operation wait until `release()`. The work itself is done on arrival. Throws RangeError
   * for an operation that isn't there, as `waitForRequest` does.
   */
  hold(operation: string): Hold;
  /** Resolves when `count` such requests (default 1) have arrived since `clearLog()`; rejects when the server closes. */
  waitForRequest(operation: string, count?: number): Promise<void>;
  /** Users, tokens, identities, log, faults and settings as at the start; holds are released. */
  reset(): void;
  /** Ends every connection, answered or not. */
  close(): Promise<void>;

  /** Ends all sessions of a user, as AdminUserGlobalSignOut does. */
  revokeUserSessions(username: string): void;
  /** Deletes the user; the tokens stay signed, but no operation takes them any more. */
  deleteUser(username: string): void;
  /** Deletes an identity, as DeleteIdentities does. */
  deleteIdentity(identityId: string): void;
  /** Makes every refresh token that is out expire now. */
  expireRefreshTokens(): void;
  /** Registers a passkey. Throws RangeError for a user who isn't there. */
  addPasskey(username: string, passkey: Passkey): void;
  /** The codes that were sent since the last reset, the newest last; of one user, or of all. */
  codes(username?: string): SentCode[];
  /** What the authenticator apps of the users show now, those that are being set up included. */
  authenticators(): AuthenticatorCode[];
  /** All live identities, in order of creation. */
  identities(): IdentitySummary[];
  /** Every refresh token since the last reset, in the order in which they were given out. */
  refreshTokens(): RefreshTokenSummary[];
}
