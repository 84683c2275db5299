/** The users of the pool. */
import { createHash } from 'node:crypto';
import { factorsOf, type Factors, type SeedFactors } from './factors.js';
import { createVerifier, type PasswordVerifier } from './srp.js';

export type UserStatus = 'CONFIRMED' | 'UNCONFIRMED' | 'FORCE_CHANGE_PASSWORD' | 'RESET_REQUIRED';

/** A user who is there from the start. */
export interface SeedUser {
  username: string;
  password: string;
  /** Standard names, or `custom:` names. `email_verified: 'true'` makes the e-mail address an alias to sign in with. */
  attributes?: Record<string, string>;
  groups?: string[];
  /** Default `CONFIRMED`. */
  status?: UserStatus;
  /** What the user proves besides the password. Default nothing. */
  factors?: SeedFactors;
}

export interface User {
  readonly username: string;
  readonly sub: string;
  readonly attributes: Record<string, string>;
  readonly groups: readonly string[];
  password: string;
  verifier: PasswordVerifier;
  status: UserStatus;
  readonly factors: Factors;
}

export const DEFAULT_USERS: readonly SeedUser[] = [
  {
    username: 'ada',
    password: 'Analytical-Engine-1843',
    attributes: {
      email: 'ada@example.com',
      email_verified: 'true',
      name: 'Ada Lovelace',
      given_name: 'Ada',
      family_name: 'Lovelace',
      'custom:team': 'engines',
    },
    groups: ['mathematicians'],
  },
];

/** A UUID that is the same at each start, so that a signed-in page stays the same user. */
export function stableUuid(text: string): string {
  const bytes = createHash('sha256').update(text).digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x40, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

export class UserDirectory {
  private users = new Map<string, User>();

  constructor(
    private readonly userPoolId: string,
    private readonly seeds: readonly SeedUser[],
  ) {
    this.reset();
  }

  /** What SRP calls the pool. */
  get poolName(): string {
    return this.userPoolId.slice(this.userPoolId.indexOf('_') + 1);
  }

  reset(): void {
    this.users = new Map();
    for (const seed of this.seeds) this.add(seed);
  }

  add(seed: SeedUser): User {
    const sub = stableUuid(`${this.userPoolId}/${seed.username}`);
    const user: User = {
      username: seed.username,
      sub,
      attributes: { sub, ...seed.attributes },
      groups: [...(seed.groups ?? [])],
      password: seed.password,
      verifier: createVerifier(this.poolName, seed.username, seed.password),
      status: seed.status ?? 'CONFIRMED',
      factors: factorsOf(seed.factors),
    };
    this.users.set(seed.username, user);
    return user;
  }

  /** By username, by `sub`, or by a verified e-mail address. */
  find(typed: string): User | undefined {
    const exact = this.users.get(typed);
    if (exact) return exact;
    for (const user of this.users.values()) {
      if (user.sub === typed) return user;
      if (
        user.attributes.email_verified === 'true' &&
        user.attributes.email?.toLowerCase() === typed.toLowerCase()
      )
        return user;
    }
    return undefined;
  }

  all(): Iterable<User> {
    return this.users.values();
  }

  byUsername(username: string): User | undefined {
    return this.users.get(username);
  }

  /** The first whose name begins so. */
  firstNamed(prefix: string): User | undefined {
    return [...this.users.values()].find(({ username }) => username.startsWith(prefix));
  }

  delete(username: string): void {
    this.users.delete(username);
  }

  setPassword(user: User, password: string): void {
    user.password = password;
    user.verifier = createVerifier(this.poolName, user.username, password);
    user.status = 'CONFIRMED';
  }
}
