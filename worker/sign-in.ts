/** Signing in: from the first request over the challenges to the commit of the first tokens. */
import { isTotpSetup, nextStepOf, replyTo } from './challenges.js';
import type { ConfirmSignInInput, SignInInput, SignInProgress } from './contract.js';
import { CognitoFailure, type Challenge, type Deps, type SignInAnswer } from './deps.js';
import { deviceOf, type DeviceAnswer, type Devices } from './devices.js';
import { AuthError } from './errors.js';
import { unreadableAnswer } from './failures.js';
import { alreadySignedIn, noUserPool, signedOutMeanwhile, type CommitFirstTokens } from './first-tokens.js';
import { createFlows, deviceKeyOf, metadataOf, type Extras } from './flows.js';
import type { Knowledge } from './knowledge.js';
import { createPendingSignIns, type PendingSignIn } from './pending-sign-in.js';

/** A client that has a sign-in under way goes on with that; else with the one that was stored last. */
export interface SignIn {
  signIn(input: SignInInput, clientId: string): Promise<SignInProgress>;
  confirmSignIn(input: ConfirmSignInInput, clientId: string): Promise<SignInProgress>;
  /** Which step waits for the user, after a reload or in another tab. */
  pendingSignIn(clientId: string): Promise<SignInProgress | null>;
}

interface Attempt extends Pick<
  PendingSignIn,
  'fence' | 'loginId' | 'username' | 'authFlowType' | 'clientMetadata'
> {
  clientId: string;
  /** Device time of its last request: the device may sleep before the answer comes. */
  askedAtMs: number;
}

export function createSignIn(
  deps: Deps,
  knowledge: Knowledge,
  devices: Devices,
  commitFirstTokens: CommitFirstTokens,
): SignIn {
  const { clock, cognito, config } = deps;
  const flows = createFlows(deps);
  const pending = createPendingSignIns(clock, knowledge);

  async function signIn(input: SignInInput, clientId: string): Promise<SignInProgress> {
    refuseWithoutUserPool();
    const { username, options } = input;
    const record = await knowledge.read();
    if (knowledge.state.type === 'signed-in') throw alreadySignedIn();
    await pending.drop(clientId);
    const authFlowType = options?.authFlowType ?? 'USER_SRP_AUTH';
    const extras = metadataOf(options ?? {});
    const askedAtMs = clock.wallMs();
    const attempt: Attempt = {
      clientId,
      askedAtMs,
      fence: record.fence,
      loginId: username,
      username,
      authFlowType,
      ...extras,
    };
    const how = { device: deviceOf(record, username), username, extras, isRepeatable: true };
    return proceed(attempt, await devices.ask(how, (given) => flows.begin(input, given)));
  }

  async function confirmSignIn(input: ConfirmSignInInput, clientId: string): Promise<SignInProgress> {
    refuseWithoutUserPool();
    const { waiting, record } = await pending.find(clientId);
    if (!waiting) throw nothingWaits();
    if (knowledge.state.type === 'signed-in') throw alreadySignedIn();
    if (waiting.fence !== record.fence) throw signedOutMeanwhile();
    const clientMetadata = input.options?.clientMetadata ?? metadataInPageOf(waiting);
    const extras = clientMetadata ? { clientMetadata } : {};
    const { clientMetadata: _before, ...rest } = waiting;
    const attempt: Attempt = { ...rest, ...extras, clientId, askedAtMs: clock.wallMs() };
    try {
      const { username, loginId } = waiting;
      const how = { device: deviceOf(record, username, loginId), username, extras, isRepeatable: false };
      return await proceed(attempt, await devices.ask(how, (given) => reply(waiting, input, given)));
    } catch (error) {
      if (isSessionOver(error)) await pending.drop(clientId, waiting);
      throw error;
    }
  }

  async function pendingSignIn(clientId: string): Promise<SignInProgress | null> {
    refuseWithoutUserPool();
    const waiting = await pending.show(clientId);
    if (!waiting || knowledge.state.type === 'signed-in') return null;
    const { challenge, totpSecret } = waiting;
    const isWithoutSecret = isTotpSetup(challenge) && totpSecret === undefined;
    try {
      const progress = isWithoutSecret ? await withSecret(waiting, clientId) : progressOf(waiting);
      const { passkeyOptions: _forTheCallThatAsked, ...shown } = progress;
      return shown;
    } catch (error) {
      if (!isSessionOver(error)) throw error;
      await pending.drop(clientId, waiting);
      // Another call may have been faster, and have got the secret.
      return pendingSignIn(clientId);
    }
  }

  /** The secret for the app was shown by a run of the worker that is no more. */
  function withSecret(waiting: PendingSignIn, clientId: string): Promise<SignInProgress> {
    const answer: SignInAnswer = { type: 'challenge', ...waiting.challenge };
    return proceed({ ...waiting, clientId, askedAtMs: clock.wallMs() }, { answer });
  }

  async function reply(
    { challenge, username }: PendingSignIn,
    input: ConfirmSignInInput,
    extras: Extras,
  ): Promise<SignInAnswer> {
    const reply = replyTo(challenge, username, input);
    switch (reply.type) {
      case 'choose':
        return { type: 'challenge', ...reply.challenge };
      case 'password':
        return flows.answerWithPassword(challenge, username, input.challengeResponse, extras);
      case 'verify-totp': {
        const friendlyDeviceName = input.options?.friendlyDeviceName;
        const { session = challenge.session } = await cognito.verifySoftwareToken({
          ...sessionOf(challenge),
          code: input.challengeResponse,
          ...(friendlyDeviceName !== undefined && { friendlyDeviceName }),
        });
        return respond(challenge.name, { USERNAME: username }, session, extras);
      }
      case 'respond':
        return respond(reply.name, reply.responses, challenge.session, extras);
    }
  }

  function respond(
    name: string,
    responses: Record<string, string>,
    session: string | undefined,
    extras: Extras,
  ): Promise<SignInAnswer> {
    return cognito.respondToChallenge({
      name,
      ...(session !== undefined && { session }),
      responses: { ...responses, ...(DEVICE_AWARE.has(name) && deviceKeyOf(extras)) },
      ...metadataOf(extras),
    });
  }

  async function proceed(attempt: Attempt, { answer, deviceKey }: DeviceAnswer): Promise<SignInProgress> {
    if (answer.type === 'tokens') {
      const progress = await commit(attempt, answer, deviceKey);
      if (answer.newDevice) await devices.confirmInTurn();
      return progress;
    }
    const { type: _type, ...asked } = answer;
    const { clientId, askedAtMs: _askedAtMs, ...rest } = attempt;
    const username = asked.parameters['USERNAME'] ?? asked.parameters['USER_ID_FOR_SRP'] ?? attempt.username;
    const waiting: PendingSignIn = { ...rest, username, challenge: asked, sinceMs: clock.wallMs() };
    if (isTotpSetup(asked)) {
      const { secret, session = asked.session } = await cognito.associateSoftwareToken(asked.session);
      waiting.totpSecret = secret;
      waiting.challenge = { ...asked, ...(session !== undefined && { session }) };
    }
    const progress = progressOf(waiting);
    await pending.keep(clientId, waiting);
    return progress;
  }

  async function commit(
    { clientId, fence, askedAtMs, loginId, authFlowType }: Attempt,
    { tokens, newDevice }: SignInAnswer & { type: 'tokens' },
    knownDeviceKey: string | undefined,
  ): Promise<SignInProgress> {
    const deviceKey = newDevice?.deviceKey ?? knownDeviceKey;
    const at = {
      askedAtMs,
      loginId,
      authFlowType,
      ...(deviceKey !== undefined && { deviceKey }),
      ...(newDevice && { unconfirmedDevice: newDevice }),
    };
    pending.forget(clientId);
    await commitFirstTokens(tokens, { fence, at });
    return { isSignedIn: true, nextStep: { signInStep: 'DONE' } };
  }

  function refuseWithoutUserPool(): void {
    if (config.userPoolClientId === undefined) throw noUserPool();
  }

  return { signIn, confirmSignIn, pendingSignIn };
}

