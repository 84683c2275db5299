/** The operations of the user pool on an account: sign-up, forgotten passwords, changed passwords. */
import type { AwaitedCode, Codes, SentCode } from './codes.js';
import { invalidParameter, notAuthorized, resourceNotFound, ServiceError } from './errors.js';
import { InputReader, type Input } from './input.js';
import type { SettingsStore } from './settings.js';
import type { Answer, Operation } from './user-pool.js';
import type { User, UserDirectory } from './users.js';

/** How long Cognito's codes live, by what they are for. */
const CODE_LIFE_MS = { signUp: 24 * 3_600_000, reset: 3_600_000 } as const;
const CODE_DIGITS = 6;
const SHORTEST_PASSWORD = 8;

type Purpose = keyof typeof CODE_LIFE_MS;
type Medium = SentCode['medium'];

export interface AccountParts {
  clientId: string;
  users: UserDirectory;
  codes: Codes;
  settings: SettingsStore;
  requiredAttributes: readonly string[];
  userOfAccessToken(input: InputReader): Promise<User>;
}

export class Accounts {
  readonly operations: Readonly<Record<string, Operation>> = {
    SignUp: (input) => this.signUp(this.read(input), input),
    ConfirmSignUp: (input) => this.confirmSignUp(this.read(input), input.ForceAliasCreation === true),
    ResendConfirmationCode: (input) => this.resendConfirmationCode(this.read(input)),
    ForgotPassword: (input) => this.forgotPassword(this.read(input)),
    ConfirmForgotPassword: (input) => this.confirmForgotPassword(this.read(input)),
    ChangePassword: (input) => this.changePassword(new InputReader(input, 'InvalidParameterException')),
  };

  /** Codes that were sent and not used, by purpose and user; a new one takes the old one's place. */
  private readonly awaited = new Map<string, AwaitedCode>();

  constructor(private readonly parts: AccountParts) {}

  clear(): void {
    this.awaited.clear();
  }

  /** For operations that any app client may ask for. */
  private read(input: Input): InputReader {
    const reader = new InputReader(input, 'InvalidParameterException');
    const clientId = reader.text('ClientId');
    if (clientId !== this.parts.clientId)
      throw resourceNotFound(`User pool client ${clientId} does not exist.`);
    return reader;
  }

  private signUp(reader: InputReader, { UserAttributes }: Input): Answer {
    const username = reader.text('Username');
    const password = reader.text('Password');
    const attributes = attributesOf(UserAttributes);
    const { users, requiredAttributes } = this.parts;
    checkPassword(password);
    const missing = requiredAttributes.find((name) => attributes[name] === undefined);
    if (missing !== undefined)
      throw invalidParameter(
        `Attributes did not conform to the schema: ${missing}: The attribute is required`,
      );
    if (users.find(username)) throw new ServiceError('UsernameExistsException', 'User already exists');
    const user = users.add({
      ...{ username, password, status: 'UNCONFIRMED' },
      attributes: { ...attributes, ...unverified(attributes) },
    });
    const medium = mediaOf(user)[0];
    return {
      UserConfirmed: false,
      UserSub: user.sub,
      ...(medium && { CodeDeliveryDetails: this.send(user, medium, 'signUp') }),
    };
  }

  private confirmSignUp(reader: InputReader, isForced: boolean): Answer {
    const username = reader.text('Username');
    const code = reader.text('ConfirmationCode');
    const user = this.find(username, expired);
    if (user.status !== 'UNCONFIRMED')
      throw notAuthorized(`User cannot be confirmed. Current status is ${user.status}`);
    const taken = this.aliasHolder(user);
    this.check(user, 'signUp', code);
    if (taken && !isForced)
      throw new ServiceError('AliasExistsException', 'An account with the email already exists.');
    if (taken) taken.attributes.email_verified = 'false';
    this.awaited.delete(keyOf(user, 'signUp'));
    user.status = 'CONFIRMED';
    const [medium] = mediaOf(user);
    if (medium) user.attributes[`${ATTRIBUTE[medium]}_verified`] = 'true';
    return {};
  }

  private resendConfirmationCode(reader: InputReader): Answer {
    const username = reader.text('Username');
    const user = this.findOrPretend(username);
    if (!user) return { CodeDeliveryDetails: pretended(username) };
    if (user.status !== 'UNCONFIRMED') throw invalidParameter('User is already confirmed.');
    const [medium] = mediaOf(user);
    if (!medium) throw invalidParameter('Auto verification not turned on.');
    return { CodeDeliveryDetails: this.send(user, medium, 'signUp') };
  }

