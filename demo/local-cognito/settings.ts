/** What can be changed while the server runs. */

export interface Settings {
  /** Life of an access token in seconds, at least 1. Cognito itself allows 300..86400. Default 3600. */
  accessTokenSeconds: number;
  /** Life of an ID token in seconds, at least 1. Default 3600. */
  idTokenSeconds: number;
  /** Life of a refresh token in seconds, at least 1; a rotated one gets what is left of the first. Default 30 days. */
  refreshTokenSeconds: number;
  /** Life of AWS credentials in seconds, at least 1. Cognito's own are fixed at 3600. Default 3600. */
  credentialsSeconds: number;
  /** Refresh token rotation of the app client; `graceSeconds` 0..60. Default off. */
  rotation: { enabled: boolean; graceSeconds: number };
  /** Added to each answer, in milliseconds. Default 0. */
  latencyMs: number;
  /** Whether the identity pool has identities for nobody in particular. Default true. */
  guestsAllowed: boolean;
  /** The server's clock minus the real one, in seconds. Default 0. */
  clockOffsetSeconds: number;
  /** True: an unknown user gets the answer of a wrong password. Default false, Cognito's LEGACY. */
  preventUserExistenceErrors: boolean;
  /** True: the identity pool asks the user pool whether a token was revoked. Default false, as in Cognito. */
  serverSideTokenCheck: boolean;
  /** True: the pool remembers devices, always. Default false. */
  rememberDevices: boolean;
  /** Life of a challenge's session in seconds, at least 1. Cognito's AuthSessionValidity is 180..900. Default 180. */
  challengeSessionSeconds: number;
  /** Life of a code that was sent, in seconds, at least 1. Default 180. */
  codeSeconds: number;
}

export const DEFAULT_SETTINGS: Settings = {
  accessTokenSeconds: 3600,
  idTokenSeconds: 3600,
  refreshTokenSeconds: 30 * 24 * 3600,
  credentialsSeconds: 3600,
  rotation: { enabled: false, graceSeconds: 0 },
  latencyMs: 0,
  guestsAllowed: true,
  clockOffsetSeconds: 0,
  preventUserExistenceErrors: false,
  serverSideTokenCheck: false,
  rememberDevices: false,
  challengeSessionSeconds: 180,
  codeSeconds: 180,
};

const TEN_YEARS_SECONDS = 315_360_000;
const LONGEST_LATENCY_MS = 600_000;

const NUMBER_BOUNDS: Record<string, [least: number, most: number]> = {
  accessTokenSeconds: [1, TEN_YEARS_SECONDS],
  idTokenSeconds: [1, TEN_YEARS_SECONDS],
  refreshTokenSeconds: [1, TEN_YEARS_SECONDS],
  credentialsSeconds: [1, TEN_YEARS_SECONDS],
  latencyMs: [0, LONGEST_LATENCY_MS],
  clockOffsetSeconds: [-TEN_YEARS_SECONDS, TEN_YEARS_SECONDS],
  graceSeconds: [0, 60],
  challengeSessionSeconds: [1, 900],
  codeSeconds: [1, 900],
};

function checkNumber(name: string, value: unknown): void {
  const [least, most] = NUMBER_BOUNDS[name] ?? [0, 0];
  if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > most) {
    throw new RangeError(`${name} must be a whole number from ${least} to ${most}`);
  }
}

function checkBoolean(name: string, value: unknown): void {
  if (typeof value !== 'boolean') throw new RangeError(`${name} must be true or false`);
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Merges a change over the settings. Throws RangeError naming the member that is unknown or out of its bounds. */
export function mergeSettings(current: Settings, change: unknown): Settings {
  if (!isRecord(change)) throw new RangeError('settings must be an object');
  const merged: Record<string, unknown> = { ...current };
  for (const [name, value] of Object.entries(change)) {
    if (value === undefined) continue;
    if (!Object.hasOwn(DEFAULT_SETTINGS, name)) throw new RangeError(`${name} is no setting`);
    if (name === 'rotation') {
      if (!isRecord(value)) throw new RangeError('rotation must be an object');
      const rotation = { ...current.rotation, ...value };
      checkBoolean('rotation.enabled', rotation.enabled);
      checkNumber('graceSeconds', rotation.graceSeconds);
      merged.rotation = { enabled: rotation.enabled, graceSeconds: rotation.graceSeconds };
      continue;
    }
    if (Object.hasOwn(NUMBER_BOUNDS, name)) checkNumber(name, value);
    else checkBoolean(name, value);
    merged[name] = value;
  }
  return merged as unknown as Settings;
}

/** The settings as they are now. Everything that depends on one reads it at the moment of use. */
export class SettingsStore {
  current: Settings;

  constructor(private readonly initial: Settings) {
    this.current = initial;
  }

  change(change: unknown): void {
    this.current = mergeSettings(this.current, change);
  }

  reset(): void {
    this.current = this.initial;
  }

  /** The server's clock, in milliseconds since the epoch. */
  nowMs(): number {
    return Date.now() + this.current.clockOffsetSeconds * 1000;
  }

  /** The server's clock in whole seconds, as the claims have it. */
  nowSeconds(): number {
    return Math.floor(this.nowMs() / 1000);
  }
}
