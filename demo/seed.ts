/** What the local Cognito starts with. Short lives, so that a refresh can be watched. */
import type { AuthFlowType } from '../client/index.js';
import type { SeedUser } from './local-cognito/server.js';

/** A user whom the page offers to sign in as. */
export interface DemoUser extends SeedUser {
  /** How this one signs in, in the words of the page. */
  way: string;
  flow: AuthFlowType;
}

/** One for each way to sign in. The first is filled in at the start. */
export const SEED_USERS: readonly [DemoUser, ...DemoUser[]] = [
  {
    username: 'ada',
    way: 'password',
    flow: 'USER_SRP_AUTH',
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
  },
  {
    username: 'katherine',
    way: 'password + e-mail code',
    flow: 'USER_SRP_AUTH',
    password: 'Orbit-Figures-1962',
    attributes: { email: 'katherine@example.com', email_verified: 'true', name: 'Katherine Johnson' },
    factors: { mfa: ['EMAIL_OTP'] },
  },
  {
    username: 'hedy',
    way: 'password + authenticator app',
    flow: 'USER_SRP_AUTH',
    password: 'Hopping-Signals-1942',
    attributes: { email: 'hedy@example.com', email_verified: 'true', name: 'Hedy Lamarr' },
    factors: { mfa: ['SOFTWARE_TOKEN_MFA'], totpSecret: 'NBXXA4DJNZTS243JM5XGC3DTFUYTSNBS' },
  },
  {
    username: 'margaret',
    way: 'password + SMS or app',
    flow: 'USER_SRP_AUTH',
    password: 'Lunar-Software-1969',
    attributes: {
      email: 'margaret@example.com',
      email_verified: 'true',
      phone_number: '+12025550143',
      phone_number_verified: 'true',
      name: 'Margaret Hamilton',
    },
    factors: { mfa: ['SMS_MFA', 'SOFTWARE_TOKEN_MFA'], totpSecret: 'NR2W4YLSFVZW6ZTUO5QXEZJNGE4TMOJR' },
  },
  {
    username: 'radia',
    way: 'must set up a second factor',
    flow: 'USER_SRP_AUTH',
    password: 'Spanning-Tree-1985',
    attributes: { email: 'radia@example.com', email_verified: 'true', name: 'Radia Perlman' },
    factors: { mfaSetup: ['SOFTWARE_TOKEN_MFA', 'EMAIL_OTP'] },
  },
  {
    username: 'grace',
    way: 'must choose a new password',
    flow: 'USER_SRP_AUTH',
    password: 'First-Compiler-1952',
    attributes: { email: 'grace@example.com', email_verified: 'true', 'custom:team': 'compilers' },
    groups: ['compilers'],
    status: 'FORCE_CHANGE_PASSWORD',
  },
  {
    username: 'joan',
    way: 'passkey, code or password',
    flow: 'USER_AUTH',
    password: 'Banburismus-1941',
    attributes: { email: 'joan@example.com', email_verified: 'true', name: 'Joan Clarke' },
    factors: { firstFactors: ['WEB_AUTHN', 'EMAIL_OTP', 'PASSWORD'] },
  },
  {
    username: 'edith',
    way: "a question of the app's own",
    flow: 'CUSTOM_WITHOUT_SRP',
    password: 'Power-Lines-1921',
    attributes: { email: 'edith@example.com', email_verified: 'true', name: 'Edith Clarke' },
    factors: {
      custom: [{ answer: '42', parameters: { question: 'What is six times seven?' } }],
      customRetries: 2,
    },
  },
];

/** Grace has none yet: it is asked for with her new password. */
export const REQUIRED_ATTRIBUTES = ['name'];

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
