/** Signing in with a passkey: a challenge, and the check of the assertion (WebAuthn Level 2, section 7.2), ES256 only. */
import { createHash, createPublicKey, randomBytes, timingSafeEqual, verify } from 'node:crypto';
import { invalidParameter, notAuthorized } from './errors.js';
import type { Passkey } from './factors.js';
import type { Input, InputReader } from './input.js';
import { parameter, type Awaited, type Challenge, type Sessions } from './sessions.js';
import type { User } from './users.js';

const TIMEOUT_MS = 180_000;
const USER_PRESENT = 0x01;
const RP_ID_HASH_BYTES = 32;

interface AwaitedAssertion extends Awaited {
  /** The random challenge, in base64url. */
  readonly random: string;
}

interface Assertion {
  id: string;
  clientDataJSON: Buffer;
  authenticatorData: Buffer;
  signature: Buffer;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

const sha256 = (data: Buffer | string): Buffer => createHash('sha256').update(data).digest();

function parseJson(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (isRecord(value)) return value;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw invalidParameter('CREDENTIAL is not the JSON of an assertion');
}

/** AuthenticationResponseJSON of WebAuthn Level 3. */
function parseAssertion(text: string): Assertion {
  const { id, response } = parseJson(text);
  if (typeof id !== 'string' || !isRecord(response))
    throw invalidParameter('CREDENTIAL has no id or no response');
  const bytes = (member: string): Buffer => {
    const value = response[member];
    if (typeof value !== 'string' || !/^[\w-]+$/.test(value))
      throw invalidParameter(`CREDENTIAL has no ${member} in base64url`);
    return Buffer.from(value, 'base64url');
  };
  return {
    id,
    clientDataJSON: bytes('clientDataJSON'),
    authenticatorData: bytes('authenticatorData'),
    signature: bytes('signature'),
  };
}

/** What `POST /_local/passkeys` registers. Throws RangeError for a key that can't verify ES256. */
export function parsePasskey({ credentialId, publicKey }: Input): Passkey {
  if (typeof credentialId !== 'string') throw new RangeError('credentialId must be text in base64url');
  if (!isRecord(publicKey) || publicKey.kty !== 'EC' || publicKey.crv !== 'P-256')
    throw new RangeError('publicKey must be a JWK of P-256');
  return { credentialId, publicKey };
}

export class WebAuthn {
  constructor(
    private readonly sessions: Sessions,
    private readonly relyingPartyId: string,
  ) {}

  ask(user: User): Challenge {
    if (user.factors.passkeys.length === 0) throw invalidParameter('The user has no passkey');
    const random = randomBytes(32).toString('base64url');
    const awaited: AwaitedAssertion = { challenge: 'WEB_AUTHN', random };
    const options = {
      challenge: random,
      timeout: TIMEOUT_MS,
      rpId: this.relyingPartyId,
      allowCredentials: user.factors.passkeys.map(({ credentialId }) => ({
        type: 'public-key',
        id: credentialId,
        transports: ['internal'],
      })),
      userVerification: 'preferred',
    };
    return {
      ChallengeName: 'WEB_AUTHN',
      ChallengeParameters: { CREDENTIAL_REQUEST_OPTIONS: JSON.stringify(options) },
      Session: this.sessions.open(user, awaited),
    };
  }

  /** RespondToAuthChallenge WEB_AUTHN. Right or wrong, the session is used up: its challenge must not be signed twice. */
  answer(input: InputReader, user: User, awaited: Awaited): { proved: User } {
    const assertion = parseAssertion(parameter(input.textMap('ChallengeResponses') ?? {}, 'CREDENTIAL'));
    this.sessions.end(input.text('Session'));
    const passkey = user.factors.passkeys.find(({ credentialId }) => credentialId === assertion.id);
    if (!passkey || !this.isRight(assertion, passkey, (awaited as AwaitedAssertion).random))
      throw notAuthorized('Invalid credential for the user.');
    return { proved: user };
  }

  private isRight(assertion: Assertion, passkey: Passkey, random: string): boolean {
    const { clientDataJSON, authenticatorData, signature } = assertion;
    const { type, challenge, origin } = parseJson(clientDataJSON.toString());
    if (type !== 'webauthn.get' || challenge !== random) return false;
    if (typeof origin !== 'string' || origin === '') return false;
    const rpIdHash = authenticatorData.subarray(0, RP_ID_HASH_BYTES);
    if (rpIdHash.length < RP_ID_HASH_BYTES || !timingSafeEqual(rpIdHash, sha256(this.relyingPartyId)))
      return false;
    if (((authenticatorData[RP_ID_HASH_BYTES] ?? 0) & USER_PRESENT) === 0) return false;
    const key = createPublicKey({ key: passkey.publicKey, format: 'jwk' });
    return verify('sha256', Buffer.concat([authenticatorData, sha256(clientDataJSON)]), key, signature);
  }
}
