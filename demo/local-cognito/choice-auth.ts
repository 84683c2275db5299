/** USER_AUTH: the user, or the app, chooses among first factors. */
import { invalidParameter, ServiceError } from './errors.js';
import { FIRST_FACTORS, type FirstFactor } from './factors.js';
import { InputReader } from './input.js';
import type { Mfa } from './mfa.js';
import { parameter, type Sessions } from './sessions.js';
import type { SignIn } from './sign-in.js';
import type { FlowResult } from './flows.js';
import type { SrpInFlow } from './srp-in-flow.js';
import type { User } from './users.js';
import type { WebAuthn } from './web-authn.js';

export interface ChoiceAuthParts {
  sessions: Sessions;
  signIn: SignIn;
  srp: SrpInFlow;
  mfa: Mfa;
  webAuthn: WebAuthn;
}

const isFirstFactor = (text: string | undefined): text is FirstFactor =>
  (FIRST_FACTORS as readonly (string | undefined)[]).includes(text);

export class ChoiceAuth {
  constructor(private readonly parts: ChoiceAuthParts) {}

  /** InitiateAuth USER_AUTH: the preferred challenge where the user has it, else the choice. */
  begin(input: InputReader, user: User): FlowResult {
    const parameters = input.textMap('AuthParameters') ?? {};
    const { firstFactors } = user.factors;
    if (firstFactors.length === 0) throw invalidParameter('USER_AUTH flow not enabled for this client');
    const preferred = parameters.PREFERRED_CHALLENGE;
    if (isFirstFactor(preferred) && firstFactors.includes(preferred))
      return this.start(preferred, parameters, user);
    return {
      challenge: {
        ChallengeName: 'SELECT_CHALLENGE',
        ChallengeParameters: {},
        Session: this.parts.sessions.open(user, { challenge: 'SELECT_CHALLENGE' }),
        AvailableChallenges: [...firstFactors],
      },
    };
  }

  /** RespondToAuthChallenge SELECT_CHALLENGE: with the password or SRP_A at once, or as a question for a code or passkey. */
  select(input: InputReader, user: User): FlowResult {
    const answer = parameter(input.textMap('ChallengeResponses') ?? {}, 'ANSWER');
    if (!isFirstFactor(answer) || !user.factors.firstFactors.includes(answer))
      throw invalidParameter(`${answer} is not one of the available challenges`);
    return this.startFromSession(answer, input, user);
  }

  /** RespondToAuthChallenge PASSWORD or PASSWORD_SRP; a wrong password leaves the session for another try. */
  startFromSession(factor: FirstFactor, input: InputReader, user: User): FlowResult {
    const { sessions } = this.parts;
    const id = input.text('Session');
    try {
      const result = this.start(factor, input.textMap('ChallengeResponses') ?? {}, user);
      sessions.end(id);
      return result;
    } catch (error) {
      sessions.wrongAnswer(id);
      throw error;
    }
  }

  private start(factor: FirstFactor, parameters: Record<string, string>, user: User): FlowResult {
    const { sessions, signIn, srp, mfa, webAuthn } = this.parts;
    const asParameters = new InputReader({ AuthParameters: parameters }, 'InvalidParameterException');
    switch (factor) {
      case 'PASSWORD':
        if (parameters.PASSWORD !== undefined) return signIn.withPassword(asParameters);
        break;
      case 'PASSWORD_SRP':
        if (parameters.SRP_A !== undefined) return srp.begin(asParameters, user, 'USER_AUTH');
        break;
      case 'EMAIL_OTP':
      case 'SMS_OTP':
        checkConfirmed(user);
        return { challenge: mfa.askForSentCode(user, factor) };
      case 'WEB_AUTHN':
        checkConfirmed(user);
        return { challenge: webAuthn.ask(user) };
    }
    return {
      challenge: {
        ChallengeName: factor,
        ChallengeParameters: { USERNAME: user.username },
        Session: sessions.open(user, { challenge: factor }),
      },
    };
  }
}

function checkConfirmed({ status }: User): void {
  if (status === 'UNCONFIRMED') throw new ServiceError('UserNotConfirmedException', 'User is not confirmed.');
}
