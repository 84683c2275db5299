import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type * as account from './account.js';
import type { CallOptions, SessionClient } from './types.js';

type Entry = typeof account;

let entry: Entry;

beforeEach(async () => {
  vi.resetModules();
  entry = await import('./account.js');
});
afterEach(() => vi.restoreAllMocks());

/** A client that answers every request with its operation, and keeps what it was given. */
function createRecorder(): { client: SessionClient; given: [request: unknown, options: unknown][] } {
  const given: [unknown, unknown][] = [];
  const answer = (request: { operation: string }, options?: CallOptions): Promise<unknown> => {
    given.push([request, options]);
    return Promise.resolve(`answer to ${request.operation}`);
  };
  return { client: { account: answer } as unknown as SessionClient, given };
}

const username = 'grace';
const { signal } = new AbortController();

const CALLS: [
  operation: keyof Entry,
  input: object | undefined,
  call: (options?: object) => Promise<unknown>,
][] = [
  ['signUp', { username, password: 'p' }, (o) => entry.signUp({ username, password: 'p' }, o)],
  [
    'confirmSignUp',
    { username, confirmationCode: '1' },
    (o) => entry.confirmSignUp({ username, confirmationCode: '1' }, o),
  ],
  ['resendSignUpCode', { username }, (o) => entry.resendSignUpCode({ username }, o)],
  ['resetPassword', { username }, (o) => entry.resetPassword({ username }, o)],
  [
    'confirmResetPassword',
    { username, newPassword: 'p', confirmationCode: '1' },
    (o) => entry.confirmResetPassword({ username, newPassword: 'p', confirmationCode: '1' }, o),
  ],
  [
    'updatePassword',
    { oldPassword: 'o', newPassword: 'p' },
    (o) => entry.updatePassword({ oldPassword: 'o', newPassword: 'p' }, o),
  ],
  ['fetchUserAttributes', undefined, (o) => entry.fetchUserAttributes(o)],
];

describe.each(CALLS)('%s()', (operation, input, call) => {
  test('asks the client that it is given, with the signal, and hands on the answer', async () => {
    const { client, given } = createRecorder();
    expect(await call({ client, signal })).toBe(`answer to ${operation}`);
    expect(given).toEqual([[{ operation, input }, { signal }]]);
  });

  test('asks the default client of the main entry where it is given none', async () => {
    const { configure } = await import('./index.js');
    const config = { userPoolId: 'eu-central-1_Pool', userPoolClientId: 'client1' };
    const defaultClient = configure(config);
    const { client, given } = createRecorder();
    vi.spyOn(defaultClient, 'account').mockImplementation((request, options) =>
      client.account(request, options),
    );
    expect(await call()).toBe(`answer to ${operation}`);
    expect(given).toEqual([[{ operation, input }, {}]]);
    defaultClient.close();
  });

  test('rejects before configure(), and does not throw', async () => {
    await expect(call()).rejects.toMatchObject({ name: 'AuthUserPoolException' });
  });
});
