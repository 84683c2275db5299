import { expect, it } from 'vitest';
import type { Result } from '../runner/run-scenario.js';
import { reportText, tally } from './report.js';

const kept: Result = {
  title: 'one sign-in for four tabs',
  state: 'kept',
  notes: ['The worker lived on.'],
  tookMs: 840,
};
const broken: Result = {
  title: 'a reload keeps the session',
  state: 'broken',
  detail: 'The token: expected one, saw none',
  notes: [],
  tookMs: 1_250,
};
const untried: Result = {
  title: 'back from another page',
  state: 'cannot be tried here',
  detail: 'It takes a real tab.',
  notes: [],
  tookMs: 10,
};

it('counts what was kept of all, and names the rest only where there is any', () => {
  expect(tally([kept, kept])).toBe('2 of 2 kept');
  expect(tally([kept, broken, untried])).toBe('1 of 3 kept, 1 broken, 1 cannot be tried here');
  expect(tally([untried])).toBe('0 of 1 kept, 1 cannot be tried here');
});

it('reports the browser, the date, and each result with what was seen', () => {
  const text = reportText({
    results: [kept, broken, untried],
    startedAt: '2026-11-25T10:00:00.000Z',
    version: '1.2.3',
    browser: 'Firefox 153.0 on Linux',
    userAgent: 'Mozilla/5.0 (X11)',
    transport: 'shared-worker',
    clients: 'real tabs',
    tookMs: 61_234,
  });

  expect(text).toBe(`cognito-session-worker 1.2.3, self-check of 2026-11-25T10:00:00.000Z
Browser: Firefox 153.0 on Linux
User agent: Mozilla/5.0 (X11)
Session reached by: shared-worker
Clients: real tabs
1 of 3 kept, 1 broken, 1 cannot be tried here, in 61.2 s

[kept] one sign-in for four tabs (0.8 s)
    The worker lived on.
[broken] a reload keeps the session (1.3 s)
    The token: expected one, saw none
[cannot be tried here] back from another page (0.0 s)
    It takes a real tab.
`);
});
