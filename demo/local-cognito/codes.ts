/** The codes that Cognito would have sent by text message or e-mail. Tests and the control API read them here. */
import { randomInt, timingSafeEqual } from 'node:crypto';
import { invalidParameter, ServiceError } from './errors.js';
import type { SettingsStore } from './settings.js';
import type { Challenge } from './sessions.js';
import type { User } from './users.js';

export interface SentCode {
  readonly username: string;
  readonly medium: 'SMS' | 'EMAIL';
  /** In full; the challenge shows it masked. */
  readonly destination: string;
  readonly code: string;
}

/** A code that a session waits for. */
export interface AwaitedCode {
  readonly code: string;
  readonly sentAtMs: number;
}

const DIGITS = { SMS: 6, EMAIL: 8 } as const;
const ATTRIBUTE = { SMS: 'phone_number', EMAIL: 'email' } as const;

function masked(medium: SentCode['medium'], destination: string): string {
  if (medium === 'SMS')
    return `${destination.charAt(0)}${'*'.repeat(Math.max(0, destination.length - 5))}${destination.slice(-4)}`;
  const [name = '', domain = ''] = destination.split('@');
  return `${name.charAt(0)}***@${domain.charAt(0)}***`;
}

export class Codes {
  private list: SentCode[] = [];

  constructor(private readonly settings: SettingsStore) {}

  get sent(): readonly SentCode[] {
    return this.list;
  }

  /** Sends a code and says in the words of a challenge where it went. */
  send(
    user: User,
    medium: SentCode['medium'],
    to?: string,
    digits: number = DIGITS[medium],
  ): { awaited: AwaitedCode; parameters: Challenge['ChallengeParameters'] } {
    const destination = to ?? user.attributes[ATTRIBUTE[medium]];
    if (!destination) throw invalidParameter(`User has no ${ATTRIBUTE[medium]}`);
    const code = String(randomInt(10 ** digits)).padStart(digits, '0');
    this.list.push({ username: user.username, medium, destination, code });
    return {
      awaited: { code, sentAtMs: this.settings.nowMs() },
      parameters: {
        CODE_DELIVERY_DELIVERY_MEDIUM: medium,
        CODE_DELIVERY_DESTINATION: masked(medium, destination),
        USER_ID_FOR_SRP: user.username,
      },
    };
  }

  /** Throws CodeMismatchException or ExpiredCodeException. */
  check({ code, sentAtMs }: AwaitedCode, given: string): void {
    const [left, right] = [Buffer.from(code), Buffer.from(given)];
    if (left.length !== right.length || !timingSafeEqual(left, right)) {
      throw new ServiceError('CodeMismatchException', 'Invalid code or auth state for the user.');
    }
    if (this.settings.nowMs() - sentAtMs >= this.settings.current.codeSeconds * 1000) {
      throw new ServiceError('ExpiredCodeException', 'Your code has expired, please request a new one.');
    }
  }

  clear(): void {
    this.list = [];
  }
}
