// @vitest-environment jsdom
import { act, cleanup, render, renderHook } from '@testing-library/react';
import { createElement, StrictMode, Suspense, use, useEffect, type ReactNode } from 'react';
import { hydrateRoot } from 'react-dom/client';
import { renderToString } from 'react-dom/server';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { useAuthSession, type AuthSessionState } from './react.js';
import {
  createFakeClient,
  installFakeClient,
  uninstallFakeClient,
  type FakeClient,
  type FakeClientOptions,
} from './testing.js';
import type { AuthSession } from './types.js';

const LOADING = { session: null, loading: true, isAuthenticated: false, error: null };
const SIGNED_OUT = { ...LOADING, loading: false };
const ADA = { session: { userSub: 'sub-of-ada' }, loading: false, isAuthenticated: true, error: null };

let subscriptions: number;
beforeEach(() => {
  vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true);
  subscriptions = 0;
});
afterEach(() => {
  cleanup();
  uninstallFakeClient();
  vi.unstubAllGlobals();
});

/** A client that counts who listens now. */
function createListened(options?: FakeClientOptions): FakeClient {
  const client = createFakeClient(options);
  return {
    ...client,
    onSessionChange(listener) {
      subscriptions += 1;
      const leave = client.onSessionChange(listener);
      return () => {
        subscriptions -= 1;
        leave();
      };
    },
  };
}

const fetches = ({ fake }: FakeClient): number =>
  fake.calls.filter(({ name }) => name === 'fetchAuthSession').length;
/** Lets what is under way come to its end, and React show it. */
const settled = (work: () => unknown = () => undefined): Promise<void> =>
  act(async () => void (await work()));

/** What a component is shown, at each of its renders. */
function show(client?: FakeClient, options: { wrapper?: typeof StrictMode } = {}) {
  const shown: AuthSessionState[] = [];
  const hook = renderHook(
    ({ of }: { of: FakeClient | undefined }) => {
      const state = useAuthSession(of);
      shown.push(state);
      return state;
    },
    { initialProps: { of: client }, ...options },
  );
  return { shown, ...hook };
}

describe('the hook', () => {
  test('is loading until the first answer, then shows who is signed in', async () => {
    const { shown } = show(createListened({ user: 'ada' }));
    expect(shown).toEqual([LOADING]);
    await settled();
    expect(shown).toMatchObject([LOADING, ADA]);
  });

  test('shows nobody where nobody is signed in', async () => {
    const { shown } = show(createListened());
    await settled();
    expect(shown).toEqual([LOADING, SIGNED_OUT]);
  });

  test('shows a guest as a session that is not authenticated', async () => {
    const config = { identityPoolId: 'eu-central-1:1a2b', allowGuestAccess: true };
    const { result } = show(createListened({ config }));
    await settled();
    expect(result.current).toMatchObject({
      session: { credentials: { accessKeyId: expect.any(String) } },
      loading: false,
      isAuthenticated: false,
      error: null,
    });
  });

  test('shows what is known already in its first render', async () => {
    const client = createListened({ user: 'ada' });
    const session = await client.fetchAuthSession();
    const { shown } = show(client);
    await settled();
    expect(shown).toMatchObject([ADA]);
    expect(shown[0]?.session).toBe(session);
  });

  test('renders again at a sign-in, a refresh and a sign-out elsewhere, and only then', async () => {
    const client = createListened();
    const { shown } = show(client);
    await settled();
    await settled(() => client.fake.signInElsewhere('ada'));
    await settled(() => client.fake.refresh());
    await settled(() => client.fake.endSession());
    await settled(() => client.fetchAuthSession());
    expect(shown).toMatchObject([LOADING, SIGNED_OUT, ADA, ADA, SIGNED_OUT]);
    const [, , signedIn, refreshed] = shown.map(({ session }) => session?.tokens?.accessToken.toString());
    expect(refreshed).not.toBe(signedIn);
  });

  test('does not show an answer that comes after later news', async () => {
    const client = createListened();
    let answerLate: () => void = () => undefined;
    const first = new Promise<AuthSession>((resolve) => {
      answerLate = () => resolve({});
    });
    const fetchAuthSession = vi.fn(client.fetchAuthSession).mockReturnValueOnce(first);
    const { result } = show({ ...client, fetchAuthSession });
    await settled(() => client.fake.signInElsewhere('ada'));
    await settled(() => answerLate());
    expect(result.current).toMatchObject(ADA);
  });

  test('shows the credentials of who has signed in, which no event brings', async () => {
    const config = { userPoolId: 'eu-central-1_P', userPoolClientId: 'c', identityPoolId: 'eu-central-1:1a' };
    const client = createListened({ config });
    const { result } = show(client);
    await settled();
    await settled(() => client.fake.signInElsewhere('ada'));
    expect(result.current.session?.credentials).toBeDefined();
  });
});

