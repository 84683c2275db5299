import { beforeEach, describe, expect, test } from 'vitest';
import type { PageView } from '../worker/contract.js';
import { AuthError } from '../worker/errors.js';
import { createChannelHub } from '../worker/testing/channel-hub.js';
import { createPagePlatform } from '../worker/testing/page-platform.js';
import { pageView } from '../worker/page-view.js';
import { shownTokens } from '../worker/testing/tokens.js';
import { decodeBoth } from '../worker/view.js';
import { createVirtualTime, START_MS, type VirtualTime } from '../worker/testing/virtual-time.js';
import { createHeldView, type Held, type HeldView } from './held-view.js';

let time: VirtualTime;
let view: HeldView;

beforeEach(() => {
  time = createVirtualTime();
  view = createHeldView(createPagePlatform(time, createChannelHub()));
});

const ada = shownTokens('sub-ada', START_MS, 3_600);
const grace = shownTokens('sub-grace', START_MS, 3_600);
const SIGNED_OUT: PageView = { status: 'signed-out', revision: 1, session: {}, leaseMs: 1_000 };
/** What comes over a port is the page's own copy. */
const signedIn = (fields: Partial<PageView> = {}): PageView =>
  structuredClone({
    status: 'signed-in',
    revision: 1,
    ...ada,
    user: { userId: 'sub-ada', username: 'ada' },
    leaseMs: 1_000,
    ...fields,
  });

function hold(shown: PageView, revision = shown.revision): Held {
  return view.hold({ ...shown, revision }, view.now());
}

describe('the lease', () => {
  test('lets the page answer by itself until its end, by the clocks of the page', async () => {
    const { session } = hold(signedIn());
    await time.advance(999);
    expect(view.underLease()).toBe(session);
    await time.advance(1);
    expect(view.underLease()).toBeUndefined();
  });

  test('counts from when the request was sent, not from when the answer came', async () => {
    const sentAt = view.now();
    await time.advance(600);
    const { session } = view.hold(signedIn(), sentAt);
    await time.advance(399);
    expect(view.underLease()).toBe(session);
    await time.advance(1);
    expect(view.underLease()).toBeUndefined();
  });

  test.each([
    ['sleep, in which the monotonic clock stands still', 1_000],
    ['a wall clock that jumps forward', 3_600_000],
    ['a wall clock that jumps back', -1],
  ])('is over after %s', (_what, byMs) => {
    hold(signedIn());
    time.setWall(byMs);
    expect(view.underLease()).toBeUndefined();
  });

  test('is over by the monotonic clock though the wall clock was set back meanwhile', async () => {
    hold(signedIn());
    await time.advance(1_000);
    time.setWall(-500);
    expect(view.underLease()).toBeUndefined();
  });

  test('of zero lets the page answer nothing', () => {
    hold(signedIn({ leaseMs: 0 }));
    expect(view.underLease()).toBeUndefined();
  });

  test('ends with news; what is known stays known', () => {
    const { session } = hold(signedIn());
    view.endLease();
    expect(view.underLease()).toBeUndefined();
    expect(view.held?.session).toBe(session);
  });

  test('ends with the knowledge when all is forgotten', () => {
    hold(signedIn());
    view.forget();
    expect(view.underLease()).toBeUndefined();
    expect(view.held).toBeUndefined();
  });

  test('is nothing before the first answer', () => {
    expect(view.underLease()).toBeUndefined();
    expect(view.held).toBeUndefined();
  });
});

describe('the session given out', () => {
  test('has decoded tokens, the sub, credentials and identity as they came', () => {
    const credentials = { accessKeyId: 'AKID', secretAccessKey: 's', expiration: new Date(START_MS) };
    const { session } = hold(signedIn({ session: { ...ada.session, credentials, identityId: 'id' } }));
    expect(session).toMatchObject({ userSub: 'sub-ada', credentials, identityId: 'id' });
    expect(session.tokens?.accessToken.toString()).toBe(ada.tokens.accessToken);
    expect(session.tokens?.idToken?.payload).toMatchObject({ sub: 'sub-ada', token_use: 'id' });
    expect(session.tokens).not.toHaveProperty('refreshToken');
  });

  test('of nobody has no tokens', () => {
    expect(hold(SIGNED_OUT).session).toStrictEqual({});
  });

  test('has no ID token where there is none', () => {
    const { accessToken } = ada.tokens;
    const accessAlone = pageView({
      revision: 1,
      status: 'signed-in',
      leaseMs: 0,
      tokens: { accessToken },
      decoded: decodeBoth({ accessToken }),
    });
    const { session } = hold(signedIn(accessAlone));
    expect(Object.keys(session.tokens ?? {})).toEqual(['accessToken']);
    expect(Object.keys(session)).toEqual(['tokens', 'userSub']);
  });

  test('says why there are no credentials', () => {
    const credentialsError = { name: 'NetworkError', message: 'No network.' };
    const { session } = hold(signedIn({ credentialsError }));
    expect(session.credentialsError).toBeInstanceOf(AuthError);
    expect(session.credentialsError).toMatchObject(credentialsError);
  });

  test('is the same object until something in it changes', () => {
    const { session } = hold(signedIn());
    expect(hold(signedIn({ leaseMs: 10 })).session).toBe(session);
  });

  const CHANGES: [string, PageView, number][] = [
    ['tokens', signedIn(shownTokens('sub-ada', START_MS, 60)), 2],
    [
      'credentials that come',
      signedIn({ session: { ...ada.session, credentials: { accessKeyId: 'A', secretAccessKey: 's' } } }),
      2,
    ],
    [
      'a failure to have credentials',
      signedIn({ credentialsError: { name: 'NetworkError', message: 'No network.' } }),
      1,
    ],
    ['the end of the session', SIGNED_OUT, 2],
  ];
  test.each(CHANGES)('is another object after a change of %s', (_what, shown, revision) => {
    const { session } = hold(signedIn());
    expect(hold(shown, revision).session).not.toBe(session);
  });

  test('is never that of another user, though a new run of the worker counts its revisions anew', () => {
    hold(signedIn());
    const { session } = hold(signedIn({ ...grace, user: { userId: 'sub-grace', username: 'grace' } }));
    expect(session.userSub).toBe('sub-grace');
  });

  test('keeps the decoded tokens that did not change', () => {
    const before = hold(signedIn()).session;
    const credentials = { accessKeyId: 'A', secretAccessKey: 's' };
    const after = hold(signedIn({ session: { ...ada.session, credentials, identityId: 'id' } }), 2).session;
    expect(after).not.toBe(before);
    expect(after.tokens?.idToken).toBe(before.tokens?.idToken);
    expect(after.tokens?.accessToken).toBe(before.tokens?.accessToken);
  });

  test('cannot be changed by whoever gets it', () => {
    const { session } = hold(signedIn());
    expect(Object.isFrozen(session)).toBe(true);
    expect(Object.isFrozen(session.tokens)).toBe(true);
  });
});
