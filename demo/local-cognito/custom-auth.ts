/** CUSTOM_AUTH: rounds of CUSTOM_CHALLENGE as the seed has them, which stands for the three Lambda triggers. */
import { invalidParameter, notAuthorized } from './errors.js';
import type { InputReader } from './input.js';
import { parameter, type Awaited, type Challenge, type Sessions } from './sessions.js';
import type { SignInResult } from './sign-in.js';
import type { SrpInFlow } from './srp-in-flow.js';
import type { User } from './users.js';

interface AwaitedRound extends Awaited {
  /** Index into the user's rounds. */
  readonly round: number;
  readonly retriesLeft: number;
}

export class CustomAuth {
  constructor(
    private readonly sessions: Sessions,
    private readonly srp: SrpInFlow,
  ) {}

  /** InitiateAuth CUSTOM_AUTH; with SRP_A and CHALLENGE_NAME the password comes first. */
  begin(input: InputReader, user: User): SignInResult {
    const parameters = input.textMap('AuthParameters') ?? {};
    if (user.factors.custom.length === 0)
      throw invalidParameter('Custom auth lambda trigger is not configured for the user pool.');
    if (parameters.SRP_A !== undefined && parameters.CHALLENGE_NAME === 'SRP_A')
      return this.srp.begin(input, user, 'CUSTOM_AUTH');
    return { challenge: this.first(user) };
  }

  first(user: User): Challenge {
    return this.ask(user, 0, user.factors.customRetries);
  }

  /** RespondToAuthChallenge CUSTOM_CHALLENGE. Right or wrong, the session is used up. */
  answer(input: InputReader, user: User, awaited: Awaited): { proved: User } | { challenge: Challenge } {
    const { round, retriesLeft } = awaited as AwaitedRound;
    const answer = parameter(input.textMap('ChallengeResponses') ?? {}, 'ANSWER');
    this.sessions.end(input.text('Session'));
    if (answer !== user.factors.custom[round]?.answer) {
      if (retriesLeft === 0) throw notAuthorized('Incorrect username or password.');
      return { challenge: this.ask(user, round, retriesLeft - 1) };
    }
    const isLast = round + 1 === user.factors.custom.length;
    return isLast ? { proved: user } : { challenge: this.ask(user, round + 1, retriesLeft) };
  }

  private ask(user: User, round: number, retriesLeft: number): Challenge {
    const awaited: AwaitedRound = { challenge: 'CUSTOM_CHALLENGE', round, retriesLeft };
    return {
      ChallengeName: 'CUSTOM_CHALLENGE',
      ChallengeParameters: { ...user.factors.custom[round]?.parameters, USERNAME: user.username },
      Session: this.sessions.open(user, awaited),
    };
  }
}
