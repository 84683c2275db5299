/** The service as it is, whatever anybody hears of it: refresh tokens and their families, identities, and who owns what. */
import { RefreshTokens, type Family } from '../demo/local-cognito/refresh-tokens.js';
import { ServiceError } from '../demo/local-cognito/errors.js';
import type { CredentialsAnswer, TokenAnswer } from '../worker/deps.js';
import { makeTokenPair } from '../worker/testing/tokens.js';

/** Cognito's longest access tokens live a day, its shortest five minutes. */
const TOKEN_LIFE_SECONDS = 3_600;

/** All refresh tokens begin so, and nothing else does. */
export const SECRET_MARK = 'refresh-token-';

export interface Issued {
  family: Family;
  userId: string;
  expiresAtMs: number;
}

export class UserDirectory {
  graceSeconds = 0;
  isRotating = true;
  /** From the sign-in to the end of its refresh tokens. */
  validitySeconds = 30 * 24 * 3_600;
  private serial = 0;
  private readonly refreshTokens: RefreshTokens;
  private readonly families = new Map<string, Family>();
  private readonly issued = new Map<string, Issued>();
  /** When each refresh token was followed by another one of its family. */
  private readonly followedAtMs = new Map<string, number>();
  /** Identity id to the `sub` of its user; undefined for a guest. */
  private readonly identities = new Map<string, string | undefined>();
  private readonly accessKeys = new Map<string, string | undefined>();

  constructor(private readonly nowMs: () => number) {
    this.refreshTokens = new RefreshTokens(nowMs, () => `${SECRET_MARK}${(this.serial += 1)}`);
  }

  signIn(username: string): TokenAnswer & { refreshToken: string } {
    const family = this.refreshTokens.begin(username, this.validitySeconds);
    this.families.set(family.original, family);
    return { ...this.issue(family), refreshToken: family.original };
  }

  refresh(refreshToken: string): TokenAnswer {
    const family = this.refreshTokens.check(refreshToken, this.graceSeconds);
    const before = family.newest;
    const child = this.isRotating ? this.refreshTokens.rotate(refreshToken, this.graceSeconds) : undefined;
    if (child !== undefined) {
      this.families.set(child, family);
      this.followedAtMs.set(before, this.nowMs());
    }
    return { ...this.issue(family), ...(child !== undefined && { refreshToken: child }) };
  }

  revoke(refreshToken: string): void {
    this.refreshTokens.revoke(refreshToken);
  }

  /** An administrator ends all of a user's sessions. */
  revokeAllOf(username: string): void {
    this.refreshTokens.revokeAllOf(username);
  }

  identityId(userId: string | undefined): string {
    const own = [...this.identities].find(([, owner]) => userId !== undefined && owner === userId);
    if (own) return own[0];
    const identityId = `eu-central-1:identity-${this.identities.size + 1}`;
    this.identities.set(identityId, userId);
    return identityId;
  }

  credentials(identityId: string, userId: string | undefined): CredentialsAnswer {
    if (!this.identities.has(identityId))
      throw new ServiceError('ResourceNotFoundException', `Identity '${identityId}' not found.`);
    const owner = this.identities.get(identityId);
    if (owner !== undefined && owner !== userId)
      throw new ServiceError('NotAuthorizedException', "Logins don't match.");
    this.identities.set(identityId, userId);
    const accessKeyId = `AKID${(this.serial += 1)}`;
    this.accessKeys.set(accessKeyId, userId);
    return {
      identityId,
      accessKeyId,
      secretAccessKey: 'secret',
      sessionToken: 'session',
      expirationMs: this.nowMs() + 3_600_000,
    };
  }

  /** Whose an access or ID token is. */
  issuedBy(token: string): Issued | undefined {
    return this.issued.get(token);
  }

  familyOf(refreshToken: string): Family | undefined {
    return this.families.get(refreshToken);
  }

  ownerOfIdentity(identityId: string): string | undefined {
    return this.identities.get(identityId);
  }

  ownerOfAccessKey(accessKeyId: string): string | undefined {
    return this.accessKeys.get(accessKeyId);
  }

  /** When it ceased to be its family's newest. */
  supersededAtMs(refreshToken: string): number | undefined {
    return this.followedAtMs.get(refreshToken);
  }

  /** Whether the service would take this token now. */
  wouldTake(refreshToken: string): boolean {
    try {
      this.refreshTokens.check(refreshToken, this.graceSeconds);
      return true;
    } catch {
      return false;
    }
  }

  private issue(family: Family): TokenAnswer {
    const userId = `sub-${family.username}`;
    const signedInAtMs = family.authTimeSeconds * 1_000;
    const pair = makeTokenPair(userId, this.nowMs(), TOKEN_LIFE_SECONDS, signedInAtMs);
    const expiresAtMs = Math.floor(this.nowMs() / 1_000 + TOKEN_LIFE_SECONDS) * 1_000;
    for (const token of [pair.accessToken, pair.idToken])
      this.issued.set(token, { family, userId, expiresAtMs });
    return pair;
  }
}
