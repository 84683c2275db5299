import { describe, expect, it } from 'vitest';
import { stepOfCode, totpCode, totpStep } from './totp.js';

/** The ASCII secret of RFC 6238 appendix B, `12345678901234567890`, in base32. */
const RFC_SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';

describe('a time-based code', () => {
  it.each([
    [59, '287082'],
    [1_111_111_109, '081804'],
    [1_234_567_890, '005924'],
    [20_000_000_000, '353130'],
  ])('at second %i is the one of RFC 6238 appendix B', (second, code) => {
    expect(totpCode(RFC_SECRET, second * 1000)).toBe(code);
  });

  it('is taken one step early or late, and no further', () => {
    const atMs = 1_234_567_890_000;
    const steps = [-60_000, -30_000, 0, 30_000, 60_000].map((offsetMs) =>
      stepOfCode(RFC_SECRET, totpCode(RFC_SECRET, atMs + offsetMs), atMs),
    );
    const now = totpStep(atMs);
    expect(steps).toEqual([undefined, now - 1, now, now + 1, undefined]);
  });

  it('refuses a secret that is not base32', () => {
    expect(() => totpCode('not base32!', 0)).toThrow(RangeError);
  });
});
