// @vitest-environment jsdom
// @vitest-environment-options { "url": "https://app.shop.example.com/account/settings" }
import { CookieStorage } from 'aws-amplify/utils';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { amplifyBrowser } from './amplify-storage.js';

const KEY = 'CognitoIdentityServiceProvider.client1.ada+(1)@example.com.signInDetails';
const VALUE = '{"loginId":"ada@example.com","authFlowType":"USER_SRP_AUTH"} 100%; café';

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe.each(['localStorage', 'sessionStorage'] as const)('%s', (kind) => {
  test('is read and removed from by key', () => {
    window[kind].setItem(KEY, VALUE);
    const storage = amplifyBrowser.storage(kind);
    expect(storage.get(KEY)).toBe(VALUE);
    storage.remove(KEY);
    expect(window[kind].length).toBe(0);
    expect(storage.get(KEY)).toBeUndefined();
  });

  test('that the browser refuses holds nothing', () => {
    const refused = vi.spyOn(globalThis, kind, 'get').mockImplementation(() => {
      throw new DOMException('Refused.', 'SecurityError');
    });
    const storage = amplifyBrowser.storage(kind);
    expect(storage.get(KEY)).toBeUndefined();
    expect(() => storage.remove(KEY)).not.toThrow();
    expect(refused).toHaveBeenCalled();
  });
});

describe('cookies', () => {
  const storage = amplifyBrowser.storage('cookies');

  test.each<[string, ConstructorParameters<typeof CookieStorage>[0]]>([
    ['as by default', {}],
    ['of every subdomain', { domain: '.example.com' }],
    ['of a parent domain, by its name', { domain: 'shop.example.com', sameSite: 'strict' }],
    ['of a path', { path: '/account' }],
    ['of a path with a slash, and of a domain', { path: '/account/', domain: 'example.com' }],
  ])("of Amplify's CookieStorage are read and removed: %s", async (_what, settings) => {
    const amplify = new CookieStorage(settings);
    await amplify.setItem(KEY, VALUE);
    await amplify.setItem(`${KEY}2`, 'another');
    expect(storage.get(KEY)).toBe(VALUE);
    storage.remove(KEY);
    expect(storage.get(KEY)).toBeUndefined();
    expect(await amplify.getItem(KEY)).toBeNull();
    expect(storage.get(`${KEY}2`)).toBe('another');
    storage.remove(`${KEY}2`);
    expect(document.cookie).toBe('');
  });

  test('of others are passed over, whatever is in them', async () => {
    document.cookie = '%E0%A4%A=bad name; path=/';
    document.cookie = `${encodeURIComponent('odd')}=%E0%A4%A; path=/`;
    await new CookieStorage().setItem(KEY, VALUE);
    expect(storage.get(KEY)).toBe(VALUE);
    expect(storage.get('odd')).toBeUndefined();
    expect(storage.get('none')).toBeUndefined();
    storage.remove('none');
    expect(document.cookie).toContain('odd=');
  });
});

describe('the lock', () => {
  /** As the platform's: one after the other, and who gives up waiting is told by its signal. */
  function stubLocks(isTaken = false): string[] {
    const asked: string[] = [];
    vi.stubGlobal('navigator', {
      locks: {
        request(name: string, { signal }: { signal: AbortSignal }, work: () => Promise<unknown>) {
          asked.push(name);
          if (!isTaken) return work();
          return new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => reject(signal.reason as Error));
          });
        },
      },
    });
    return asked;
  }

  test('is held while the work is done, whose answer or error comes back', async () => {
    const asked = stubLocks();
    expect(await amplifyBrowser.withLock('n', 1_000, async () => 7)).toEqual({ held: true, value: 7 });
    const error = new Error('the work failed');
    await expect(amplifyBrowser.withLock('n', 1_000, () => Promise.reject(error))).rejects.toBe(error);
    expect(asked).toEqual(['n', 'n']);
  });

  test('that is not had in time, or not wanted any more, is given up, and the work is not begun', async () => {
    vi.useFakeTimers();
    stubLocks(true);
    const work = vi.fn(async () => 7);
    const late = amplifyBrowser.withLock('n', 1_000, work);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await late).toEqual({ held: false });
    const leaving = new AbortController();
    const left = amplifyBrowser.withLock('n', 1_000, work, leaving.signal);
    leaving.abort();
    expect(await left).toEqual({ held: false });
    expect(vi.getTimerCount()).toBe(0);
    expect(work).not.toHaveBeenCalled();
  });

  test('is done without where the browser has none', async () => {
    vi.stubGlobal('navigator', {});
    expect(await amplifyBrowser.withLock('n', 1_000, async () => 7)).toEqual({ held: true, value: 7 });
  });
});
