/**
 * Devices that Cognito remembers, so that a second factor is asked for once only. The key goes with each request of a sign-in;
 * what proves it is a secret of the device, by SRP like a password's (challenges `DEVICE_SRP_AUTH`, `DEVICE_PASSWORD_VERIFIER`).
 * Cognito refuses to refresh the tokens of a device that was never confirmed (AWS re:Post, "Invalid Refresh Token").
 */
import { CONFIRM_DEVICE_TIMEOUT_MS } from './bounds.js';
import { refreshLockName } from './contract.js';
import {
  CognitoFailure,
  type Challenge,
  type Deps,
  type SessionRecord,
  type SignInAnswer,
  type StoredDevice,
} from './deps.js';
import { isDefinite, toFailure, unreadableAnswer } from './failures.js';
import { metadataOf, type Extras } from './flows.js';
import type { Knowledge } from './knowledge.js';
import { withDevice, withoutDevice, withoutUnconfirmedDevice } from './record.js';
import { createDeviceVerifier, startSrp } from './srp.js';
import { readTokens } from './tokens.js';

/** What Cognito answered, and the device that it knows. */
export interface DeviceAnswer {
  answer: SignInAnswer;
  deviceKey?: string;
}

export interface Devices {
  /**
   * Asks with the user's device, and answers for it. A device that Cognito knows no more is forgotten, and Cognito asked once
   * more without it; where the answer can't be given twice, only if it was not taken.
   */
  ask(
    how: { device: StoredDevice | undefined; username: string; extras: Extras; isRepeatable: boolean },
    request: (extras: Extras) => Promise<SignInAnswer>,
  ): Promise<DeviceAnswer>;
  /**
   * Has Cognito remember a device that is not confirmed yet, if there is one. For whoever holds the refresh lock.
   * @returns why it is not settled: nothing was decided, and Cognito would refuse to refresh.
   */
  confirm(): Promise<CognitoFailure | undefined>;
  /** The same for others. The sign-in is done whatever comes of it: before a refresh it is tried again. */
  confirmInTurn(): Promise<void>;
}

/** The device's own challenge was refused. */
class DeviceRefused extends Error {
  constructor(readonly failure: CognitoFailure) {
    super(failure.message);
  }
}

export function deviceOf({ devices = [] }: SessionRecord, ...names: string[]): StoredDevice | undefined {
  return devices.find(({ usernames }) => names.some((name) => usernames.includes(name)));
}

export function createDevices(deps: Deps, knowledge: Knowledge): Devices {
  const { cognito } = deps;

  async function ask(
    how: { device: StoredDevice | undefined; username: string; extras: Extras; isRepeatable: boolean },
    request: (extras: Extras) => Promise<SignInAnswer>,
  ): Promise<DeviceAnswer> {
    const { device, username, extras, isRepeatable } = how;
    if (!device) return { answer: await request(extras) };
    const { deviceKey } = device;
    try {
      const answer = await request({ ...extras, deviceKey });
      const isAsked = answer.type === 'challenge' && answer.name === 'DEVICE_SRP_AUTH';
      return { answer: isAsked ? await prove(answer, device, username, extras) : answer, deviceKey };
    } catch (error) {
      const isRefused = error instanceof DeviceRefused;
      if (!isRefused && !isUnknown(error)) throw error;
      deps.log('info', 'Cognito does not remember this device any more.');
      await knowledge.update((record) => ({ record: withoutDevice(record, deviceKey), result: undefined }));
      if (isRefused && !isRepeatable) throw error.failure;
      return { answer: await request(extras) };
    }
  }

  async function prove(
    asked: Challenge,
    { deviceKey, deviceGroupKey, randomPassword }: StoredDevice,
    username: string,
    extras: Extras,
  ): Promise<SignInAnswer> {
    const srp = await startSrp({ crypto: deps.crypto, wallMs: () => deps.clock.wallMs() });
    const USERNAME = asked.parameters['USERNAME'] ?? asked.parameters['USER_ID_FOR_SRP'] ?? username;
    const common = { USERNAME, DEVICE_KEY: deviceKey };
    const verifier = await respond(asked, { ...common, SRP_A: srp.publicValueHex }, extras);
    if (verifier.type !== 'challenge' || verifier.name !== 'DEVICE_PASSWORD_VERIFIER') return verifier;
    const { SALT, SRP_B, SECRET_BLOCK } = verifier.parameters;
    if (!SALT || !SRP_B || !SECRET_BLOCK) throw unreadableAnswer('RespondToAuthChallenge');
    const { signatureBase64, timestamp } = await srp.answer({
      poolName: deviceGroupKey,
      userIdForSrp: deviceKey,
      password: randomPassword,
      saltHex: SALT,
      srpBHex: SRP_B,
      secretBlockBase64: SECRET_BLOCK,
    });
    const responses = {
      ...common,
      PASSWORD_CLAIM_SECRET_BLOCK: SECRET_BLOCK,
      PASSWORD_CLAIM_SIGNATURE: signatureBase64,
      TIMESTAMP: timestamp,
    };
    return respond(verifier, responses, extras);
  }

  async function respond(
    { name, session }: Challenge,
    responses: Record<string, string>,
    extras: Extras,
  ): Promise<SignInAnswer> {
    try {
      return await cognito.respondToChallenge({
        name,
        ...(session !== undefined && { session }),
        responses,
        ...metadataOf(extras),
      });
    } catch (error) {
      const isDefinite = error instanceof CognitoFailure && REFUSALS.has(error.fields.name);
      throw isDefinite ? new DeviceRefused(error) : error;
    }
  }

  async function confirm(): Promise<CognitoFailure | undefined> {
    const { session } = await knowledge.read();
    const device = session?.unconfirmedDevice;
    if (!session || !device) return undefined;
    const { accessToken, loginId } = session;
    const { deviceKey } = device;
    const { password: randomPassword, ...verifier } = await createDeviceVerifier(deps, device);
    const failure = await cognito
      .confirmDevice({ accessToken, deviceKey, ...verifier })
      .catch((error: unknown) => toFailure(error, false));
    if (failure && !isDefinite(failure)) return failure;
    if (failure) {
      deps.log('warn', 'Cognito does not remember this device.', { error: failure.fields.name });
    }
    const name = readTokens(session, deps.clock, false)?.username;
    const usernames = [...new Set([loginId, name].filter((known) => known !== undefined))];
    await knowledge.update((record) => {
      const settled = withoutUnconfirmedDevice(record, deviceKey);
      const remembered = failure ? settled : withDevice(settled, { ...device, randomPassword, usernames });
      return { record: remembered, result: undefined };
    });
    return undefined;
  }

  async function confirmInTurn(): Promise<void> {
    await deps.locks.withLock(refreshLockName(deps.config), CONFIRM_DEVICE_TIMEOUT_MS, confirm);
  }

  return { ask, confirm, confirmInTurn };
}

const REFUSALS: ReadonlySet<string> = new Set(['NotAuthorizedException', 'ResourceNotFoundException']);

/** Cognito: "Device does not exist." The same name says that there is no such pool or app client. */
function isUnknown(error: unknown): boolean {
  if (!(error instanceof CognitoFailure)) return false;
  const { name, message } = error.fields;
  return name === 'ResourceNotFoundException' && message.includes('Device does not exist.');
}
