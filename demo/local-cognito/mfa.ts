/** The second factor: which one is asked, its code, the choice among several, and setting one up at sign-in. */
import { invalidParameter, ServiceError } from './errors.js';
import type { AwaitedCode, Codes } from './codes.js';
import type { InputReader } from './input.js';
import { MFA_TYPES, type MfaType } from './factors.js';
import type { SettingsStore } from './settings.js';
import { invalidSession, parameter, type Awaited, type Challenge, type Sessions } from './sessions.js';
import { newTotpSecret, stepOfCode, totpCode, totpSecondsLeft } from './totp.js';
import type { User } from './users.js';

/** Where each challenge's answer carries its code. */
const CODE_MEMBER: Record<string, string> = {
  SMS_MFA: 'SMS_MFA_CODE',
  EMAIL_OTP: 'EMAIL_OTP_CODE',
  SMS_OTP: 'SMS_OTP_CODE',
  SOFTWARE_TOKEN_MFA: 'SOFTWARE_TOKEN_MFA_CODE',
};

interface AwaitedSentCode extends Awaited {
  readonly sent: AwaitedCode;
  /** The address that this code proves, and that turns e-mail MFA on. */
  readonly setsUpEmail?: string;
}

interface AwaitedSetup extends Awaited {
  readonly secret?: string;
  /** Whether VerifySoftwareToken has taken a code. */
  readonly isVerified?: boolean;
}

const isMfaType = (text: string): text is MfaType => (MFA_TYPES as readonly string[]).includes(text);

/** What a user's authenticator app shows now. */
export interface AuthenticatorCode {
  readonly username: string;
  readonly code: string;
  /** Until it shows the next one. */
  readonly secondsLeft: number;
}

export type MfaResult = { proved: User } | { challenge: Challenge };

export class Mfa {
  /** The secrets of apps that are being set up, by username; the latest counts. */
  private readonly beingSetUp = new Map<string, string>();

  constructor(
    private readonly sessions: Sessions,
    private readonly codes: Codes,
    private readonly settings: SettingsStore,
  ) {}

  /** The apps of these users, those that are being set up included. */
  authenticators(users: Iterable<User>): AuthenticatorCode[] {
    const nowMs = this.settings.nowMs();
    return [...users].flatMap(({ username, factors }) => {
      const secret = factors.totpSecret ?? this.beingSetUp.get(username);
      if (secret === undefined) return [];
      return { username, code: totpCode(secret, nowMs), secondsLeft: totpSecondsLeft(nowMs) };
    });
  }

  clear(): void {
    this.beingSetUp.clear();
  }

  /** The challenge that a user has to pass after the first factor; undefined for none. */
  challengeFor(user: User): Challenge | undefined {
    const { mfa, preferredMfa, mfaSetup } = user.factors;
    const [only, another] = mfa;
    const type = preferredMfa ?? (another === undefined ? only : undefined);
    if (type) return this.ask(user, type);
    if (mfa.length > 0) return this.offer(user, 'SELECT_MFA_TYPE', 'MFAS_CAN_CHOOSE', mfa);
    if (mfaSetup.length > 0) return this.offer(user, 'MFA_SETUP', 'MFAS_CAN_SETUP', mfaSetup);
    return undefined;
  }

  /** Sends a code and waits for it: SMS_MFA, EMAIL_OTP, or SMS_OTP, which is a first factor. */
  askForSentCode(user: User, challenge: string, setsUpEmail?: string): Challenge {
    const medium = challenge === 'EMAIL_OTP' ? 'EMAIL' : 'SMS';
    const { awaited: sent, parameters } = this.codes.send(user, medium, setsUpEmail);
    const awaited: AwaitedSentCode = { challenge, sent, ...(setsUpEmail ? { setsUpEmail } : {}) };
    return {
      ChallengeName: challenge,
      ChallengeParameters: parameters,
      Session: this.sessions.open(user, awaited),
    };
  }

  /** RespondToAuthChallenge SMS_MFA, EMAIL_OTP, SMS_OTP or SOFTWARE_TOKEN_MFA. */
  checkCode(challenge: string, input: InputReader, user: User, awaited: Awaited): MfaResult {
    const id = input.text('Session');
    const code = parameter(input.textMap('ChallengeResponses') ?? {}, CODE_MEMBER[challenge] ?? 'ANSWER');
    try {
      if (challenge === 'SOFTWARE_TOKEN_MFA') this.checkTotp(user, code);
      else this.codes.check((awaited as AwaitedSentCode).sent, code);
    } catch (error) {
      this.sessions.wrongAnswer(id);
      throw error;
    }
    this.sessions.end(id);
    const email = (awaited as AwaitedSentCode).setsUpEmail;
    if (email !== undefined) {
      Object.assign(user.attributes, { email, email_verified: 'true' });
      user.factors.mfa.push('EMAIL_OTP');
    }
    return { proved: user };
  }

