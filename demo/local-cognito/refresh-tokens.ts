/**
 * Refresh tokens and their families. A sign-in begins a family with its original token; with rotation on, each refresh
 * mints a child that becomes the family's newest token.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { notAuthorized, ServiceError } from './errors.js';

export interface Family {
  readonly username: string;
  /** The `origin_jti` claim of every token of this sign-in. */
  readonly originJti: string;
  /** The `event_id` claim. */
  readonly eventId: string;
  readonly authTimeSeconds: number;
  /** The scopes of a sign-in by managed login, which its refreshed tokens have, too. */
  readonly scope?: string;
  /** When the original token ends, and so every rotated one. */
  expiresAtMs: number;
  /** The device that it was begun on, in a pool that remembers devices. */
  deviceKey?: string;
  readonly original: string;
  newest: string;
  revoked: boolean;
}

interface Member {
  family: Family;
  /** When it was first exchanged for a child; undefined as long as it has none. */
  spentAtMs?: number;
}

/** The header of a real refresh token: an encrypted JWT that only the pool can read. */
const JWE_HEADER = Buffer.from(JSON.stringify({ cty: 'JWT', enc: 'A256GCM', alg: 'RSA-OAEP' })).toString(
  'base64url',
);

/** Five parts, about 1.8 kB, nothing inside. */
function mintOpaqueToken(): string {
  const parts = [256, 12, 1000, 16].map((size) => randomBytes(size).toString('base64url'));
  return [JWE_HEADER, ...parts].join('.');
}

export class RefreshTokens {
  private readonly members = new Map<string, Member>();
  private readonly families = new Map<string, Family>();

  constructor(
    private readonly nowMs: () => number,
    private readonly mint: () => string = mintOpaqueToken,
  ) {}

  begin(username: string, lifeSeconds: number, scope?: string): Family {
    const nowMs = this.nowMs();
    const original = this.mint();
    const family: Family = {
      username,
      originJti: randomUUID(),
      eventId: randomUUID(),
      authTimeSeconds: Math.floor(nowMs / 1000),
      ...(scope !== undefined && { scope }),
      expiresAtMs: nowMs + lifeSeconds * 1000,
      original,
      newest: original,
      revoked: false,
    };
    this.members.set(original, { family });
    this.families.set(family.originJti, family);
    return family;
  }

  /** The family of a token that may be used now. Throws what Cognito answers for one that may not. */
  check(token: string, graceSeconds: number): Family {
    return this.usable(token, graceSeconds).family;
  }

  /**
   * Exchanges a token for a child. A replay inside the grace period mints another child, and only the newest child
   * goes on; outside of it, and for a child that was overtaken, the answer is RefreshTokenReuseException, and the
   * newest token still works.
   */
  rotate(token: string, graceSeconds: number): string {
    const member = this.usable(token, graceSeconds);
    member.spentAtMs ??= this.nowMs();
    const child = this.mint();
    this.members.set(child, { family: member.family });
    member.family.newest = child;
    return child;
  }

  /** Ends the family if the token is its newest or its original one. Any other token, known or not, changes nothing. */
  revoke(token: string): void {
    const family = this.members.get(token)?.family;
    if (family && (token === family.newest || token === family.original)) family.revoked = true;
  }

  revokeAllOf(username: string): void {
    for (const family of this.families.values()) if (family.username === username) family.revoked = true;
  }

  expireAll(): void {
    const nowMs = this.nowMs();
    for (const family of this.families.values()) family.expiresAtMs = Math.min(family.expiresAtMs, nowMs);
  }

  /** Whether the tokens with this `origin_jti` are dead for Cognito's own operations. */
  isRevoked(originJti: unknown): boolean {
    const family = typeof originJti === 'string' ? this.families.get(originJti) : undefined;
    return family?.revoked ?? true;
  }

  /** Every token, in the order in which they were minted. */
  list(graceSeconds: number): { token: string; username: string; isUsable: boolean }[] {
    return [...this.members].map(([token, { family }]) => ({
      token,
      username: family.username,
      isUsable: this.isUsable(token, graceSeconds),
    }));
  }

  clear(): void {
    this.members.clear();
    this.families.clear();
  }

  private isUsable(token: string, graceSeconds: number): boolean {
    try {
      this.usable(token, graceSeconds);
      return true;
    } catch (error) {
      if (error instanceof ServiceError) return false;
      throw error;
    }
  }

  private usable(token: string, graceSeconds: number): Member {
    const member = this.members.get(token);
    if (!member) throw notAuthorized('Invalid Refresh Token.');
    const { family, spentAtMs } = member;
    const nowMs = this.nowMs();
    if (family.revoked) throw notAuthorized('Refresh Token has been revoked');
    if (nowMs >= family.expiresAtMs) throw notAuthorized('Refresh Token has expired');
    const inGrace = spentAtMs !== undefined && nowMs - spentAtMs < graceSeconds * 1000;
    if (token !== family.newest && !inGrace) {
      throw new ServiceError('RefreshTokenReuseException', 'Refresh token reuse detected');
    }
    return member;
  }
}
