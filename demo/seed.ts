/** What the local Cognito starts with. Short lives, so that a refresh can be watched. */

/** A first password for Ada, and one that an administrator gave to Grace: she must choose her own at the first sign-in. */
export const SEED_USERS = [
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
    groups: ['admins'],
    status: 'CONFIRMED',
  },
  {
    username: 'grace',
    password: 'First-Compiler-1952',
    attributes: {
      email: 'grace@example.com',
      email_verified: 'true',
      name: 'Grace Hopper',
      given_name: 'Grace',
      family_name: 'Hopper',
      'custom:team': 'compilers',
    },
    groups: ['compilers'],
    status: 'FORCE_CHANGE_PASSWORD',
  },
] as const;

/**
 * Tokens live 90 s, so they renew themselves after 45 s. Rotation with no grace is the hardest setting for many tabs:
 * the second use of a refresh token ends the session. The latency gives the tabs' calls time to meet.
 */
export const SEED_SETTINGS = {
  accessTokenSeconds: 90,
  idTokenSeconds: 90,
  credentialsSeconds: 900,
  rotation: { enabled: true, graceSeconds: 0 },
  latencyMs: 300,
  guestsAllowed: true,
} as const;

/** The lives of tokens that the page offers, in seconds. */
export const TOKEN_LIVES = [
  { seconds: 30, label: '30 s' },
  { seconds: 90, label: '90 s' },
  { seconds: 300, label: '5 min' },
  { seconds: 3_600, label: '1 h' },
] as const;
