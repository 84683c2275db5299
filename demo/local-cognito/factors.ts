/** What a user can prove besides the password: second factors, first factors of a choice, custom challenges, passkeys. */
import type { JsonWebKey } from 'node:crypto';

export const MFA_TYPES = ['SMS_MFA', 'EMAIL_OTP', 'SOFTWARE_TOKEN_MFA'] as const;
export type MfaType = (typeof MFA_TYPES)[number];

export const FIRST_FACTORS = ['PASSWORD', 'PASSWORD_SRP', 'EMAIL_OTP', 'SMS_OTP', 'WEB_AUTHN'] as const;
export type FirstFactor = (typeof FIRST_FACTORS)[number];

/** One CUSTOM_CHALLENGE: what the create-challenge trigger would show, and the answer that the verify trigger takes. */
export interface CustomRound {
  answer: string;
  /** Public challenge parameters. */
  parameters?: Record<string, string>;
}

/** A passkey that was registered before. */
export interface Passkey {
  /** base64url. */
  credentialId: string;
  /** ES256: `kty` EC, `crv` P-256. */
  publicKey: JsonWebKey;
}

export interface SeedFactors {
  /** The second factors that are on. Default none. */
  mfa?: MfaType[];
  /** One of `mfa`: asked without a choice. */
  preferredMfa?: MfaType;
  /** base32; needed for SOFTWARE_TOKEN_MFA. */
  totpSecret?: string;
  /** What a user without a second factor has to set up at sign-in, as in a pool where MFA is required. Default none. */
  mfaSetup?: ('SOFTWARE_TOKEN_MFA' | 'EMAIL_OTP')[];
  /** The rounds of CUSTOM_AUTH, in order. Default none: the flow is off for the user. */
  custom?: CustomRound[];
  /** Wrong answers that CUSTOM_AUTH forgives with another challenge. Default 0. */
  customRetries?: number;
  /** What USER_AUTH offers. Default none: the flow is off for the user. */
  firstFactors?: FirstFactor[];
  passkeys?: Passkey[];
}

export interface Factors {
  mfa: MfaType[];
  preferredMfa: MfaType | undefined;
  totpSecret: string | undefined;
  /** Steps whose code was taken: each can be used once. */
  readonly usedTotpSteps: Set<number>;
  mfaSetup: ('SOFTWARE_TOKEN_MFA' | 'EMAIL_OTP')[];
  readonly custom: readonly CustomRound[];
  readonly customRetries: number;
  readonly firstFactors: readonly FirstFactor[];
  readonly passkeys: Passkey[];
}

export function factorsOf(seed: SeedFactors = {}): Factors {
  return {
    mfa: [...(seed.mfa ?? [])],
    preferredMfa: seed.preferredMfa,
    totpSecret: seed.totpSecret,
    usedTotpSteps: new Set(),
    mfaSetup: [...(seed.mfaSetup ?? [])],
    custom: seed.custom ?? [],
    customRetries: seed.customRetries ?? 0,
    firstFactors: seed.firstFactors ?? [],
    passkeys: [...(seed.passkeys ?? [])],
  };
}
