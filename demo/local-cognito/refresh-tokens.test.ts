import { beforeEach, describe, expect, it } from 'vitest';
import { RefreshTokens, type Family } from './refresh-tokens.js';

const LIFE_SECONDS = 600;
const GRACE_SECONDS = 10;

let nowMs: number;
let tokens: RefreshTokens;
let family: Family;

beforeEach(() => {
  nowMs = 1_700_000_000_000;
  tokens = new RefreshTokens(() => nowMs);
  family = tokens.begin('ada', LIFE_SECONDS);
});

const named = (name: string): unknown => expect.objectContaining({ name });
const REUSED = named('RefreshTokenReuseException');
const REFUSED = named('NotAuthorizedException');

describe('rotation', () => {
  it('gives each refresh a token that no refresh had before', () => {
    const first = tokens.rotate(family.original, 0);
    const second = tokens.rotate(first, 0);
    expect(new Set([family.original, first, second]).size).toBe(3);
  });

  it('with no grace period, refuses a spent token at once and leaves the newest alive', () => {
    const child = tokens.rotate(family.original, 0);
    expect(() => tokens.rotate(family.original, 0)).toThrow(REUSED);
    expect(() => tokens.rotate(child, 0)).not.toThrow();
  });

  it('takes a spent token again inside the grace period', () => {
    tokens.rotate(family.original, GRACE_SECONDS);
    nowMs += GRACE_SECONDS * 1000 - 1;
    expect(() => tokens.rotate(family.original, GRACE_SECONDS)).not.toThrow();
  });

  it('refuses a spent token when the grace period is over', () => {
    tokens.rotate(family.original, GRACE_SECONDS);
    nowMs += GRACE_SECONDS * 1000;
    expect(() => tokens.rotate(family.original, GRACE_SECONDS)).toThrow(REUSED);
  });

  it('counts the grace period from the first use, not from a replay', () => {
    tokens.rotate(family.original, GRACE_SECONDS);
    nowMs += GRACE_SECONDS * 1000 - 1;
    tokens.rotate(family.original, GRACE_SECONDS);
    nowMs += 1;
    expect(() => tokens.rotate(family.original, GRACE_SECONDS)).toThrow(REUSED);
  });

  it('forks on a replay: the newest child refreshes, the older one was overtaken', () => {
    const older = tokens.rotate(family.original, GRACE_SECONDS);
    const newer = tokens.rotate(family.original, GRACE_SECONDS);
    expect(() => tokens.rotate(older, GRACE_SECONDS)).toThrow(REUSED);
    expect(() => tokens.rotate(newer, GRACE_SECONDS)).not.toThrow();
  });

  it('never makes a family live longer than its original token', () => {
    nowMs += (LIFE_SECONDS - 1) * 1000;
    const child = tokens.rotate(family.original, 0);
    nowMs += 1000;
    expect(() => tokens.rotate(child, 0)).toThrow(
      expect.objectContaining({ message: 'Refresh Token has expired' }),
    );
  });
});

describe('revocation', () => {
  it.each(['original', 'newest'] as const)('of the %s token ends the family', (which) => {
    tokens.rotate(tokens.rotate(family.original, 0), 0);
    tokens.revoke(family[which]);
    expect(() => tokens.check(family.newest, 0)).toThrow(
      expect.objectContaining({ name: 'NotAuthorizedException', message: 'Refresh Token has been revoked' }),
    );
    expect(tokens.isRevoked(family.originJti)).toBe(true);
  });

  it('of a token in between changes nothing', () => {
    const middle = tokens.rotate(family.original, 0);
    const newest = tokens.rotate(middle, 0);
    tokens.revoke(middle);
    expect(() => tokens.check(newest, 0)).not.toThrow();
    expect(tokens.isRevoked(family.originJti)).toBe(false);
  });

  it('of an overtaken child changes nothing', () => {
    const older = tokens.rotate(family.original, GRACE_SECONDS);
    const newer = tokens.rotate(family.original, GRACE_SECONDS);
    tokens.revoke(older);
    expect(() => tokens.check(newer, GRACE_SECONDS)).not.toThrow();
  });

  it('may be repeated, and may name a token that never was', () => {
    tokens.revoke(family.original);
    expect(() => tokens.revoke(family.original)).not.toThrow();
    expect(() => tokens.revoke('no such token')).not.toThrow();
  });

  it('of all sessions of a user leaves other users alone', () => {
    const another = tokens.begin('ada', LIFE_SECONDS);
    const grace = tokens.begin('grace', LIFE_SECONDS);
    tokens.revokeAllOf('ada');
    expect([family, another, grace].map(({ originJti }) => tokens.isRevoked(originJti))).toEqual([
      true,
      true,
      false,
    ]);
  });
});

it('refuses a token that it never gave', () => {
  expect(() => tokens.check('no such token', 60)).toThrow(REFUSED);
});

it('gives tokens of the shape and size of an encrypted JWT', () => {
  expect(family.original.split('.')).toHaveLength(5);
  expect(family.original.length).toBeGreaterThan(1500);
});
