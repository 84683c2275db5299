/** What a hostile or broken script of the origin may post to the worker: generated, most of it right in all places but one. */
import fc from 'fast-check';
import { SESSION_API_METHODS, type Hello, type NewsEvent, type SessionApi } from '../../worker/contract.js';
import { cyclic, numbers, odd, oddBut, type Odd } from './odd-values.js';

/** One message, and where it goes. */
export interface HostileMessage {
  /** `client` is a port that said hello, `stranger` one that never did. */
  to: 'client' | 'stranger' | 'channel';
  /** A field `id` that holds {@link ID} is given an id of its own when it is posted. */
  data: unknown;
  /** So many ports are transferred with it. */
  ports: number;
}

/** What the script has found out before. */
export interface Known {
  /** What an honest page of this app says first. */
  hello: Hello;
  /** The run of the worker, and the present revision. */
  instanceId: string;
  revision: number;
  /** What an honest page posted to its port, and what was said on the channel. */
  calls: unknown[];
  broadcasts: unknown[];
}

export const ID = 'an id of its own';

/** Each field absent, right, or at times odd. */
function fields(shape: Record<string, { right: Odd; type?: string }>): Odd {
  const made = Object.entries(shape).map(([name, { right, type }]) => [
    name,
    fc.oneof(
      { weight: 3, arbitrary: right },
      { weight: 2, arbitrary: type === undefined ? odd : oddBut(type) },
    ),
  ]);
  return fc.record(Object.fromEntries(made) as Record<string, Odd>, { requiredKeys: [] });
}

const flag = { right: fc.boolean(), type: 'boolean' };
const text = { right: fc.string(), type: 'string' };
const metadata = { right: fc.dictionary(fc.string(), fc.string(), { maxKeys: 3 }) };
const revisions = (known: Known): Odd =>
  fc.oneof(
    fc.constantFrom(known.revision - 1, known.revision, known.revision + 1),
    fc.integer({ min: -3, max: 12 }),
    numbers,
    odd,
  );

/** Arguments of calls that must change nothing: either they ask for nothing that would, or they must be refused. */
function argumentsOf(known: Known): Record<keyof SessionApi, Odd> {
  const { hello } = known;
  // True alone would rightly refresh.
  const notTrue = oddBut('boolean');
  const requests = fields({
    forceRefresh: { right: fc.oneof(fc.constant(false), notTrue), type: 'boolean' },
    rejectedToken: text,
    clientMetadata: metadata,
    minRevision: { right: revisions(known) },
    peek: flag,
  });
  const refused = fc.record({ forceRefresh: fc.constant(true), clientMetadata: oddMetadata });
  const options = {
    right: fields({ authFlowType: flow, clientMetadata: metadata, userAttributes: metadata }),
  };
  return {
    hello: fc.oneof(fc.constant(hello), strangeHellos(hello), odd),
    session: fc.oneof({ weight: 4, arbitrary: requests }, { weight: 2, arbitrary: refused }, odd),
    signIn: fc.oneof(fields({ username: text, password: text, options }), odd),
    confirmSignIn: fc.oneof(fields({ challengeResponse: text, options }), odd),
    describe: odd,
    pendingSignIn: odd,
    adoptSession: fc.oneof(
      fields({ accessToken: text, idToken: text, refreshToken: text, signInDetails: { right: odd } }),
      odd,
    ),
    signOut: fc.oneof(
      oddBut('object'),
      fc.array(odd, { maxLength: 2 }),
      fc.constantFrom(new Map([['global', true]]), new Set(), new Date(0), new Error('forged')),
      fc.record({ global: oddBut('boolean') }),
      fc.record({ revoke: oddBut('boolean') }),
    ),
    beginRedirect: fc.oneof(fields({ pageUrl: text, customState: text, provider: text }), odd),
    completeRedirect: fc.oneof(fields({ url: text }), odd),
    account: fc.oneof(
      fc.record({
        operation: fc.constantFrom('signUp', 'updatePassword', 'constructor', ''),
        input: oddBut('object'),
      }),
      odd,
    ),
    acknowledge: revisions(known),
    wake: odd,
    active: odd,
    ping: odd,
    inspect: odd,
    answer: fc.oneof(fc.record({ id: fc.string(), value: odd }), odd),
    bye: odd,
  };
}

