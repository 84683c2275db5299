import { afterEach, expect, test, vi } from 'vitest';
import { getPasskey } from './passkey.js';

afterEach(() => vi.unstubAllGlobals());

/** What of `navigator.credentials` and `PublicKeyCredential` a test needs; the real ones are for the browser tests. */
function stub(get: (options: { publicKey: object; signal?: AbortSignal }) => Promise<unknown>): void {
  vi.stubGlobal('PublicKeyCredential', {
    parseRequestOptionsFromJSON: (options: object) => ({ parsed: options }),
  });
  vi.stubGlobal('navigator', { credentials: { get } });
}

test('the user is asked with what Cognito sent, and the credential given as its own JSON', async () => {
  stub(async ({ publicKey, signal }) => ({
    toJSON: () => ({ id: 'key', publicKey, isAbortable: !!signal }),
  }));
  expect(JSON.parse(await getPasskey('{"challenge":"abc"}', new AbortController().signal))).toEqual({
    id: 'key',
    publicKey: { parsed: { challenge: 'abc' } },
    isAbortable: true,
  });
});

test('a browser that knows no passkeys is told by the name of its error', async () => {
  expect(JSON.parse(await getPasskey('{}'))).toEqual({ passkeyError: 'ReferenceError' });
  vi.stubGlobal('PublicKeyCredential', {});
  expect(JSON.parse(await getPasskey('{}'))).toEqual({ passkeyError: 'TypeError' });
});

test('a user who gives none is told by the name of the error', async () => {
  stub(() => Promise.reject(new DOMException('no', 'NotAllowedError')));
  expect(JSON.parse(await getPasskey('{}'))).toEqual({ passkeyError: 'NotAllowedError' });
});

test('a browser that gives none without an error is told as one that failed', async () => {
  stub(async () => null);
  expect(JSON.parse(await getPasskey('{}'))).toEqual({ passkeyError: 'NoCredential' });
});

test("a call that was aborted meanwhile ends with the signal's reason", async () => {
  const abort = new AbortController();
  stub(() => {
    abort.abort(new Error('the user left'));
    return Promise.reject(new DOMException('aborted', 'AbortError'));
  });
  await expect(getPasskey('{}', abort.signal)).rejects.toThrow('the user left');
});
