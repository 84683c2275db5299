/** The page's part of a sign-in with a passkey: workers have no `navigator.credentials`. With platform.ts, it uses globals. */

/**
 * @param options Cognito's `CREDENTIAL_REQUEST_OPTIONS`.
 * @returns as JSON the credential, or the name of the error for which there is none; the worker says what that means.
 */
export async function getPasskey(options: string, signal?: AbortSignal): Promise<string> {
  const credential = await ask(options, signal).catch(({ name }: Error) => ({ passkeyError: name }));
  signal?.throwIfAborted();
  return JSON.stringify(credential);
}

async function ask(options: string, signal?: AbortSignal): Promise<Credential> {
  // Chrome 129, Firefox 119 and Safari 18.4 have it.
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(
    JSON.parse(options) as PublicKeyCredentialRequestOptionsJSON,
  );
  const credential = await navigator.credentials.get({ publicKey, ...(signal && { signal }) });
  if (!credential) throw new DOMException('', 'NoCredential');
  return credential;
}
