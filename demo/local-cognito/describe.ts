/** One line about a request for the log. Nothing in it can be used to sign in. */
import { createHash } from 'node:crypto';
import type { Input } from './input.js';

const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;

/** Enough to see whether two requests carried the same token. */
function fingerprint(token: unknown): string {
  if (typeof token !== 'string') return 'no token';
  return `token ${createHash('sha256').update(token).digest('hex').slice(0, 8)}`;
}

const quoted = (value: unknown): string => (typeof value === 'string' ? value : 'nobody');

function logins(input: Input): string {
  const providers = Object.keys(
    typeof input.Logins === 'object' && input.Logins !== null ? input.Logins : {},
  );
  return providers.length > 0 ? `with a login of ${providers.join(', ')}` : 'as a guest';
}

const role = ({ CustomRoleArn }: Input): string =>
  typeof CustomRoleArn === 'string' ? ` for ${CustomRoleArn}` : '';

const metadata = ({ ClientMetadata }: Input): string =>
  ClientMetadata === undefined ? '' : ` with ${JSON.stringify(ClientMetadata)}`;

export function describeRequest(operation: string, input: Input): string {
  switch (operation) {
    case 'InitiateAuth': {
      const refresh = field(input.AuthParameters, 'REFRESH_TOKEN');
      const who =
        refresh === undefined ? quoted(field(input.AuthParameters, 'USERNAME')) : fingerprint(refresh);
      return `${String(input.AuthFlow)} ${who}`;
    }
    case 'RespondToAuthChallenge':
      return `${String(input.ChallengeName)} ${quoted(field(input.ChallengeResponses, 'USERNAME'))}`;
    case 'GetTokensFromRefreshToken':
      return `${fingerprint(input.RefreshToken)}${metadata(input)}`;
    case 'RevokeToken':
      return fingerprint(input.Token);
    case 'AssociateSoftwareToken':
    case 'VerifySoftwareToken':
      return 'with a session';
    case 'SignUp':
    case 'ConfirmSignUp':
    case 'ResendConfirmationCode':
    case 'ForgotPassword':
    case 'ConfirmForgotPassword':
      return quoted(input.Username);
    case 'ChangePassword':
    case 'ConfirmDevice':
    case 'ForgetDevice':
    case 'UpdateDeviceStatus':
    case 'GetUser':
    case 'GlobalSignOut':
      return fingerprint(input.AccessToken);
    case 'GetId':
      return logins(input);
    case 'GetCredentialsForIdentity':
      return `${String(input.IdentityId)} ${logins(input)}${role(input)}`;
    default:
      return '';
  }
}
