/** InitiateAuth and RespondToAuthChallenge: from a password to tokens. */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { invalidParameter, notAuthorized, ServiceError } from './errors.js';
import type { InputReader } from './input.js';
import type { SettingsStore } from './settings.js';
import { claimSignature, startExchange } from './srp.js';
import { stableUuid, type User, type UserDirectory } from './users.js';

/** A few seconds in Cognito; longer here, since a busy machine's browser is slow with big numbers. */
const PASSWORD_VERIFIER_LIFE_MS = 30_000;
/** AuthSessionValidity is 3 minutes by default. */
const SESSION_LIFE_MS = 180_000;

/** `Sat Nov 1 09:05:07 UTC 2025`: English, UTC, the day without a leading zero. */
export const TIMESTAMP =
  /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun) (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d?\d \d\d:\d\d:\d\d UTC \d{4}$/;

/** Cognito signs the time as it writes it itself: a day with a leading zero is read, but its signature is wrong. */
export const asCognitoWritesIt = (timestamp: string): string => timestamp.replace(/ 0(\d) /, ' $1 ');

/** What a new attribute's name has in front in NEW_PASSWORD_REQUIRED. */
const ATTRIBUTE_PREFIX = 'userAttributes.';

interface PendingVerifier {
  user: User | undefined;
  userId: string;
  key: Buffer | undefined;
  startedAtMs: number;
}

interface PendingSession {
  user: User;
  startedAtMs: number;
}

export type SignInResult =
  | { signedIn: User }
  | { challenge: { ChallengeName: string; ChallengeParameters: Record<string, string>; Session?: string } };

const wrongPassword = (): ServiceError => notAuthorized('Incorrect username or password.');

function parameter(parameters: Record<string, string>, name: string): string {
  const value = parameters[name];
  if (value === undefined || value === '') throw invalidParameter(`Missing required parameter ${name}`);
  return value;
}

function sameText(left: string, right: string): boolean {
  const [leftBytes, rightBytes] = [Buffer.from(left), Buffer.from(right)];
  return leftBytes.length === rightBytes.length && timingSafeEqual(leftBytes, rightBytes);
}

export class SignIn {
  private readonly verifiers = new Map<string, PendingVerifier>();
  private readonly sessions = new Map<string, PendingSession>();
  /** Gives an unknown user the same salt each time, so that its absence doesn't show. */
  private readonly decoySecret = randomBytes(32);

  constructor(
    private readonly users: UserDirectory,
    private readonly settings: SettingsStore,
    private readonly requiredAttributes: readonly string[],
  ) {}

  clear(): void {
    this.verifiers.clear();
    this.sessions.clear();
  }

  withPassword(input: InputReader): SignInResult {
    const parameters = input.textMap('AuthParameters') ?? {};
    const username = parameter(parameters, 'USERNAME');
    const password = parameter(parameters, 'PASSWORD');
    const user = this.findUser(username);
    if (!user || !sameText(user.password, password)) throw wrongPassword();
    return this.passwordProved(user);
  }

  beginSrp(input: InputReader): SignInResult {
    const parameters = input.textMap('AuthParameters') ?? {};
    const username = parameter(parameters, 'USERNAME');
    const clientPublic = parameter(parameters, 'SRP_A');
    if (!/^[0-9a-f]{1,770}$/i.test(clientPublic))
      throw invalidParameter('SRP_A must be a hexadecimal number');
    const user = this.findUser(username);
    const userId = user?.username ?? stableUuid(username);
    const verifier = user?.verifier ?? this.decoyVerifier(username);
    const exchange = startExchange(BigInt(`0x${clientPublic}`), verifier);
    if (!exchange) throw invalidParameter('SRP_A must not be 0 modulo N');
    const secretBlock = randomBytes(1024).toString('base64');
    this.verifiers.set(secretBlock, { user, userId, key: exchange.key, startedAtMs: Date.now() });
    return {
      challenge: {
        ChallengeName: 'PASSWORD_VERIFIER',
        ChallengeParameters: {
          SALT: verifier.salt.toString(16),
          SECRET_BLOCK: secretBlock,
          SRP_B: exchange.serverPublic.toString(16),
          USERNAME: userId,
          USER_ID_FOR_SRP: userId,
        },
      },
    };
  }

  verifyPassword(input: InputReader): SignInResult {
    const responses = input.textMap('ChallengeResponses') ?? {};
    const userId = parameter(responses, 'USERNAME');
    const secretBlock = parameter(responses, 'PASSWORD_CLAIM_SECRET_BLOCK');
    const signature = parameter(responses, 'PASSWORD_CLAIM_SIGNATURE');
    const timestamp = parameter(responses, 'TIMESTAMP');
    if (!TIMESTAMP.test(timestamp)) {
      throw invalidParameter('TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english.');
    }
    const pending = this.verifiers.get(secretBlock);
    this.verifiers.delete(secretBlock);
    if (
      !pending ||
      pending.userId !== userId ||
      Date.now() - pending.startedAtMs > PASSWORD_VERIFIER_LIFE_MS
    ) {
      throw wrongPassword();
    }
    if (!pending.user || !pending.key) throw wrongPassword();
    const expected = claimSignature(
      pending.key,
      this.users.poolName,
      userId,
      secretBlock,
      asCognitoWritesIt(timestamp),
    );
    if (!sameText(expected, signature)) throw wrongPassword();
    return this.passwordProved(pending.user);
  }

  setNewPassword(input: InputReader): SignInResult {
    const responses = input.textMap('ChallengeResponses');
    if (!responses) throw invalidParameter('Missing required parameter challenge responses');
    const username = parameter(responses, 'USERNAME');
    const sessionId = input.text('Session');
    const newPassword = parameter(responses, 'NEW_PASSWORD');
    const session = this.sessions.get(sessionId);
    if (!session || session.user !== this.users.find(username))
      throw notAuthorized('Invalid session for the user.');
    if (Date.now() - session.startedAtMs > SESSION_LIFE_MS) {
      this.sessions.delete(sessionId);
      throw notAuthorized('Invalid session for the user, session is expired.');
    }
    if (newPassword.length < 8) {
      throw new ServiceError(
        'InvalidPasswordException',
        'Password does not conform to policy: Password not long enough',
      );
    }
    const given = Object.fromEntries(
      Object.entries(responses)
        .filter(([name]) => name.startsWith(ATTRIBUTE_PREFIX))
        .map(([name, value]) => [name.slice(ATTRIBUTE_PREFIX.length), value]),
    );
    const missing = this.missingAttributes({ ...session.user.attributes, ...given });
    if (missing.length > 0)
      throw invalidParameter(`Invalid attributes given, ${missing.join(', ')} is missing`);
    this.sessions.delete(sessionId);
    Object.assign(session.user.attributes, given);
    this.users.setPassword(session.user, newPassword);
    return { signedIn: session.user };
  }

  private findUser(username: string): User | undefined {
    const user = this.users.find(username);
    if (!user && !this.settings.current.preventUserExistenceErrors) {
      throw new ServiceError('UserNotFoundException', 'User does not exist.');
    }
    return user;
  }

  private passwordProved(user: User): SignInResult {
    switch (user.status) {
      case 'UNCONFIRMED':
        throw new ServiceError('UserNotConfirmedException', 'User is not confirmed.');
      case 'RESET_REQUIRED':
        throw new ServiceError('PasswordResetRequiredException', 'Password reset required for the user');
      case 'FORCE_CHANGE_PASSWORD':
        return { challenge: this.newPasswordRequired(user) };
      case 'CONFIRMED':
        return { signedIn: user };
    }
  }

  private newPasswordRequired(user: User): {
    ChallengeName: string;
    ChallengeParameters: Record<string, string>;
    Session: string;
  } {
    const session = randomBytes(384).toString('base64url');
    this.sessions.set(session, { user, startedAtMs: Date.now() });
    const { sub: _, ...userAttributes } = user.attributes;
    return {
      ChallengeName: 'NEW_PASSWORD_REQUIRED',
      ChallengeParameters: {
        USER_ID_FOR_SRP: user.username,
        requiredAttributes: JSON.stringify(
          this.missingAttributes(user.attributes).map((name) => `${ATTRIBUTE_PREFIX}${name}`),
        ),
        userAttributes: JSON.stringify(userAttributes),
      },
      Session: session,
    };
  }

  private missingAttributes(attributes: Record<string, string>): string[] {
    return this.requiredAttributes.filter((name) => attributes[name] === undefined);
  }

  private decoyVerifier(username: string): { salt: bigint; verifier: bigint } {
    const digest = createHmac('sha256', this.decoySecret).update(username).digest('hex');
    return { salt: BigInt(`0x${digest.slice(0, 32)}`), verifier: BigInt(`0x${digest}`) };
  }
}