/** The challenges whose answer names the device. */
const DEVICE_AWARE: ReadonlySet<string> = new Set([
  'SMS_MFA',
  'SMS_OTP',
  'EMAIL_OTP',
  'SOFTWARE_TOKEN_MFA',
  'CUSTOM_CHALLENGE',
]);

function progressOf({ challenge, loginId, totpSecret }: PendingSignIn): SignInProgress {
  const nextStep = nextStepOf(challenge, {
    accountName: loginId,
    ...(totpSecret !== undefined && { secret: totpSecret }),
  });
  const passkeyOptions = challenge.parameters['CREDENTIAL_REQUEST_OPTIONS'];
  if (challenge.name !== 'WEB_AUTHN') return { isSignedIn: false, nextStep };
  if (!passkeyOptions) throw unreadableAnswer('The challenge for a passkey');
  return { isSignedIn: false, nextStep, passkeyOptions };
}

/** The page answers for a passkey by itself, in the call that led to it. */
function metadataInPageOf({ challenge, clientMetadata }: PendingSignIn): Record<string, string> | undefined {
  return challenge.name === 'WEB_AUTHN' ? clientMetadata : undefined;
}

function sessionOf({ session }: Challenge): { session?: string } {
  return session === undefined ? {} : { session };
}

/** Cognito: "Invalid session for the user, session is expired." A wrong code leaves the session as it is. */
function isSessionOver(error: unknown): boolean {
  if (!(error instanceof CognitoFailure)) return false;
  const { name, message } = error.fields;
  return name === 'NotAuthorizedException' && /\bsession\b/i.test(message);
}

function nothingWaits(): AuthError {
  return new AuthError({
    name: 'SignInException',
    message: 'There is no sign-in that waits for an answer.',
    recoverySuggestion: 'Call signIn() first.',
  });
}
