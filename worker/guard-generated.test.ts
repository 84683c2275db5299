import { isDeepStrictEqual } from 'node:util';
import * as Comlink from 'comlink';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { guardEndpoint } from './guard.js';

const METHODS = ['greet', 'fail'];
/** Posted last: when it arrives, all before it have arrived or were dropped. */
const END = { id: 'end', type: 'APPLY', path: ['end'], argumentList: [] };

const anything = fc.anything({
  withBigInt: true,
  withDate: true,
  withMap: true,
  withSet: true,
  withNullPrototype: true,
  withSparseArray: true,
  withTypedArray: true,
  maxDepth: 2,
});
const names = [...METHODS, 'end', 'secret', 'constructor', '__proto__', 'prototype', ''];
const types = ['RELEASE', 'GET', 'SET', 'CONSTRUCT', 'ENDPOINT', 'apply'];

/** Mostly the first, at times the second, seldom anything at all. */
const mostly = (good: fc.Arbitrary<unknown>, near: fc.Arbitrary<unknown>) =>
  fc.oneof(
    { weight: 9, arbitrary: good },
    { weight: 3, arbitrary: near },
    { weight: 1, arbitrary: anything },
  );
const raw = anything.map((value) => ({ type: 'RAW', value }));
const nearlyRaw = fc.record(
  { type: fc.constantFrom('RAW', 'HANDLER', 'PROXY'), value: anything },
  { requiredKeys: ['type'] },
);
const wire = mostly(raw, nearlyRaw);
/** Right in most places, so that each check meets both sides. */
const nearlyGood = fc.record(
  {
    id: mostly(fc.uuid(), fc.string({ maxLength: 130, size: 'max' })),
    type: mostly(fc.constant('APPLY'), fc.constantFrom(...types)),
    path: mostly(
      fc.tuple(fc.constantFrom(...METHODS)),
      fc.array(fc.constantFrom(...names), { maxLength: 2 }),
    ),
    argumentList: mostly(fc.array(wire, { maxLength: 1 }), fc.array(wire, { maxLength: 2 })),
    value: wire,
  },
  { requiredKeys: ['id', 'type'] },
);
const messages = fc.array(fc.oneof({ weight: 9, arbitrary: nearlyGood }, anything), {
  minLength: 40,
  maxLength: 40,
});

/** The rule again, the other way round: a message is good if it has the fields of one that a client could have made. */
function asAClientWouldSendIt(message: unknown): object | undefined {
  if (Object.prototype.toString.call(message) !== '[object Object]') return undefined;
  const fields = message as Record<string, unknown>;
  const argumentList = fields['argumentList'] as { value?: unknown }[] | undefined;
  const argument = { type: 'RAW', value: argumentList?.[0]?.value };
  const calls = METHODS.flatMap((method) =>
    [[], [argument]].map((list) => ({ type: 'APPLY', path: [method], argumentList: list })),
  );
  const good = [{ type: 'RELEASE' }, ...calls].find((candidate) =>
    Object.entries(candidate).every(([key, value]) => isDeepStrictEqual(fields[key], value)),
  );
  const { id } = fields;
  return good !== undefined && typeof id === 'string' && /^[^]{1,100}$/.test(id)
    ? { id, ...good }
    : undefined;
}

test('generated messages pass exactly if a client could have sent them, and as a client would send them', async () => {
  let passed = 0;
  let dropped = 0;
  await fc.assert(
    fc.asyncProperty(messages, async (generated) => {
      const { port1, port2 } = new MessageChannel();
      const seen: unknown[] = [];
      const ended = new Promise<void>((resolve) => {
        const endpoint = guardEndpoint(port1, [...METHODS, 'end']);
        endpoint.addEventListener('message', (event) => {
          const { data } = event as MessageEvent<unknown>;
          if (isDeepStrictEqual(data, END)) resolve();
          else seen.push(data);
        });
        endpoint.start?.();
      });
      const sent = generated.filter((message) => !isDeepStrictEqual(pathOf(message), ['end']));
      for (const message of [...sent, END]) port2.postMessage(message);
      await ended;
      port1.close();

      const expected = sent.map((each) => asAClientWouldSendIt(structuredClone(each))).filter((each) => each);
      expect(seen).toStrictEqual(expected);
      passed += expected.length;
      dropped += sent.length - expected.length;
    }),
    { numRuns: 100 },
  );
  expect(passed).toBeGreaterThan(300);
  expect(dropped).toBeGreaterThan(1_000);
});

test('generated messages make Comlink touch nothing but listed methods', async () => {
  await fc.assert(
    fc.asyncProperty(messages, async (generated) => {
      const { port1, port2 } = new MessageChannel();
      const touched = new Set<unknown>();
      const api: object = new Proxy(() => 'called', {
        get: (_target, name) => (touched.add(name), () => 'called'),
        set: (_target, name) => Boolean(touched.add(['set', name])),
        has: (_target, name) => Boolean(touched.add(['has', name])),
        apply: () => touched.add('called itself'),
        construct: () => touched.add('constructed'),
      });
      Comlink.expose(api, guardEndpoint(port1, [...METHODS, 'end']));
      const ended = new Promise<void>((resolve) => {
        port2.onmessage = ({ data }: MessageEvent<{ id?: unknown }>) => {
          if (data.id === END.id) resolve();
        };
      });
      // A release would end the exposure, and the rest would go unheard.
      const sent = generated.filter((message) => typeOf(message) !== 'RELEASE');
      for (const message of [...sent, END]) port2.postMessage(message);
      await ended;
      port1.close();
      for (const name of [...METHODS, 'end']) touched.delete(name);
      expect([...touched]).toEqual([]);
    }),
    { numRuns: 50 },
  );
});

const pathOf = (message: unknown) => (message as { path?: unknown } | null | undefined)?.path;
const typeOf = (message: unknown) => (message as { type?: unknown } | null | undefined)?.type;
