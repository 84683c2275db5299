/** Reads Amplify v6's token store: which keys it has, and what may be wrong with them (aws-amplify 6.22, TokenStore.ts). */
import type { AdoptSessionInput, SignInDetails } from '../worker/contract.js';
import type { AmplifyStorage } from './amplify-storage.js';

export type FoundInAmplify =
  | { type: 'nothing' }
  /** Half a store, or what is none of Amplify's. */
  | { type: 'broken'; message: string }
  | { type: 'session'; input: AdoptSessionInput; keys: readonly string[] };

const PREFIX = 'CognitoIdentityServiceProvider';
/** Amplify's own name for a user whom it does not know. */
const UNNAMED = 'username';

/** All that Amplify keeps of one user. Those of a remembered device outlive its sign-out. */
const OF_USER = [
  'accessToken',
  'idToken',
  'refreshToken',
  'clockDrift',
  'signInDetails',
  'oauthMetadata',
  'deviceKey',
  'deviceGroupKey',
  'randomPasswordKey',
] as const;

export function readAmplify(storage: AmplifyStorage, userPoolClientId: string): FoundInAmplify {
  const ofClient = (name: string): string => `${PREFIX}.${userPoolClientId}.${name}`;
  const lastUser = storage.get(ofClient('LastAuthUser'));
  const username = lastUser || UNNAMED;
  const ofUser = (name: string): string => ofClient(`${username}.${name}`);
  const stored: Partial<Record<(typeof OF_USER)[number], string>> = {};
  for (const name of OF_USER) {
    const value = storage.get(ofUser(name));
    if (value) stored[name] = value;
  }

  const { accessToken, idToken, refreshToken, clockDrift } = stored;
  if (!accessToken && !idToken && !refreshToken) {
    return lastUser ? broken('there are no tokens of its last user') : { type: 'nothing' };
  }
  if (!accessToken) return broken('its access token is missing');
  if (!refreshToken) return broken('its refresh token is missing');
  const details = parsed(stored.signInDetails);
  if (!details) return broken('its signInDetails are no JSON object');
  const oauth = parsed(stored.oauthMetadata);
  if (!oauth) return broken('its oauthMetadata are no JSON object');

  const driftMs = Number.parseInt(clockDrift ?? '');
  const { deviceKey, deviceGroupKey, randomPasswordKey: randomPassword } = stored;
  // Amplify itself makes use of a device only where it has all three.
  const isDevice = deviceKey && deviceGroupKey && randomPassword;
  const signInDetails = detailsIn(details);
  return {
    type: 'session',
    input: {
      accessToken,
      ...(idToken && { idToken }),
      refreshToken,
      ...(isDevice && { deviceMetadata: { deviceKey, deviceGroupKey, randomPassword } }),
      ...(signInDetails && { signInDetails }),
      ...(oauth['oauthSignIn'] === true && { oauthSignIn: true }),
      ...(Number.isFinite(driftMs) && { clockDrift: driftMs }),
    },
    // The name of the user first: from then on Amplify sees nobody, not half of somebody.
    keys: [ofClient('LastAuthUser'), ...OF_USER.map(ofUser), ofClient('oauthSignIn')],
  };
}

function broken(what: string): FoundInAmplify {
  return { type: 'broken', message: `Amplify's store can't be read: ${what}.` };
}

/** An empty object where there is nothing. */
function parsed(json: string | undefined): Record<string, unknown> | undefined {
  if (json === undefined) return {};
  try {
    const value: unknown = JSON.parse(json);
    return value instanceof Object && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** What the worker refuses of it, it refuses by name. */
function detailsIn(details: object): SignInDetails | undefined {
  const { loginId, authFlowType } = details as SignInDetails;
  if (!loginId && !authFlowType) return undefined;
  return { ...(loginId && { loginId }), ...(authFlowType && { authFlowType }) };
}
