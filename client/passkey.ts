/** The page's part of a sign-in with a passkey: workers have no `navigator.credentials`. */
import { AuthError, ownError } from '../worker/errors.js';

/**
 * @param options Cognito's `CREDENTIAL_REQUEST_OPTIONS`.
 * @returns the credential as JSON.
 * @throws AuthError under Amplify's names: `PasskeyNotSupported`, `PasskeyAuthenticationCanceled`, `PasskeyRetrievalFailed`.
 */
export async function getPasskey(options: string): Promise<string> {
  // Chrome 129, Firefox 119, Safari 18.4 have it.
  if (!globalThis.PublicKeyCredential?.parseRequestOptionsFromJSON)
    throw ownError('PasskeyNotSupported', "This browser can't use passkeys.", 'Choose another factor.');
  try {
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(
      JSON.parse(options) as PublicKeyCredentialRequestOptionsJSON,
    );
    return JSON.stringify(await navigator.credentials.get({ publicKey }));
  } catch (underlyingError) {
    const isCanceled = (underlyingError as Error).name === 'NotAllowedError';
    throw new AuthError({
      name: isCanceled ? 'PasskeyAuthenticationCanceled' : 'PasskeyRetrievalFailed',
      message: 'There is no passkey.',
      underlyingError,
    });
  }
}
