/** SRP as one step of CUSTOM_AUTH or USER_AUTH: there, PASSWORD_VERIFIER has a session, and what follows depends on it. */
import type { InputReader } from './input.js';
import { invalidSession, parameter, type Awaited, type Sessions } from './sessions.js';
import type { SignIn, SignInResult } from './sign-in.js';
import type { User, UserDirectory } from './users.js';

type FlowOfProof = 'CUSTOM_AUTH' | 'USER_AUTH';

interface AwaitedProof extends Awaited {
  readonly secretBlock: string;
  readonly flow: FlowOfProof;
}

export class SrpInFlow {
  /** Proofs that count with their session only: without it, a custom challenge could be left out. */
  private readonly bound = new Set<string>();

  constructor(
    private readonly signIn: SignIn,
    private readonly sessions: Sessions,
    private readonly users: UserDirectory,
  ) {}

  clear(): void {
    this.bound.clear();
  }

  /** @param input has USERNAME and SRP_A in AuthParameters */
  begin(input: InputReader, user: User, flow: FlowOfProof): SignInResult {
    const result = this.signIn.beginSrp(input);
    const secretBlock = 'challenge' in result ? result.challenge.ChallengeParameters.SECRET_BLOCK : undefined;
    if (!('challenge' in result) || secretBlock === undefined) return result;
    this.bound.add(secretBlock);
    const awaited: AwaitedProof = { challenge: 'PASSWORD_VERIFIER', secretBlock, flow };
    return { challenge: { ...result.challenge, Session: this.sessions.open(user, awaited) } };
  }

  /** RespondToAuthChallenge PASSWORD_VERIFIER of any flow; `flow` is undefined for USER_SRP_AUTH. */
  verify(input: InputReader): { result: SignInResult; flow: FlowOfProof | undefined } {
    const responses = input.textMap('ChallengeResponses') ?? {};
    const secretBlock = parameter(responses, 'PASSWORD_CLAIM_SECRET_BLOCK');
    if (!this.bound.has(secretBlock)) return { result: this.signIn.verifyPassword(input), flow: undefined };
    const id = input.text('Session');
    const { user, awaited } = this.sessions.look(id);
    const proof = awaited as AwaitedProof;
    if (
      proof.challenge !== 'PASSWORD_VERIFIER' ||
      proof.secretBlock !== secretBlock ||
      user !== this.users.find(parameter(responses, 'USERNAME'))
    ) {
      throw invalidSession();
    }
    this.sessions.end(id);
    return { result: this.signIn.verifyPassword(input), flow: proof.flow };
  }
}