  /** RespondToAuthChallenge SELECT_MFA_TYPE. */
  select(input: InputReader, user: User): MfaResult {
    const answer = parameter(input.textMap('ChallengeResponses') ?? {}, 'ANSWER');
    if (!isMfaType(answer) || !user.factors.mfa.includes(answer))
      throw invalidParameter(`${answer} is not one of the MFA types of the user`);
    this.sessions.end(input.text('Session'));
    return { challenge: this.ask(user, answer) };
  }

  /** RespondToAuthChallenge MFA_SETUP: with EMAIL it sends a code there, without it ends a verified TOTP setup. */
  finishSetup(input: InputReader, user: User, awaited: Awaited): MfaResult {
    const id = input.text('Session');
    const { EMAIL: email } = input.textMap('ChallengeResponses') ?? {};
    if (email !== undefined) {
      if (!user.factors.mfaSetup.includes('EMAIL_OTP')) throw invalidParameter('E-mail MFA is off.');
      this.sessions.end(id);
      return { challenge: this.askForSentCode(user, 'EMAIL_OTP', email) };
    }
    const { secret, isVerified } = awaited as AwaitedSetup;
    if (!secret || !isVerified) throw invalidParameter('User has not verified software token mfa');
    this.sessions.end(id);
    user.factors.totpSecret = secret;
    user.factors.mfa.push('SOFTWARE_TOKEN_MFA');
    return { proved: user };
  }

  /** AssociateSoftwareToken with the session of MFA_SETUP. */
  associate(input: InputReader): { SecretCode: string; Session: string } {
    const id = input.text('Session');
    const user = this.inSetup(id).user;
    const secret = newTotpSecret();
    this.beingSetUp.set(user.username, secret);
    return { SecretCode: secret, Session: this.replace(id, user, { challenge: 'MFA_SETUP', secret }) };
  }

  /** VerifySoftwareToken with the session of AssociateSoftwareToken. */
  verifySetup(input: InputReader): { Status: string; Session: string } {
    const code = input.text('UserCode', /^\d{6}$/);
    const id = input.text('Session');
    const { user, secret } = this.inSetup(id);
    if (secret === undefined) throw invalidSession();
    const step = stepOfCode(secret, code, this.settings.nowMs());
    if (step === undefined) {
      this.sessions.wrongAnswer(id);
      throw new ServiceError(
        'EnableSoftwareTokenMFAException',
        'Code mismatch and fail enable Software Token MFA',
      );
    }
    user.factors.usedTotpSteps.add(step);
    return {
      Status: 'SUCCESS',
      Session: this.replace(id, user, { challenge: 'MFA_SETUP', secret, isVerified: true }),
    };
  }

  private ask(user: User, type: MfaType): Challenge {
    if (type !== 'SOFTWARE_TOKEN_MFA') return this.askForSentCode(user, type);
    return {
      ChallengeName: type,
      ChallengeParameters: { USER_ID_FOR_SRP: user.username },
      Session: this.sessions.open(user, { challenge: type }),
    };
  }

  private offer(user: User, challenge: string, member: string, types: readonly string[]): Challenge {
    return {
      ChallengeName: challenge,
      ChallengeParameters: { [member]: JSON.stringify(types), USER_ID_FOR_SRP: user.username },
      Session: this.sessions.open(user, { challenge }),
    };
  }

  private checkTotp(user: User, code: string): void {
    const { totpSecret, usedTotpSteps } = user.factors;
    const step = totpSecret === undefined ? undefined : stepOfCode(totpSecret, code, this.settings.nowMs());
    if (step === undefined) throw new ServiceError('CodeMismatchException', 'Invalid code received for user');
    if (usedTotpSteps.has(step))
      throw new ServiceError('ExpiredCodeException', 'Your software token has already been used once.');
    usedTotpSteps.add(step);
  }

  private inSetup(id: string): { user: User; secret: string | undefined } {
    const { user, awaited } = this.sessions.look(id);
    if (awaited.challenge !== 'MFA_SETUP' || !user.factors.mfaSetup.includes('SOFTWARE_TOKEN_MFA'))
      throw invalidSession();
    return { user, secret: (awaited as AwaitedSetup).secret };
  }

  private replace(id: string, user: User, awaited: AwaitedSetup): string {
    this.sessions.end(id);
    return this.sessions.open(user, awaited);
  }
}