describe('what fails', () => {
  test('is shown as an error where no session was known', async () => {
    const client = createListened({ user: 'ada' });
    client.fake.failNext('fetchAuthSession', 'TimeoutException');
    const { result } = show({ ...client, onSessionChange: () => () => undefined });
    await settled();
    expect(result.current).toMatchObject({
      session: null,
      loading: false,
      error: { name: 'TimeoutException' },
    });
  });

  test('is shown beside the last known session, until the next change', async () => {
    const client = createListened({ user: 'ada' });
    const { result } = show(client);
    await settled();
    client.fake.failNextRefresh('NetworkError');
    await settled(() => client.fake.refresh());
    expect(result.current).toMatchObject({ ...ADA, error: { name: 'NetworkError' } });
    const asked = fetches(client);
    await settled(() => client.fake.refresh());
    expect(result.current).toMatchObject(ADA);
    // The failure itself was not followed by another try.
    expect(fetches(client)).toBe(asked + 1);
  });

  test('when Cognito ended the session, says why until somebody signs in', async () => {
    const client = createListened({ user: 'ada' });
    const { result } = show(client);
    await settled();
    await settled(() => client.fake.endSession('rejected', 'NotAuthorizedException'));
    expect(result.current).toMatchObject({ ...SIGNED_OUT, error: { name: 'NotAuthorizedException' } });
    await settled(() => client.fake.signInElsewhere('ada'));
    expect(result.current).toMatchObject(ADA);
  });
});

describe('many components', () => {
  test('cause one subscription and one first fetch, and see the same object', async () => {
    const client = createListened({ user: 'ada' });
    const seen = new Set<AuthSessionState>();
    const Name = (): string => {
      const state = useAuthSession(client);
      seen.add(state);
      return state.session?.userSub ?? '-';
    };
    const { container } = render(Array.from({ length: 20 }, (_, key) => createElement(Name, { key })));
    await settled();
    expect(container.textContent).toBe('sub-of-ada'.repeat(20));
    expect(subscriptions).toBe(1);
    expect(fetches(client)).toBe(1);
    expect(seen.size).toBe(2);
  });

  test('in strict mode, which subscribes twice, cause no more, and hear all', async () => {
    const client = createListened({ user: 'ada' });
    const { result } = show(client, { wrapper: StrictMode });
    await settled();
    expect(subscriptions).toBe(1);
    expect(fetches(client)).toBe(1);
    expect(result.current).toMatchObject(ADA);
    await settled(() => client.fake.endSession());
    expect(result.current).toEqual(SIGNED_OUT);
  });

  test('that take the place of others, go on with their subscription', async () => {
    const client = createListened({ user: 'ada' });
    const Page = (): string => String(useAuthSession(client).isAuthenticated);
    const { rerender, container } = render(createElement(Page, { key: 'one' }));
    await settled();
    rerender(createElement(Page, { key: 'other' }));
    await settled();
    expect(container.textContent).toBe('true');
    expect([subscriptions, fetches(client)]).toEqual([1, 1]);
  });

  test('that have all gone, leave no subscription, and are told of nothing', async () => {
    const complaints = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const client = createListened({ user: 'ada' });
    const { shown, unmount } = show(client);
    unmount();
    await settled();
    expect(subscriptions).toBe(0);
    client.fake.endSession();
    expect(shown).toEqual([LOADING]);
    expect(complaints).not.toHaveBeenCalled();
  });

  test('that come back later, are shown what has happened since', async () => {
    const client = createListened({ user: 'ada' });
    const before = show(client);
    await settled();
    before.unmount();
    await settled();
    client.fake.endSession();
    const { shown } = show(client);
    await settled();
    expect(shown).toEqual([SIGNED_OUT]);
    expect(subscriptions).toBe(1);
  });

  test('see one state in a render that waits for something else', async () => {
    const client = createListened({ user: 'ada' });
    await client.fetchAuthSession();
    let arrive: (text: string) => void = () => undefined;
    const awaited = new Promise<string>((resolve) => {
      arrive = resolve;
    });
    const Slow = (): string => `${use(awaited)} ${useAuthSession(client).session?.userSub}`;
    const Quick = (): string => `quick ${useAuthSession(client).session?.userSub} `;
    const tree: ReactNode = createElement(
      Suspense,
      { fallback: 'waiting' },
      createElement(Quick),
      createElement(Slow),
    );
    const { container } = await act(async () => render(tree));
    expect(container.textContent).toBe('waiting');
    await settled(() => arrive('slow'));
    expect(container.textContent).toBe('quick sub-of-ada slow sub-of-ada');
    await settled(() => client.fake.endSession());
    expect(container.textContent).toBe('quick undefined slow undefined');
  });
});