  private forgotPassword(reader: InputReader): Answer {
    const username = reader.text('Username');
    const user = this.findOrPretend(username);
    if (!user) return { CodeDeliveryDetails: pretended(username) };
    if (user.status === 'FORCE_CHANGE_PASSWORD')
      throw notAuthorized('User password cannot be reset in the current state.');
    const medium = mediaOf(user).find((each) => user.attributes[`${ATTRIBUTE[each]}_verified`] === 'true');
    if (!medium || user.status === 'UNCONFIRMED')
      throw invalidParameter(
        'Cannot reset password for the user as there is no registered/verified email or phone_number',
      );
    return { CodeDeliveryDetails: this.send(user, medium, 'reset') };
  }

  private confirmForgotPassword(reader: InputReader): Answer {
    const username = reader.text('Username');
    const code = reader.text('ConfirmationCode');
    const password = reader.text('Password');
    const user = this.find(username, mismatch);
    checkPassword(password);
    this.check(user, 'reset', code);
    this.awaited.delete(keyOf(user, 'reset'));
    this.parts.users.setPassword(user, password);
    return {};
  }

  private async changePassword(reader: InputReader): Promise<Answer> {
    const proposed = reader.text('ProposedPassword');
    const previous = reader.text('PreviousPassword');
    const user = await this.parts.userOfAccessToken(reader);
    if (user.password !== previous) throw notAuthorized('Incorrect username or password.');
    checkPassword(proposed);
    this.parts.users.setPassword(user, proposed);
    return {};
  }

  private send(user: User, medium: Medium, purpose: Purpose): Record<string, string> {
    const { awaited, parameters } = this.parts.codes.send(user, medium, undefined, CODE_DIGITS);
    this.awaited.set(keyOf(user, purpose), awaited);
    return {
      AttributeName: ATTRIBUTE[medium],
      DeliveryMedium: medium,
      Destination: parameters.CODE_DELIVERY_DESTINATION ?? '',
    };
  }

  private check(user: User, purpose: Purpose, given: string): void {
    const awaited = this.awaited.get(keyOf(user, purpose));
    if (!awaited || this.parts.settings.nowMs() - awaited.sentAtMs >= CODE_LIFE_MS[purpose]) throw expired();
    if (awaited.code !== given) throw mismatch();
  }

  /** Another user, whose verified e-mail address this is. */
  private aliasHolder({ username, attributes }: User): User | undefined {
    const holder = attributes.email === undefined ? undefined : this.parts.users.find(attributes.email);
    return holder && holder.username !== username ? holder : undefined;
  }

  /** @param hidden What an unknown user gets where the pool hides who exists. */
  private find(username: string, hidden: () => ServiceError): User {
    const user = this.findOrPretend(username);
    if (!user) throw hidden();
    return user;
  }

  /** Undefined: there is no such user, and the pool does not say so. */
  private findOrPretend(username: string): User | undefined {
    const user = this.parts.users.find(username);
    if (!user && !this.parts.settings.current.preventUserExistenceErrors)
      throw new ServiceError('UserNotFoundException', 'Username/client id combination not found.');
    return user;
  }
}

const ATTRIBUTE = { SMS: 'phone_number', EMAIL: 'email' } as const;

const keyOf = ({ username }: User, purpose: Purpose): string => `${purpose} ${username}`;

/** By what a code can reach the user, the first choice first. */
function mediaOf({ attributes }: User): Medium[] {
  return (['EMAIL', 'SMS'] as const).filter((medium) => attributes[ATTRIBUTE[medium]]);
}

const unverified = (attributes: Record<string, string>): Record<string, string> => ({
  ...(attributes.email !== undefined && { email_verified: 'false' }),
  ...(attributes.phone_number !== undefined && { phone_number_verified: 'false' }),
});

function attributesOf(list: unknown): Record<string, string> {
  if (list === undefined || list === null) return {};
  if (!Array.isArray(list)) throw new ServiceError('SerializationException', 'UserAttributes must be a list');
  return Object.fromEntries(
    list.map((entry: Input) => {
      const reader = new InputReader(entry, 'InvalidParameterException');
      return [reader.text('Name'), reader.text('Value')];
    }),
  );
}

function checkPassword(password: string): void {
  if (password.length < SHORTEST_PASSWORD)
    throw new ServiceError(
      'InvalidPasswordException',
      'Password did not conform with policy: Password not long enough',
    );
}

const expired = (): ServiceError =>
  new ServiceError('ExpiredCodeException', 'Invalid code provided, please request a code again.');
const mismatch = (): ServiceError =>
  new ServiceError('CodeMismatchException', 'Invalid verification code provided, please try again.');

/** What an unknown user gets where the pool hides who exists. */
const pretended = (username: string): Record<string, string> => ({
  AttributeName: 'email',
  DeliveryMedium: 'EMAIL',
  Destination: `${username.charAt(0)}***@${username.charAt(username.length - 1)}***`,
});
