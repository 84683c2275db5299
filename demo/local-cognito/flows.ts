/** The way from a first factor to the tokens: which challenge comes next, and who answers it. */
import type { ChoiceAuth } from './choice-auth.js';
import type { CustomAuth } from './custom-auth.js';
import type { Devices } from './devices.js';
import { invalidParameter, notAuthorized, ServiceError } from './errors.js';
import type { InputReader } from './input.js';
import type { Mfa } from './mfa.js';
import { invalidSession, parameter, type Awaited, type Challenge, type Sessions } from './sessions.js';
import type { SettingsStore } from './settings.js';
import type { SrpInFlow } from './srp-in-flow.js';
import type { User, UserDirectory } from './users.js';
import type { WebAuthn } from './web-authn.js';

/** What a step of a sign-in gives: the first factor proved, everything proved, or another challenge. */
export type FlowResult = { signedIn: User } | { proved: User; deviceKey?: string } | { challenge: Challenge };

export interface FlowParts {
  users: UserDirectory;
  settings: SettingsStore;
  sessions: Sessions;
  mfa: Mfa;
  srp: SrpInFlow;
  custom: CustomAuth;
  choice: ChoiceAuth;
  webAuthn: WebAuthn;
  devices: Devices;
}

export class Flows {
  constructor(private readonly parts: FlowParts) {}

  clear(): void {
    this.parts.sessions.clear();
    this.parts.srp.clear();
    this.parts.devices.clear();
  }

  /** InitiateAuth for the flows in which the user pool asks. */
  begin(flow: 'CUSTOM_AUTH' | 'USER_AUTH', input: InputReader): FlowResult {
    const username = parameter(input.textMap('AuthParameters') ?? {}, 'USERNAME');
    const user = this.parts.users.find(username);
    if (!user) {
      if (this.parts.settings.current.preventUserExistenceErrors)
        throw notAuthorized('Incorrect username or password.');
      throw new ServiceError('UserNotFoundException', 'User does not exist.');
    }
    return flow === 'CUSTOM_AUTH'
      ? this.parts.custom.begin(input, user)
      : this.parts.choice.begin(input, user);
  }

  /** RespondToAuthChallenge for every challenge that has a session of ours. */
  answer(challenge: string, input: InputReader): FlowResult {
    const { mfa, custom, choice, webAuthn, devices } = this.parts;
    if (challenge === 'PASSWORD_VERIFIER') return this.verifyPassword(input);
    const { user, awaited } = this.sessionFor(challenge, input);
    switch (challenge) {
      case 'SMS_MFA':
      case 'SMS_OTP':
      case 'EMAIL_OTP':
      case 'SOFTWARE_TOKEN_MFA':
        return mfa.checkCode(challenge, input, user, awaited);
      case 'SELECT_MFA_TYPE':
        return mfa.select(input, user);
      case 'MFA_SETUP':
        return mfa.finishSetup(input, user, awaited);
      case 'CUSTOM_CHALLENGE':
        return custom.answer(input, user, awaited);
      case 'SELECT_CHALLENGE':
        return choice.select(input, user);
      case 'PASSWORD':
      case 'PASSWORD_SRP':
        return choice.startFromSession(challenge, input, user);
      case 'DEVICE_SRP_AUTH':
        return devices.beginProof(input, user);
      case 'DEVICE_PASSWORD_VERIFIER':
        return devices.verifyProof(input, user, awaited);
      case 'WEB_AUTHN':
        return webAuthn.answer(input, user, awaited);
      default:
        throw invalidParameter(`This pool sets no ${challenge} challenge`);
    }
  }

  /** What is left after a step: a remembered device in place of the second factor, the second factor, or nothing. */
  next(
    result: FlowResult,
    input: InputReader,
  ): { done: User; deviceKey: string | undefined } | { challenge: Challenge } {
    if ('challenge' in result) return result;
    if ('proved' in result && result.deviceKey !== undefined)
      return { done: result.proved, deviceKey: result.deviceKey };
    const user = 'proved' in result ? result.proved : result.signedIn;
    const challenge =
      this.parts.devices.challengeFor(user, input) ??
      ('proved' in result ? undefined : this.parts.mfa.challengeFor(user));
    return challenge ? { challenge } : { done: user, deviceKey: undefined };
  }

  private verifyPassword(input: InputReader): FlowResult {
    const { result, flow } = this.parts.srp.verify(input);
    if (flow !== 'CUSTOM_AUTH' || 'challenge' in result) return result;
    return { challenge: this.parts.custom.first(result.signedIn) };
  }

  private sessionFor(challenge: string, input: InputReader): { user: User; awaited: Awaited } {
    const username = parameter(input.textMap('ChallengeResponses') ?? {}, 'USERNAME');
    const session = this.parts.sessions.look(input.text('Session'));
    const awaited = session.awaited.challenge;
    // Who doesn't get on with a passkey can choose another way.
    const isAwaited = awaited === challenge || (awaited === 'WEB_AUTHN' && challenge === 'SELECT_CHALLENGE');
    if (session.user !== this.parts.users.find(username) || !isAwaited) throw invalidSession();
    return session;
  }
}
