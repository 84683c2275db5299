import { expect, test } from 'vitest';
import { isChannelMessage } from './channel-message.js';
import type { ChannelMessage } from './deps.js';

const GOOD: ChannelMessage[] = [
  { type: 'news', protocolVersion: 1, instanceId: 'x', revision: 3, event: { type: 'tokenRefresh' } },
  { type: 'claim', instanceId: 'x', scope: {} },
  {
    type: 'claim',
    instanceId: 'x',
    scope: {},
    session: { fence: 1, sequence: 2, issuedAtMs: 1_900_000_000_000 },
  },
  { type: 'begun', instanceId: 'x' },
  { type: 'roll-call', instanceId: 'x' },
  { type: 'save', instanceId: 'x', id: 'x/save/1', reason: 'idle', deadlineMs: 1_900_000_000_000 },
  { type: 'save', instanceId: 'x', id: 'x/save/2', reason: 'expired', deadlineMs: 1_900_000_000_000 },
  { type: 'has-handlers', instanceId: 'x' },
  { type: 'saving', instanceId: 'x', id: 'x/save/1' },
  { type: 'saved', instanceId: 'x', id: 'x/save/1' },
  { type: 'settled', instanceId: 'x', revision: 3, clients: 0 },
  { type: 'left', instanceId: 'x'.repeat(100) },
];

const claimOf = (session: unknown): unknown => ({ type: 'claim', instanceId: 'x', scope: {}, session });

test.each(GOOD)('a message of another runtime is taken: $type', (message) => {
  expect(isChannelMessage(message)).toBe(true);
});

test.each<unknown>([
  null,
  undefined,
  'news',
  7,
  [],
  {},
  { type: 'news' },
  { type: 'hello', instanceId: 'x' },
  { type: 'left', instanceId: 7 },
  { type: 'save', instanceId: 'x', reason: 'user', deadlineMs: 1 },
  { type: 'save', instanceId: 'x', id: '1', reason: 'rejected', deadlineMs: 1 },
  { type: 'save', instanceId: 'x', id: '1', reason: 'user', deadlineMs: Infinity },
  { type: 'save', instanceId: 'x', id: '1', reason: 'user' },
  { type: 'saving', instanceId: 'x' },
  { type: 'saved', instanceId: 'x', id: 'x'.repeat(101) },
  { type: 'news', instanceId: 'x', revision: 3 },
  { type: 'news', instanceId: 'x', revision: 3, event: null },
  { type: 'news', instanceId: 'x', revision: 3, event: { type: 7 } },
  { type: 'news', instanceId: 'x', revision: NaN, event: { type: 'signedOut' } },
  { type: 'news', instanceId: 'x', revision: '3', event: { type: 'signedOut' } },
  { type: 'claim', instanceId: 'x' },
  { type: 'claim', instanceId: 'x', scope: null },
  ...[null, 'session', {}, { sequence: 2, issuedAtMs: 3 }, { fence: 1, issuedAtMs: 3 }].map(claimOf),
  ...[
    { fence: 1, sequence: 2 },
    { fence: NaN, sequence: 2, issuedAtMs: 3 },
  ].map(claimOf),
  { type: 'settled', instanceId: 'x', revision: 3 },
  { type: 'settled', instanceId: 'x', revision: Infinity, clients: 1 },
  { type: 'settled', instanceId: 'x', revision: 3, clients: NaN },
  { type: 'settled', instanceId: 'x', revision: 3, clients: -1 },
  { type: 'roll-call', instanceId: 'x'.repeat(101) },
])('anything else that a script of the origin posts is not: %j', (message) => {
  expect(isChannelMessage(message)).toBe(false);
});
