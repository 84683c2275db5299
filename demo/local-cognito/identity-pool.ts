/** The operations of the identity pool (AWSCognitoIdentityService), enhanced flow. */
import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import { invalidParameter, notAuthorized, resourceNotFound } from './errors.js';
import { InputReader, type Input } from './input.js';
import type { SettingsStore } from './settings.js';
import type { TokenIssuer } from './tokens.js';
import type { Answer, Operation } from './user-pool.js';

interface Identity {
  readonly identityId: string;
  /** The login that it belongs to; undefined for a guest. */
  login?: Login;
}

interface Login {
  provider: string;
  sub: string;
}

export interface IdentityPoolParts {
  region: string;
  identityPoolId: string;
  issuer: TokenIssuer;
  settings: SettingsStore;
  /** Whether the user is gone or the tokens of that `origin_jti` are revoked; asked only with the server-side token check on. */
  isInactive: (originJti: unknown, username: unknown) => boolean;
}

const ID_PATTERN = /^[\w-]+:[0-9a-f-]+$/;

const sameLogin = (left: Login, right: Login): boolean =>
  left.provider === right.provider && left.sub === right.sub;

const LOGINS_DO_NOT_MATCH =
  "Logins don't match. Please include at least one valid login for this identity or identity pool.";

function mintAccessKeyId(): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  return `ASIA${Array.from({ length: 16 }, () => alphabet[randomInt(alphabet.length)]).join('')}`;
}

export class IdentityPool {
  readonly operations: Readonly<Record<string, Operation>> = {
    GetId: (input) => this.getId(input),
    GetCredentialsForIdentity: (input) => this.getCredentialsForIdentity(input),
  };

  private readonly identitiesById = new Map<string, Identity>();
  /** Guest ids that were merged into the identity of a login; they stay known, but are nobody's any more. */
  private readonly mergedInto = new Map<string, string>();

  constructor(private readonly parts: IdentityPoolParts) {}

  clear(): void {
    this.identitiesById.clear();
    this.mergedInto.clear();
  }

  delete(identityId: string): void {
    this.identitiesById.delete(identityId);
    for (const [merged, target] of this.mergedInto) if (target === identityId) this.mergedInto.delete(merged);
  }

  identities(): { identityId: string; providers: string[] }[] {
    return [...this.identitiesById.values()].map(({ identityId, login }) => ({
      identityId,
      providers: login ? [login.provider] : [],
    }));
  }

  private async getId(raw: Input): Promise<Answer> {
    const input = new InputReader(raw, 'ValidationException');
    const poolId = input.text('IdentityPoolId', ID_PATTERN);
    if (poolId !== this.parts.identityPoolId) throw resourceNotFound(`IdentityPool '${poolId}' not found.`);
    const login = await this.loginOf(input);
    if (!login) {
      this.checkGuestsAllowed();
      return { IdentityId: this.create().identityId };
    }
    return { IdentityId: (this.identityOf(login) ?? this.create(login)).identityId };
  }

  private async getCredentialsForIdentity(raw: Input): Promise<Answer> {
    const input = new InputReader(raw, 'ValidationException');
    const identityId = input.text('IdentityId', ID_PATTERN);
    const login = await this.loginOf(input);
    const identity = login ? this.identityForLogin(identityId, login) : this.guestIdentity(identityId);
    return { IdentityId: identity.identityId, Credentials: this.mintCredentials() };
  }

  private guestIdentity(identityId: string): Identity {
    this.checkGuestsAllowed();
    const identity = this.known(identityId);
    if (identity.login || identity.identityId !== identityId) {
      throw notAuthorized(`Access to Identity '${identityId}' is forbidden.`);
    }
    return identity;
  }

  /** A guest identity is linked to the login, or merged into the identity that the login already has. */
  private identityForLogin(identityId: string, login: Login): Identity {
    const identity = this.known(identityId);
    if (identity.login) {
      if (!sameLogin(identity.login, login)) throw notAuthorized(LOGINS_DO_NOT_MATCH);
      return identity;
    }
    const existing = this.identityOf(login);
    if (!existing) {
      identity.login = login;
      return identity;
    }
    this.identitiesById.delete(identity.identityId);
    this.mergedInto.set(identity.identityId, existing.identityId);
    return existing;
  }

  private known(identityId: string): Identity {
    const identity = this.identitiesById.get(this.mergedInto.get(identityId) ?? identityId);
    if (!identity) throw resourceNotFound(`Identity '${identityId}' not found.`);
    return identity;
  }

  private identityOf(login: Login): Identity | undefined {
    return [...this.identitiesById.values()].find(
      (identity) => identity.login && sameLogin(identity.login, login),
    );
  }

  private create(login?: Login): Identity {
    const identityId = `${this.parts.region}:${randomUUID()}`;
    const identity: Identity = login ? { identityId, login } : { identityId };
    this.identitiesById.set(identityId, identity);
    return identity;
  }

  private checkGuestsAllowed(): void {
    if (!this.parts.settings.current.guestsAllowed) {
      throw notAuthorized('Unauthenticated access is not supported for this identity pool.');
    }
  }

  /** The login that the request proves; undefined for a guest. */
  private async loginOf(input: InputReader): Promise<Login | undefined> {
    const logins = Object.entries(input.textMap('Logins') ?? {});
    const [first] = logins;
    if (!first) return undefined;
    if (logins.length > 10) throw invalidParameter('Logins must have at most 10 entries');
    const [provider, token] = first;
    const { issuer, settings } = this.parts;
    if (logins.length > 1 || provider !== issuer.issuer.replace('https://', '')) {
      throw notAuthorized('Token is not from a supported provider of this identity pool.');
    }
    const verdict = await issuer.verify(token, 'id');
    if (verdict.status === 'invalid')
      throw notAuthorized('Invalid login token. Not a valid OpenId Connect identity token.');
    if (verdict.status === 'expired') {
      throw notAuthorized(
        `Invalid login token. Token expired: ${settings.nowSeconds()} >= ${verdict.expiredAtSeconds}`,
      );
    }
    const { claims } = verdict;
    if (
      settings.current.serverSideTokenCheck &&
      this.parts.isInactive(claims.origin_jti, claims['cognito:username'])
    ) {
      throw notAuthorized('Token is inactive');
    }
    return { provider, sub: String(claims.sub) };
  }

  /** Of the shape and the size that STS gives; they open nothing. */
  private mintCredentials(): Record<string, unknown> {
    const { settings } = this.parts;
    return {
      AccessKeyId: mintAccessKeyId(),
      SecretKey: randomBytes(30).toString('base64'),
      SessionToken: randomBytes(768).toString('base64'),
      Expiration: settings.nowSeconds() + settings.current.credentialsSeconds,
    };
  }
}
