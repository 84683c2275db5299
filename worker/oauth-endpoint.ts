/** The token endpoint of the user pool's domain (RFC 6749 section 4.1.3): a code becomes tokens. */
import { REQUEST_TIMEOUT_MS } from './bounds.js';
import type { RuntimeConfig } from './contract.js';
import { CognitoFailure, type Cognito, type TokenAnswer } from './deps.js';
import { suggestionFor, unreadableAnswer } from './failures.js';
import { oauthBase } from './oauth-urls.js';
import { withTimeout, type Time } from './patience.js';
import { isPlainObject } from './plain-object.js';

/** `fetch`, as much of it as is used. */
export type Request = (url: string, init: RequestInit) => Promise<Response>;

/** An error code of RFC 6749 section 5.2 has these characters; anything longer is foreign text. */
const ERROR_CODE = /^[\w-]{1,64}$/;

export function createCodeExchange(
  config: RuntimeConfig,
  time: Time,
  request: Request,
): Cognito['exchangeCode'] {
  return async ({ code, verifier, redirectUri }) => {
    const body = new URLSearchParams({
      grant_type: 'authorization_code',
      client_id: config.userPoolClientId ?? '',
      code,
      redirect_uri: redirectUri,
      code_verifier: verifier,
    });
    const { status, answer } = await withTimeout(REQUEST_TIMEOUT_MS, time, async (signal) => {
      const response = await request(`${oauthBase(config)}/oauth2/token`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: body.toString(),
        credentials: 'omit',
        redirect: 'error',
        signal,
      });
      return { status: response.status, answer: (await response.json().catch(() => undefined)) as unknown };
    }).catch(() => {
      throw unreachable();
    });
    if (status !== 200) throw refusal(status, answer);
    return toTokens(answer);
  };
}

function toTokens(answer: unknown): TokenAnswer {
  const { access_token, id_token, refresh_token } = isPlainObject(answer) ? answer : {};
  if (typeof access_token !== 'string') throw unreadableAnswer('The token endpoint');
  return {
    accessToken: access_token,
    ...(typeof id_token === 'string' && { idToken: id_token }),
    ...(typeof refresh_token === 'string' && { refreshToken: refresh_token }),
  };
}

function refusal(status: number, answer: unknown): CognitoFailure {
  const code = isPlainObject(answer) ? answer['error'] : undefined;
  const said = typeof code === 'string' && ERROR_CODE.test(code) ? code : `status ${status}`;
  return new CognitoFailure(
    {
      name: 'OAuthSignInException',
      message: `The token endpoint refused the code: ${said}.`,
      recoverySuggestion: 'Sign in again.',
      metadata: { httpStatusCode: status },
    },
    true,
  );
}

function unreachable(): CognitoFailure {
  const fields = { name: 'NetworkError', message: 'The token endpoint could not be reached.' };
  return new CognitoFailure({ ...fields, ...suggestionFor('NetworkError') }, false);
}
