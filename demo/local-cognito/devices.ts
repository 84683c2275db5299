/** Remembered devices: each proves itself by SRP with a password of its own, in place of the second factor. */
import { randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import { invalidParameter, notAuthorized, resourceNotFound, type ServiceError } from './errors.js';
import type { InputReader } from './input.js';
import { invalidSession, parameter, type Awaited, type Challenge, type Sessions } from './sessions.js';
import { asCognitoWritesIt, TIMESTAMP } from './sign-in.js';
import { claimSignature, startExchange, type PasswordVerifier } from './srp.js';
import type { User, UserDirectory } from './users.js';

interface Device {
  readonly key: string;
  readonly groupKey: string;
  readonly username: string;
  /** Undefined until ConfirmDevice. */
  verifier?: PasswordVerifier;
  isRemembered: boolean;
}

interface AwaitedProof extends Awaited {
  readonly deviceKey: string;
  readonly secretBlock: string;
  /** Undefined where A and B can't give a key, which means refuse. */
  readonly key: Buffer | undefined;
}

const noSuchDevice = (): ServiceError => resourceNotFound('Device does not exist.');

function numberOf(base64: string): bigint {
  const hex = Buffer.from(base64, 'base64').toString('hex');
  if (hex === '') throw invalidParameter('Invalid device secret verifier config given.');
  return BigInt(`0x${hex}`);
}

/** DEVICE_KEY wherever a step of a sign-in carries it. */
function keyIn(input: InputReader): string | undefined {
  return (input.textMap('AuthParameters') ?? input.textMap('ChallengeResponses') ?? {}).DEVICE_KEY;
}

export class Devices {
  private readonly devices = new Map<string, Device>();

  constructor(
    private readonly region: string,
    private readonly sessions: Sessions,
    private readonly users: UserDirectory,
  ) {}

  clear(): void {
    this.devices.clear();
  }

  /** A device that the user has just signed in on. It counts once it is confirmed. */
  meet(user: User): { DeviceKey: string; DeviceGroupKey: string } {
    const device = {
      key: `${this.region}_${randomUUID()}`,
      groupKey: `-${randomBytes(6).toString('hex').slice(0, 8)}`,
      username: user.username,
      isRemembered: true,
    };
    this.devices.set(device.key, device);
    return { DeviceKey: device.key, DeviceGroupKey: device.groupKey };
  }

  /** Throws for a step that names a device which the user has not. To be asked before a proof is used up. */
  check(input: InputReader): void {
    const key = keyIn(input);
    if (key === undefined) return;
    const { USERNAME } = input.textMap('AuthParameters') ?? input.textMap('ChallengeResponses') ?? {};
    const user = USERNAME === undefined ? undefined : this.users.find(USERNAME);
    if (user && this.devices.get(key)?.username !== user.username) throw noSuchDevice();
  }

  /** DEVICE_SRP_AUTH where the step names a confirmed device of the user. */
  challengeFor(user: User, input: InputReader): Challenge | undefined {
    const key = keyIn(input);
    const device = key === undefined ? undefined : this.devices.get(key);
    if (!device?.verifier || !device.isRemembered || device.username !== user.username) return undefined;
    return {
      ChallengeName: 'DEVICE_SRP_AUTH',
      ChallengeParameters: {},
      Session: this.sessions.open(user, { challenge: 'DEVICE_SRP_AUTH' }),
    };
  }

  /** RespondToAuthChallenge DEVICE_SRP_AUTH. */
  beginProof(input: InputReader, user: User): { challenge: Challenge } {
    const responses = input.textMap('ChallengeResponses') ?? {};
    const device = this.deviceOf(user, parameter(responses, 'DEVICE_KEY'));
    const clientPublic = parameter(responses, 'SRP_A');
    if (!/^[0-9a-f]{1,770}$/i.test(clientPublic))
      throw invalidParameter('SRP_A must be a hexadecimal number');
    if (!device.verifier) throw noSuchDevice();
    const exchange = startExchange(BigInt(`0x${clientPublic}`), device.verifier);
    if (!exchange) throw invalidParameter('SRP_A must not be 0 modulo N');
    this.sessions.end(input.text('Session'));
    const secretBlock = randomBytes(1024).toString('base64');
    const awaited: AwaitedProof = {
      challenge: 'DEVICE_PASSWORD_VERIFIER',
      deviceKey: device.key,
      secretBlock,
      key: exchange.key,
    };
    return {
      challenge: {
        ChallengeName: 'DEVICE_PASSWORD_VERIFIER',
        ChallengeParameters: {
          SALT: device.verifier.salt.toString(16),
          SECRET_BLOCK: secretBlock,
          SRP_B: exchange.serverPublic.toString(16),
          USERNAME: user.username,
          DEVICE_KEY: device.key,
        },
        Session: this.sessions.open(user, awaited),
      },
    };
  }

  /** RespondToAuthChallenge DEVICE_PASSWORD_VERIFIER. Right or wrong, the session is used up. */
  verifyProof(input: InputReader, user: User, awaited: Awaited): { proved: User; deviceKey: string } {
    const responses = input.textMap('ChallengeResponses') ?? {};
    const { deviceKey, secretBlock, key } = awaited as AwaitedProof;
    const timestamp = parameter(responses, 'TIMESTAMP');
    if (!TIMESTAMP.test(timestamp))
      throw invalidParameter('TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english.');
    const signature = Buffer.from(parameter(responses, 'PASSWORD_CLAIM_SIGNATURE'));
    this.sessions.end(input.text('Session'));
    const device = this.deviceOf(user, parameter(responses, 'DEVICE_KEY'));
    if (device.key !== deviceKey || parameter(responses, 'PASSWORD_CLAIM_SECRET_BLOCK') !== secretBlock)
      throw invalidSession();
    const time = asCognitoWritesIt(timestamp);
    const expected = key
      ? Buffer.from(claimSignature(key, device.groupKey, device.key, secretBlock, time))
      : undefined;
    if (expected?.length !== signature.length || !timingSafeEqual(expected, signature))
      throw notAuthorized('Incorrect username or password.');
    return { proved: user, deviceKey };
  }

  /** One that was forgotten since counts: its session goes on. */
  isConfirmed(key: string): boolean {
    const device = this.devices.get(key);
    return !device || device.verifier !== undefined;
  }

  /** ConfirmDevice: from now on, the device can prove itself. */
  confirm(user: User, input: InputReader): { UserConfirmationNecessary: boolean } {
    const device = this.devices.get(input.text('DeviceKey'));
    if (device?.username !== user.username) throw invalidParameter('Invalid device key given.');
    const config = input.textMap('DeviceSecretVerifierConfig') ?? {};
    device.verifier = {
      salt: numberOf(parameter(config, 'Salt')),
      verifier: numberOf(parameter(config, 'PasswordVerifier')),
    };
    return { UserConfirmationNecessary: false };
  }

  forget(user: User, input: InputReader): void {
    this.devices.delete(this.deviceOf(user, input.text('DeviceKey')).key);
  }

  /** UpdateDeviceStatus: a device that isn't remembered is asked for no proof. */
  updateStatus(user: User, input: InputReader): void {
    const device = this.deviceOf(user, input.text('DeviceKey'));
    const status = input.choice('DeviceRememberedStatus', ['remembered', 'not_remembered']);
    device.isRemembered = status === 'remembered';
  }

  private deviceOf(user: User, key: string): Device {
    const device = this.devices.get(key);
    if (device?.username !== user.username) throw noSuchDevice();
    return device;
  }
}