const flow = {
  right: fc.constantFrom('USER_SRP_AUTH', 'USER_PASSWORD_AUTH', 'REFRESH_TOKEN_AUTH', 'constructor', ''),
};

const oddMetadata: Odd = fc.oneof(
  oddBut('object'),
  fc.array(odd, { minLength: 1, maxLength: 2 }),
  fc.constantFrom(new Map([['tenant', 'a']]), new Date(0), cyclic({})),
  fc.record({ tenant: oddBut('string') }),
  fc.record({ tenant: fc.constantFrom(null, undefined) }),
);

/** Other protocols, pools and endpoints, and configs in which one field is not what it should be. */
function strangeHellos(hello: Hello): Odd {
  const { config } = hello;
  const elsewhere = { userPool: 'https://attacker.example', identityPool: 'https://attacker.example' };
  const { userPoolId: _pool, ...withoutPool } = config;
  const { userPoolClientId: _client, ...withoutClient } = config;
  const oneField = (field: keyof typeof config): Odd =>
    oddBut(typeof config[field]).map((value) => ({ ...hello, config: { ...config, [field]: value } }));
  return fc.oneof(
    fc.constantFrom<unknown>(
      { ...hello, config: { ...config, endpoints: elsewhere } },
      { ...hello, config: { ...config, endpoints: { ...config.endpoints, userPool: elsewhere.userPool } } },
      { ...hello, config: { ...config, endpoints: {} } },
      { ...hello, config: { ...config, userPoolId: 'eu-central-1_Other' } },
      { ...hello, config: { ...config, identityPoolId: 'eu-central-1:0ther' } },
      { ...hello, config: withoutPool },
      { ...hello, config: withoutClient },
      { ...hello, config: { ...config, persistence: 'memory', refreshMarginSeconds: 0 } },
      { ...hello, config: { ...config, refreshMarginSeconds: NaN } },
      { ...hello, config: { ...config, refreshMarginSeconds: 1e9 } },
      { ...hello, config: { ...config, persistence: 'localStorage' } },
    ),
    odd.map((protocolVersion) => ({ ...hello, protocolVersion })),
    odd.map((wantsLog) => ({ ...hello, wantsLog })),
    odd.map((config) => ({ ...hello, config })),
    odd.map((value) => ({
      ...hello,
      config: { ...config, endpoints: { ...config.endpoints, userPool: value } },
    })),
    fc.constantFrom(...(Object.keys(config) as (keyof typeof config)[])).chain(oneField),
  );
}

const raw = (value: unknown): object => ({ type: 'RAW', value });

/** Calls as a client makes them, with arguments as no client gives them. */
function calls(known: Known): Odd {
  return fc.oneof(
    ...Object.entries(argumentsOf(known)).map(([method, argument]) =>
      argument.map((value) => ({ id: ID, type: 'APPLY', path: [method], argumentList: [raw(value)] })),
    ),
  );
}

const names = fc.constantFrom<string[]>(
  ...SESSION_API_METHODS,
  ...['constructor', 'prototype', '__proto__', 'toString', 'hasOwnProperty', 'call', 'apply', 'bind', ''],
);
const code = raw('globalThis.polluted = true');

/** None that is one, so that no two messages have the same. */
const oddId = odd.filter((value) => typeof value !== 'string' || value === '' || value.length > 100);

/** Comlink's language, and what looks like it. Right in most places, so that each check of the guard meets both sides. */
const comlink: Odd = fc
  .record(
    {
      id: fc.oneof({ weight: 9, arbitrary: fc.constant(ID) }, { weight: 2, arbitrary: oddId }),
      type: fc.oneof(
        {
          weight: 60,
          arbitrary: fc.constantFrom('APPLY', 'GET', 'SET', 'CONSTRUCT', 'ENDPOINT', 'apply', 'RAW'),
        },
        { weight: 8, arbitrary: odd },
        { weight: 1, arbitrary: fc.constant('RELEASE') },
      ),
      path: fc.oneof(fc.array(names, { maxLength: 3 }), names, odd),
      argumentList: fc.oneof(
        fc.array(
          fc.oneof(
            fc.constantFrom(code, { type: 'HANDLER', name: 'proxy', value: 1 }),
            fc.constantFrom({ type: 'HANDLER', name: 'throw', value: {} }, { type: 'RAW' }),
            odd,
          ),
          { minLength: 1, maxLength: 3 },
        ),
        odd,
      ),
      value: fc.constantFrom(code, raw({ polluted: true })),
    },
    { requiredKeys: ['id', 'type'] },
  )
  .filter(isNoSignOut);

