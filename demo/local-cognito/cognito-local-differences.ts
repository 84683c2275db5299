/** Where npm's cognito-local 5.3.0 and this server differ, and why this server is the one that is like Cognito. */

interface Difference {
  /** What was asked. */
  asked: readonly string[];
  /** How the answers differ. */
  differs: readonly string[];
  because: string;
}

const SIGN_INS = ['password', 'new password', 'signed in with the new password'];
const REFRESHES = ['REFRESH_TOKEN', 'REFRESH_TOKEN_AUTH'];
const ANSWERS_WITH_TOKENS = [...SIGN_INS, ...REFRESHES];

const UNSUPPORTED = '500 CognitoLocal#Unsupported';

const DIFFERENCES: readonly Difference[] = [
  {
    asked: ANSWERS_WITH_TOKENS,
    differs: [
      'only here AuthenticationResult.ExpiresIn: number',
      'only here AuthenticationResult.TokenType: string',
    ],
    because: 'AuthenticationResultType has both, and Cognito fills them; cognito-local leaves them out.',
  },
  {
    asked: ANSWERS_WITH_TOKENS,
    differs: [
      'only here AuthenticationResult.AccessToken claim origin_jti: string',
      'only here AuthenticationResult.IdToken claim origin_jti: string',
    ],
    because: 'Token revocation, on by default, adds the claim; cognito-local has no token families.',
  },
  {
    asked: ANSWERS_WITH_TOKENS,
    differs: ['only here AuthenticationResult.IdToken claim name: string'],
    because:
      'An ID token carries every attribute that the app client may read; cognito-local knows e-mail and custom ones.',
  },
  {
    asked: REFRESHES,
    differs: ['only here ChallengeParameters: map'],
    because:
      'Cognito answers InitiateAuth with an empty map where there is no challenge, after a refresh too.',
  },
  {
    asked: ['auth_time stays as it is over a refresh', 'access and ID token are signed with different keys'],
    differs: ['yes here, no there'],
    because:
      'Documented claims: auth_time is the time of the sign-in, and the two tokens have different key ids.',
  },
  {
    asked: ['wrong password'],
    differs: ['400 NotAuthorizedException here, 400 InvalidPasswordException there'],
    because:
      'InvalidPasswordException is for a new password against the policy; InitiateAuth does not even list it.',
  },
  {
    asked: ['wrong temporary password'],
    differs: ['400 NotAuthorizedException here, 200 there'],
    because: 'cognito-local asks for a new password before it has looked at the old one.',
  },
  {
    asked: ['refresh after a challenge'],
    differs: ['200 here, 400 NotAuthorizedException there'],
    because: 'cognito-local keeps the refresh token of a sign-in without a challenge only.',
  },
  {
    asked: ['new password with a made-up session', 'new password with a used session'],
    differs: ['400 NotAuthorizedException here, 200 there'],
    because:
      'A session is good for one challenge of one user; cognito-local looks only whether there is one.',
  },
  {
    asked: ['REFRESH_TOKEN_AUTH, expired token', 'GetUser, expired token', 'revoked session asks GetUser'],
    differs: ['400 NotAuthorizedException here, 200 there'],
    because: 'cognito-local decodes tokens without checking expiry or revocation.',
  },
  {
    asked: ['GetUser, nonsense'],
    differs: ['400 NotAuthorizedException here, 400 InvalidParameterException there'],
    because:
      'Cognito calls a token that it did not sign an invalid access token, which is NotAuthorizedException.',
  },
  {
    asked: ['RevokeToken again'],
    differs: ['200 here, 400 NotAuthorizedException there'],
    because:
      'Revocation is idempotent, as RFC 7009 section 2.2 has it; measured on a real pool by third parties.',
  },
  {
    asked: ['SRP', 'GetTokensFromRefreshToken', 'GlobalSignOut'],
    differs: [`200 here, ${UNSUPPORTED} there`],
    because: 'cognito-local has none of them.',
  },
  {
    asked: ['ResendConfirmationCode'],
    differs: [`400 InvalidParameterException here, ${UNSUPPORTED} there`],
    because: 'cognito-local does not have it; the user here has no address that a code could go to.',
  },
  {
    asked: ['USER_AUTH', 'CUSTOM_AUTH'],
    differs: [`400 InvalidParameterException here, ${UNSUPPORTED} there`],
    because:
      'The user here has neither flow, nor has cognito-local; Cognito calls a flow that is off an invalid parameter.',
  },
];

/** The lines that a comparison must give, no more and no fewer. */
export function listedDifferences(): string[] {
  return DIFFERENCES.flatMap(({ asked, differs }) =>
    asked.flatMap((name) => differs.map((difference) => `${name}: ${difference}`)),
  ).sort();
}