describe('the default client', () => {
  test('is the one that is asked', async () => {
    const client = installFakeClient({ user: 'ada' });
    const { result } = show();
    await settled();
    expect(result.current).toMatchObject(ADA);
    await settled(() => client.signOut());
    expect(result.current).toEqual(SIGNED_OUT);
  });

  test('is followed when it is replaced by another, at the next render', async () => {
    installFakeClient({ user: 'ada' });
    const { result, rerender } = show();
    await settled();
    installFakeClient({ user: 'grace' });
    rerender({ of: undefined });
    await settled();
    expect(result.current.session?.userSub).toBe('sub-of-grace');
  });

  test('that is missing is an error, the same at each render', async () => {
    const { shown, rerender } = show();
    rerender({ of: undefined });
    await settled();
    expect(shown[0]).toMatchObject({ ...SIGNED_OUT, error: { name: 'AuthUserPoolException' } });
    expect(new Set(shown).size).toBe(1);
  });

  test('is found where the app configures it in an effect', async () => {
    const App = (): ReactNode => {
      useEffect(() => void installFakeClient({ user: 'ada' }), []);
      return createElement(Name);
    };
    const Name = (): string => useAuthSession().session?.userSub ?? '-';
    const { container } = render(createElement(App));
    await settled();
    expect(container.textContent).toBe('sub-of-ada');
  });
});

describe('on a server', () => {
  const App = ({ client }: { client?: FakeClient }): ReactNode => {
    const { loading, session } = useAuthSession(client);
    return createElement('p', null, loading ? 'loading' : (session?.userSub ?? 'nobody'));
  };

  test('it is loading, with a client and without one, and asks nothing', () => {
    const client = createListened({ user: 'ada' });
    vi.stubGlobal('window', undefined);
    vi.stubGlobal('document', undefined);
    vi.stubGlobal('location', undefined);
    expect(renderToString(createElement(App))).toBe('<p>loading</p>');
    expect(renderToString(createElement(App, { client }))).toBe('<p>loading</p>');
    expect([subscriptions, client.fake.calls.length]).toEqual([0, 0]);
  });

  test('what it rendered is taken over in the browser without complaint, also where the session is known', async () => {
    const complaints = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const client = createListened({ user: 'ada' });
    await client.fetchAuthSession();
    const container = document.createElement('div');
    const element = createElement(App, { client });
    container.innerHTML = renderToString(element);
    const onRecoverableError = vi.fn();
    const root = await act(async () => hydrateRoot(container, element, { onRecoverableError }));
    expect(container.textContent).toBe('sub-of-ada');
    expect(onRecoverableError).not.toHaveBeenCalled();
    expect(complaints).not.toHaveBeenCalled();
    await settled(() => root.unmount());
    expect(subscriptions).toBe(0);
  });
});
