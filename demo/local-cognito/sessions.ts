/** The sessions of challenges: each names a user and what is asked of them, ends after a while, and is used once. */
import { randomBytes } from 'node:crypto';
import { invalidParameter, notAuthorized, type ServiceError } from './errors.js';
import type { SettingsStore } from './settings.js';
import type { User } from './users.js';

/** Wrong codes after which a session is dead. */
const MOST_WRONG_ANSWERS = 5;

/** What a session waits for: a challenge with its own state. */
export interface Awaited {
  readonly challenge: string;
}

interface Session {
  user: User;
  awaited: Awaited;
  startedAtMs: number;
  wrongAnswers: number;
}

export const invalidSession = (): ServiceError => notAuthorized('Invalid session for the user.');

/** A challenge as the service answers it. */
export interface Challenge {
  ChallengeName: string;
  ChallengeParameters: Record<string, string>;
  Session?: string;
  AvailableChallenges?: string[];
}

/** A parameter of a map that must be there. */
export function parameter(parameters: Record<string, string>, name: string): string {
  const value = parameters[name];
  if (value === undefined || value === '') throw invalidParameter(`Missing required parameter ${name}`);
  return value;
}

export class Sessions {
  private readonly sessions = new Map<string, Session>();

  constructor(private readonly settings: SettingsStore) {}

  open(user: User, awaited: Awaited): string {
    const id = randomBytes(384).toString('base64url');
    this.sessions.set(id, { user, awaited, startedAtMs: this.settings.nowMs(), wrongAnswers: 0 });
    return id;
  }

  /** Looks at a session without using it up. Throws what Cognito answers for one that can't go on. */
  look(id: string): { user: User; awaited: Awaited } {
    const session = this.sessions.get(id);
    if (!session) throw invalidSession();
    const ageMs = this.settings.nowMs() - session.startedAtMs;
    if (ageMs >= this.settings.current.challengeSessionSeconds * 1000) {
      this.sessions.delete(id);
      throw notAuthorized('Invalid session for the user, session is expired.');
    }
    return session;
  }

  /** From here on, the session is used up. */
  end(id: string): void {
    this.sessions.delete(id);
  }

  /** Counts a wrong answer: the session may be tried again a few times. */
  wrongAnswer(id: string): void {
    const session = this.sessions.get(id);
    if (!session) return;
    session.wrongAnswers += 1;
    if (session.wrongAnswers >= MOST_WRONG_ANSWERS) this.sessions.delete(id);
  }

  clear(): void {
    this.sessions.clear();
  }
}
