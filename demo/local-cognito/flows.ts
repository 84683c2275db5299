/** The way from a first factor to the tokens: which challenge comes next, and who answers it. */
import { invalidParameter } from './errors.js';
import type { InputReader } from './input.js';
import type { Mfa } from './mfa.js';
import { invalidSession, parameter, type Awaited, type Challenge, type Sessions } from './sessions.js';
import type { User, UserDirectory } from './users.js';

/** What a step of a sign-in gives: the first factor proved, everything proved, or another challenge. */
export type FlowResult = { signedIn: User } | { proved: User } | { challenge: Challenge };

export interface FlowParts {
  users: UserDirectory;
  sessions: Sessions;
  mfa: Mfa;
}

export class Flows {
  constructor(private readonly parts: FlowParts) {}

  /** RespondToAuthChallenge for every challenge that has a session of ours. */
  answer(challenge: string, input: InputReader): FlowResult {
    const { mfa } = this.parts;
    const { user, awaited } = this.sessionFor(challenge, input);
    switch (challenge) {
      case 'SMS_MFA':
      case 'EMAIL_OTP':
      case 'SOFTWARE_TOKEN_MFA':
        return mfa.checkCode(challenge, input, user, awaited);
      case 'SELECT_MFA_TYPE':
        return mfa.select(input, user);
      case 'MFA_SETUP':
        return mfa.finishSetup(input, user, awaited);
      default:
        throw invalidParameter(`This pool sets no ${challenge} challenge`);
    }
  }

  /** After the first factor: the challenge that is left, or the user. */
  next(result: FlowResult): { done: User } | { challenge: Challenge } {
    if ('challenge' in result) return result;
    if ('proved' in result) return { done: result.proved };
    const challenge = this.parts.mfa.challengeFor(result.signedIn);
    return challenge ? { challenge } : { done: result.signedIn };
  }

  private sessionFor(challenge: string, input: InputReader): { user: User; awaited: Awaited } {
    const username = parameter(input.textMap('ChallengeResponses') ?? {}, 'USERNAME');
    const session = this.parts.sessions.look(input.text('Session'));
    if (session.user !== this.parts.users.find(username) || session.awaited.challenge !== challenge)
      throw invalidSession();
    return session;
  }
}
