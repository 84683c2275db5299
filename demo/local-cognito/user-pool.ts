/** The operations of the user pool (AWSCognitoIdentityProviderService). */
import type { Devices } from './devices.js';
import type { Flows, FlowResult } from './flows.js';
import { invalidParameter, notAuthorized, resourceNotFound, ServiceError } from './errors.js';
import { InputReader, type Input } from './input.js';
import type { RefreshTokens, Family } from './refresh-tokens.js';
import type { SettingsStore } from './settings.js';
import type { Mfa } from './mfa.js';
import type { SignIn } from './sign-in.js';
import type { TokenIssuer } from './tokens.js';
import type { User, UserDirectory } from './users.js';

/** The enumeration AuthFlow of the service model. */
const AUTH_FLOWS = [
  'USER_SRP_AUTH',
  'REFRESH_TOKEN_AUTH',
  'REFRESH_TOKEN',
  'CUSTOM_AUTH',
  'ADMIN_NO_SRP_AUTH',
  'USER_PASSWORD_AUTH',
  'ADMIN_USER_PASSWORD_AUTH',
  'USER_AUTH',
];

/** The challenges that an answer can be for. */
const CHALLENGES = [
  'SMS_MFA',
  'EMAIL_OTP',
  'SOFTWARE_TOKEN_MFA',
  'SELECT_MFA_TYPE',
  'MFA_SETUP',
  'PASSWORD_VERIFIER',
  'CUSTOM_CHALLENGE',
  'SELECT_CHALLENGE',
  'DEVICE_SRP_AUTH',
  'DEVICE_PASSWORD_VERIFIER',
  'ADMIN_NO_SRP_AUTH',
  'NEW_PASSWORD_REQUIRED',
  'SMS_OTP',
  'PASSWORD',
  'WEB_AUTHN',
  'PASSWORD_SRP',
];

export interface UserPoolParts {
  clientId: string;
  users: UserDirectory;
  signIn: SignIn;
  flows: Flows;
  mfa: Mfa;
  devices: Devices;
  refreshTokens: RefreshTokens;
  issuer: TokenIssuer;
  settings: SettingsStore;
}

/** What an operation answers; undefined is an empty body. */
export type Answer = Record<string, unknown> | undefined;
export type Operation = (input: Input) => Answer | Promise<Answer>;

export class UserPool {
  readonly operations: Readonly<Record<string, Operation>> = {
    InitiateAuth: (input) => this.initiateAuth(new InputReader(input, 'InvalidParameterException')),
    RespondToAuthChallenge: (input) =>
      this.respondToAuthChallenge(new InputReader(input, 'InvalidParameterException')),
    GetTokensFromRefreshToken: (input) =>
      this.getTokensFromRefreshToken(new InputReader(input, 'InvalidParameterException')),
    RevokeToken: (input) => this.revokeToken(new InputReader(input, 'InvalidParameterException')),
    GlobalSignOut: (input) => this.globalSignOut(new InputReader(input, 'InvalidParameterException')),
    AssociateSoftwareToken: (input) => ({
      ...this.parts.mfa.associate(new InputReader(input, 'InvalidParameterException')),
    }),
    VerifySoftwareToken: (input) => ({
      ...this.parts.mfa.verifySetup(new InputReader(input, 'InvalidParameterException')),
    }),
    ConfirmDevice: (input) =>
      this.withDevice(input, (user, reader) => this.parts.devices.confirm(user, reader)),
    ForgetDevice: (input) =>
      this.withDevice(input, (user, reader) => {
        this.parts.devices.forget(user, reader);
        return undefined;
      }),
    UpdateDeviceStatus: (input) =>
      this.withDevice(input, (user, reader) => {
        this.parts.devices.updateStatus(user, reader);
        return {};
      }),
    GetUser: (input) => this.getUser(new InputReader(input, 'InvalidParameterException')),
  };

  constructor(private readonly parts: UserPoolParts) {}

  private async initiateAuth(input: InputReader): Promise<Answer> {
    const flow = input.choice('AuthFlow', AUTH_FLOWS);
    this.checkClient(input);
    this.parts.devices.check(input);
    switch (flow) {
      case 'USER_PASSWORD_AUTH':
        return this.answerSignIn(this.parts.signIn.withPassword(input), input);
      case 'USER_SRP_AUTH':
        return this.answerSignIn(this.parts.signIn.beginSrp(input), input);
      case 'REFRESH_TOKEN_AUTH':
      case 'REFRESH_TOKEN':
        return this.refreshWithoutRotation(input);
      case 'CUSTOM_AUTH':
      case 'USER_AUTH':
        return this.answerSignIn(this.parts.flows.begin(flow, input), input);
      case 'ADMIN_NO_SRP_AUTH':
      case 'ADMIN_USER_PASSWORD_AUTH':
        throw invalidParameter('Initiate Auth method not supported.');
      default:
        throw invalidParameter(`${flow} flow not enabled for this client`);
    }
  }

  private async respondToAuthChallenge(input: InputReader): Promise<Answer> {
    const challenge = input.choice('ChallengeName', CHALLENGES);
    this.checkClient(input);
    this.parts.devices.check(input);
    switch (challenge) {
      case 'NEW_PASSWORD_REQUIRED':
        return this.answerSignIn(this.parts.signIn.setNewPassword(input), input);
      default:
        return this.answerSignIn(this.parts.flows.answer(challenge, input), input);
    }
  }

