import { expect, test } from 'vitest';
import type { SessionView } from './contract.js';
import { pageView } from './page-view.js';
import { makeTokenPair } from './testing/tokens.js';
import { START_MS } from './testing/virtual-time.js';
import { decodeBoth } from './view.js';

const pair = makeTokenPair('sub-ada', START_MS, 3_600);
const signedIn: SessionView = {
  revision: 3,
  status: 'signed-in',
  tokens: pair,
  decoded: decodeBoth(pair),
  leaseMs: 1_000,
};

test('a page gets the session as it gives it out, with both tokens decoded', () => {
  const refreshTokenExpiresAt = new Date(START_MS);
  const view = pageView({ ...signedIn, refreshTokenExpiresAt, identityId: 'id' });
  expect(view).toStrictEqual({
    revision: 3,
    status: 'signed-in',
    tokens: pair,
    leaseMs: 1_000,
    session: { tokens: decodeBoth(pair), userSub: 'sub-ada', refreshTokenExpiresAt, identityId: 'id' },
  });
  expect(view.session.tokens?.idToken?.payload).toMatchObject({ sub: 'sub-ada', token_use: 'id' });
});

test('a page gets the refresh token where the view has it, and only there', () => {
  const exposed = pageView({ ...signedIn, tokens: { ...pair, refreshToken: 'secret' } });
  expect(exposed.session.tokens?.refreshToken).toBe('secret');
  expect(pageView(signedIn).session.tokens).not.toHaveProperty('refreshToken');
});

test('a page gets an empty session of nobody', () => {
  expect(pageView({ revision: 1, status: 'signed-out', leaseMs: 0 }).session).toStrictEqual({});
});
