/** The operations of the identity pool (AWSCognitoIdentityService), enhanced flow. */
import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import { notAuthorized, resourceConflict, resourceNotFound } from './errors.js';
import { loginsOf, sameLogin, type Login, type LoginParts } from './identity-logins.js';
import { InputReader, type Input } from './input.js';
import type { LocalCognitoOptions } from './types.js';
import type { Answer, Operation } from './user-pool.js';

interface Identity {
  readonly identityId: string;
  /** Those that it is linked to, one of each provider; none for a guest. */
  logins: Login[];
}

export interface IdentityPoolParts extends LoginParts {
  region: string;
  identityPoolId: string;
  /** The roles that users may choose. */
  roles: readonly string[];
  onCredentials: LocalCognitoOptions['onCredentials'];
}

const ID_PATTERN = /^[\w-]+:[0-9a-f-]+$/;

const ROLE_PATTERN = /^arn:aws[\w-]*:iam::\d{12}:role\/.+$/;

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
    return [...this.identitiesById.values()].map(({ identityId, logins }) => ({
      identityId,
      providers: logins.map(({ provider }) => provider),
    }));
  }

  private async getId(raw: Input): Promise<Answer> {
    const input = new InputReader(raw, 'ValidationException');
    const poolId = input.text('IdentityPoolId', ID_PATTERN);
    if (poolId !== this.parts.identityPoolId) throw resourceNotFound(`IdentityPool '${poolId}' not found.`);
    const logins = await loginsOf(input, this.parts);
    if (logins.length === 0) {
      this.checkGuestsAllowed();
      return { IdentityId: this.create().identityId };
    }
    const identity = this.identityOf(logins) ?? this.create();
    this.link(identity, logins);
    return { IdentityId: identity.identityId };
  }

  private async getCredentialsForIdentity(raw: Input): Promise<Answer> {
    const input = new InputReader(raw, 'ValidationException');
    const identityId = input.text('IdentityId', ID_PATTERN);
    const logins = await loginsOf(input, this.parts);
    const role = input.optionalText('CustomRoleArn', ROLE_PATTERN);
    if (role !== undefined && (logins.length === 0 || !this.parts.roles.includes(role))) {
      throw notAuthorized('The role is not one that this identity may assume.');
    }
    const identity =
      logins.length > 0 ? this.identityForLogins(identityId, logins) : this.guestIdentity(identityId);
    return { IdentityId: identity.identityId, Credentials: this.mintCredentials() };
  }

  private guestIdentity(identityId: string): Identity {
    this.checkGuestsAllowed();
    const identity = this.known(identityId);
    if (identity.logins.length > 0 || identity.identityId !== identityId) {
      throw notAuthorized(`Access to Identity '${identityId}' is forbidden.`);
    }
    return identity;
  }

  /** A guest identity is linked to the logins, or merged into the identity that they already have. */
  private identityForLogins(identityId: string, logins: Login[]): Identity {
    const identity = this.known(identityId);
    const existing = this.identityOf(logins);
    const isGuest = identity.logins.length === 0;
    if (!isGuest && !logins.some((login) => identity.logins.some((own) => sameLogin(own, login)))) {
      throw notAuthorized(LOGINS_DO_NOT_MATCH);
    }
    this.link(existing ?? identity, logins);
    if (!existing || existing === identity) return identity;
    this.identitiesById.delete(identity.identityId);
    this.mergedInto.set(identity.identityId, existing.identityId);
    return existing;
  }

  private known(identityId: string): Identity {
    const identity = this.identitiesById.get(this.mergedInto.get(identityId) ?? identityId);
    if (!identity) throw resourceNotFound(`Identity '${identityId}' not found.`);
    return identity;
  }

  /** Throws where the logins are those of several identities. */
  private identityOf(logins: Login[]): Identity | undefined {
    const [identity, ...others] = [...this.identitiesById.values()].filter((one) =>
      one.logins.some((own) => logins.some((login) => sameLogin(own, login))),
    );
    if (others.length > 0) throw resourceConflict('A login is already linked to another identity.');
    return identity;
  }

  /** What is not linked to it yet. Throws for another user of a provider that it is linked to. */
  private link(identity: Identity, logins: Login[]): void {
    const fresh = logins.filter((login) => !identity.logins.some((own) => sameLogin(own, login)));
    if (fresh.some(({ provider }) => identity.logins.some((own) => own.provider === provider))) {
      throw notAuthorized(LOGINS_DO_NOT_MATCH);
    }
    identity.logins.push(...fresh);
  }

  private create(): Identity {
    const identity: Identity = { identityId: `${this.parts.region}:${randomUUID()}`, logins: [] };
    this.identitiesById.set(identity.identityId, identity);
    return identity;
  }

  private checkGuestsAllowed(): void {
    if (!this.parts.settings.current.guestsAllowed) {
      throw notAuthorized('Unauthenticated access is not supported for this identity pool.');
    }
  }

  /** Of the shape and the size that STS gives; they open what has been told of them, and nothing else. */
  private mintCredentials(): Record<string, unknown> {
    const { settings, onCredentials } = this.parts;
    const expiresAtSeconds = settings.nowSeconds() + settings.current.credentialsSeconds;
    const accessKeyId = mintAccessKeyId();
    const secretAccessKey = randomBytes(30).toString('base64');
    const sessionToken = randomBytes(768).toString('base64');
    onCredentials?.({ accessKeyId, secretAccessKey, sessionToken, expiresAtMs: expiresAtSeconds * 1000 });
    return {
      AccessKeyId: accessKeyId,
      SecretKey: secretAccessKey,
      SessionToken: sessionToken,
      Expiration: expiresAtSeconds,
    };
  }
}
