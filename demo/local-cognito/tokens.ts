/** The signed tokens: claims, keys, verification. */
import { randomBytes, randomUUID } from 'node:crypto';
import { errors, exportJWK, generateKeyPair, jwtVerify, SignJWT, type JWK, type JWTPayload } from 'jose';
import type { Family } from './refresh-tokens.js';
import type { SettingsStore } from './settings.js';
import type { User } from './users.js';

interface SigningKey {
  kid: string;
  privateKey: CryptoKey;
  publicKey: CryptoKey;
  jwk: JWK;
}

/** Cognito signs access and ID tokens with different keys. */
export interface SigningKeys {
  id: SigningKey;
  access: SigningKey;
}

async function createSigningKey(): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair('RS256', { modulusLength: 2048 });
  const kid = randomBytes(32).toString('base64');
  const jwk = { ...(await exportJWK(publicKey)), kid, alg: 'RS256', use: 'sig' };
  return { kid, privateKey, publicKey, jwk };
}

async function createSigningKeys(): Promise<SigningKeys> {
  const [id, access] = await Promise.all([createSigningKey(), createSigningKey()]);
  return { id, access };
}

let keysOfThisProcess: Promise<SigningKeys> | undefined;

/** Made once for a process: two RSA keys cost up to a second, and tests start many servers. */
export function signingKeys(): Promise<SigningKeys> {
  keysOfThisProcess ??= createSigningKeys();
  return keysOfThisProcess;
}

/** Attributes that Cognito keeps as text and writes into the ID token as booleans. */
const BOOLEAN_ATTRIBUTES = new Set(['email_verified', 'phone_number_verified']);

function attributeClaims(attributes: Record<string, string>): JWTPayload {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [
      name,
      BOOLEAN_ATTRIBUTES.has(name) ? value === 'true' : value,
    ]),
  );
}

export type Verdict =
  | { status: 'valid'; claims: JWTPayload }
  | { status: 'expired'; expiredAtSeconds: number; claims: JWTPayload }
  | { status: 'invalid' };

export class TokenIssuer {
  constructor(
    readonly issuer: string,
    private readonly clientId: string,
    private readonly keys: SigningKeys,
    private readonly settings: SettingsStore,
  ) {}

  /** An access token and an ID token for the same moment. */
  async issue(user: User, family: Family, nonce?: string): Promise<{ accessToken: string; idToken: string }> {
    const iat = this.settings.nowSeconds();
    const { accessTokenSeconds, idTokenSeconds } = this.settings.current;
    const shared = {
      sub: user.sub,
      ...(user.groups.length > 0 ? { 'cognito:groups': user.groups } : {}),
      iss: this.issuer,
      origin_jti: family.originJti,
      event_id: family.eventId,
      auth_time: family.authTimeSeconds,
      iat,
    };
    const accessClaims = {
      ...shared,
      client_id: this.clientId,
      ...(family.deviceKey ? { device_key: family.deviceKey } : {}),
      token_use: 'access',
      ...(family.scope !== undefined && { version: 2 }),
      scope: family.scope ?? 'aws.cognito.signin.user.admin',
      exp: iat + accessTokenSeconds,
      jti: randomUUID(),
      username: user.username,
    };
    const idClaims = {
      ...attributeClaims(user.attributes),
      ...shared,
      'cognito:username': user.username,
      aud: this.clientId,
      token_use: 'id',
      ...(nonce !== undefined && { nonce }),
      exp: iat + idTokenSeconds,
      jti: randomUUID(),
    };
    const [accessToken, idToken] = await Promise.all([
      this.sign(accessClaims, this.keys.access),
      this.sign(idClaims, this.keys.id),
    ]);
    return { accessToken, idToken };
  }

  /** Checks signature, issuer, use and expiry against the server's clock. */
  async verify(token: string, use: 'access' | 'id'): Promise<Verdict> {
    const key = use === 'access' ? this.keys.access : this.keys.id;
    try {
      const { payload } = await jwtVerify(token, key.publicKey, {
        issuer: this.issuer,
        algorithms: ['RS256'],
        currentDate: new Date(this.settings.nowMs()),
        ...(use === 'id' ? { audience: this.clientId } : {}),
      });
      return { status: 'valid', claims: payload };
    } catch (error) {
      if (error instanceof errors.JWTExpired) {
        return { status: 'expired', expiredAtSeconds: error.payload.exp ?? 0, claims: error.payload };
      }
      return { status: 'invalid' };
    }
  }

  jwks(): { keys: JWK[] } {
    return { keys: [this.keys.id.jwk, this.keys.access.jwk] };
  }

  private sign(claims: JWTPayload, key: SigningKey): Promise<string> {
    return new SignJWT(claims).setProtectedHeader({ kid: key.kid, alg: 'RS256' }).sign(key.privateKey);
  }
}