/** Without an argument it would be a rightful one. */
function isNoSignOut({ path, argumentList }: { path?: unknown; argumentList?: unknown }): boolean {
  const isEmpty = Array.isArray(argumentList) && argumentList.length === 0;
  return !(isEmpty && Array.isArray(path) && path[0] === 'signOut');
}

/** What other runs of the worker, and pages, would say on the channel, with anything in place of anything. */
function forgedBroadcasts(known: Known): Odd {
  const kinds: NewsEvent['type'][] = [
    'signedIn',
    'tokenRefresh',
    'tokenRefresh_failure',
    'signedOut',
    'changed',
  ];
  const instanceId = fc.oneof(fc.constant(known.instanceId), fc.uuid(), odd);
  const revision = revisions(known);
  const error = fc.oneof(odd, fc.record({ name: odd, message: odd, recoverySuggestion: odd, metadata: odd }));
  const event = fc.oneof(
    { weight: 4, arbitrary: fc.record({ type: fc.constantFrom(...kinds), reason: odd, error }) },
    { weight: 1, arbitrary: odd },
  );
  const scope = fc.oneof(odd, fc.record({ userPoolId: odd, userPoolEndpoint: odd, identityPoolId: odd }));
  return fc
    .record(
      {
        type: fc.oneof(
          { weight: 9, arbitrary: fc.constantFrom('news', 'claim', 'roll-call', 'settled', 'left') },
          { weight: 2, arbitrary: fc.constantFrom('connect', 'log', 'hello', 'constructor') },
          { weight: 1, arbitrary: odd },
        ),
        protocolVersion: fc.oneof(fc.constant(known.hello.protocolVersion), odd),
        instanceId,
        revision,
        clients: fc.oneof(fc.integer(), odd),
        event,
        scope,
        entry: odd,
        id: fc.constant(ID),
        path: fc.array(names, { maxLength: 2 }),
      },
      { requiredKeys: ['type', 'instanceId', 'revision', 'event', 'scope', 'clients'] },
    )
    .filter((message) => !isBelievable(message, known));
}

/** That a refresh failed stands in no store, so a page can't tell such news of the present revision from true ones. */
function isBelievable({ revision, event }: { revision: unknown; event: unknown }, known: Known): boolean {
  return revision === known.revision && (event as { type?: unknown } | null)?.type === 'tokenRefresh_failure';
}

function replays(messages: readonly unknown[]): Odd {
  return fc
    .constantFrom(...messages)
    .map((message) => (typeof message === 'object' && message !== null ? { ...message, id: ID } : message));
}

/** With a hello, a stranger would be none any more. */
function isNoHello(data: unknown): boolean {
  const path = (data as { path?: unknown } | null)?.path;
  return !Array.isArray(path) || path[0] !== 'hello';
}

export function hostileMessages(known: Known): fc.Arbitrary<HostileMessage> {
  const toPort = fc.oneof(
    { weight: 10, arbitrary: calls(known) },
    { weight: 5, arbitrary: comlink },
    { weight: 2, arbitrary: replays(known.calls) },
    { weight: 2, arbitrary: odd },
    { weight: 1, arbitrary: forgedBroadcasts(known) },
  );
  const toChannel = fc.oneof(
    { weight: 8, arbitrary: forgedBroadcasts(known) },
    { weight: 1, arbitrary: replays([...known.calls, ...known.broadcasts]) },
    { weight: 1, arbitrary: odd },
  );
  const ports = fc.oneof({ weight: 20, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 3 }));
  return fc.oneof(
    { weight: 11, arbitrary: fc.record({ to: fc.constant('client' as const), data: toPort, ports }) },
    {
      weight: 5,
      arbitrary: fc.record({ to: fc.constant('stranger' as const), data: toPort.filter(isNoHello), ports }),
    },
    {
      weight: 4,
      arbitrary: fc.record({ to: fc.constant('channel' as const), data: toChannel, ports: fc.constant(0) }),
    },
  );
}
