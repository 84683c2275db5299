/** The page's client of the session. Another policy needs another client; what listens to it moves along. */
import { configure, type SessionClient, type SessionConfig } from '../client/index.js';

/** The session, whichever client leads to it. */
export interface PageSession {
  /** The client of now. */
  client(): SessionClient;
  /** Runs it with the client of now, and with each that takes its place. */
  follow(use: (client: SessionClient) => void): void;
  /** Configures this tab anew. The session goes on. */
  change(rules: SessionRules): void;
}

/** What can be changed while the page is open. */
export type SessionRules = Pick<SessionConfig, 'policy' | 'refreshTokenValiditySeconds'>;

export function openPageSession(config: SessionConfig, rules: SessionRules): PageSession {
  const followers: ((client: SessionClient) => void)[] = [];
  let client = configure({ ...config, ...rules });
  return {
    client: () => client,
    follow(use) {
      followers.push(use);
      use(client);
    },
    change(newRules) {
      const next = configure({ ...config, ...newRules });
      if (next === client) return;
      client = next;
      for (const use of followers) use(client);
    },
  };
}