  private async refreshWithoutRotation(input: InputReader): Promise<Answer> {
    const token = input.textMap('AuthParameters')?.REFRESH_TOKEN;
    if (!token) throw invalidParameter('Missing required parameter REFRESH_TOKEN');
    const { rotation } = this.parts.settings.current;
    if (rotation.enabled)
      throw notAuthorized('Refresh token rotation is enabled for this client: use GetTokensFromRefreshToken');
    const family = this.parts.refreshTokens.check(token, rotation.graceSeconds);
    this.checkDevice(family, input.textMap('AuthParameters')?.DEVICE_KEY);
    return {
      AuthenticationResult: await this.tokensFor(this.userOf(family), family),
      ChallengeParameters: {},
    };
  }

  private async getTokensFromRefreshToken(input: InputReader): Promise<Answer> {
    const token = input.text('RefreshToken');
    this.checkClient(input);
    const { refreshTokens, settings } = this.parts;
    const { rotation } = settings.current;
    const family = refreshTokens.check(token, rotation.graceSeconds);
    this.checkDevice(family, input.optionalText('DeviceKey'));
    const user = this.userOf(family);
    const rotated = rotation.enabled
      ? { RefreshToken: refreshTokens.rotate(token, rotation.graceSeconds) }
      : {};
    return { AuthenticationResult: { ...(await this.tokensFor(user, family)), ...rotated } };
  }

  private revokeToken(input: InputReader): Answer {
    const token = input.text('Token');
    this.checkClient(input);
    // Access and ID tokens have three parts, refresh tokens five.
    if (token.split('.').length === 3)
      throw new ServiceError('UnsupportedTokenTypeException', 'Only refresh tokens can be revoked');
    this.parts.refreshTokens.revoke(token);
    return undefined;
  }

  private async globalSignOut(input: InputReader): Promise<Answer> {
    const user = await this.userOfAccessToken(input);
    this.parts.refreshTokens.revokeAllOf(user.username);
    return undefined;
  }

  private async getUser(input: InputReader): Promise<Answer> {
    const user = await this.userOfAccessToken(input);
    const attributes = Object.entries(user.attributes).map(([Name, Value]) => ({ Name, Value }));
    return { Username: user.username, UserAttributes: attributes };
  }

  private checkClient(input: InputReader): void {
    const clientId = input.text('ClientId');
    if (clientId !== this.parts.clientId)
      throw resourceNotFound(`User pool client ${clientId} does not exist.`);
  }

  private async answerSignIn(result: FlowResult, input: InputReader): Promise<Answer> {
    const { flows, devices, refreshTokens, settings } = this.parts;
    const next = flows.next(result, input);
    if ('challenge' in next) return { ...next.challenge };
    const family = refreshTokens.begin(next.done.username, settings.current.refreshTokenSeconds);
    const { rememberDevices } = settings.current;
    const met = rememberDevices && next.deviceKey === undefined ? devices.meet(next.done) : undefined;
    const deviceKey = met?.DeviceKey ?? next.deviceKey;
    if (deviceKey !== undefined) family.deviceKey = deviceKey;
    const tokens = await this.tokensFor(next.done, family);
    return {
      AuthenticationResult: {
        ...tokens,
        RefreshToken: family.original,
        ...(met ? { NewDeviceMetadata: met } : {}),
      },
      ChallengeParameters: {},
    };
  }

  private async withDevice(input: Input, work: (user: User, reader: InputReader) => Answer): Promise<Answer> {
    const reader = new InputReader(input, 'InvalidParameterException');
    return work(await this.userOfAccessToken(reader), reader);
  }

  /** A session of a device goes on with the key of that device only, and only once it is confirmed. */
  private checkDevice({ deviceKey }: Family, given: string | undefined): void {
    if (!this.parts.settings.current.rememberDevices || deviceKey === undefined) return;
    if (given !== deviceKey || !this.parts.devices.isConfirmed(deviceKey))
      throw notAuthorized('Invalid Refresh Token.');
  }

  private async tokensFor(user: User, family: Family): Promise<Record<string, unknown>> {
    const ExpiresIn = this.parts.settings.current.accessTokenSeconds;
    const { accessToken, idToken } = await this.parts.issuer.issue(user, family);
    return { AccessToken: accessToken, ExpiresIn, IdToken: idToken, TokenType: 'Bearer' };
  }

  private userOf(family: Family): User {
    const user = this.parts.users.byUsername(family.username);
    if (!user) throw new ServiceError('UserNotFoundException', 'User does not exist.');
    return user;
  }

  async userOfAccessToken(input: InputReader): Promise<User> {
    const token = input.text('AccessToken');
    const verdict = await this.parts.issuer.verify(token, 'access');
    if (verdict.status === 'invalid') throw notAuthorized('Invalid Access Token');
    if (verdict.status === 'expired') throw notAuthorized('Access Token has expired');
    if (this.parts.refreshTokens.isRevoked(verdict.claims.origin_jti))
      throw notAuthorized('Access Token has been revoked');
    const username = verdict.claims.username;
    const user = typeof username === 'string' ? this.parts.users.byUsername(username) : undefined;
    if (!user) throw new ServiceError('UserNotFoundException', 'User does not exist.');
    return user;
  }
}
