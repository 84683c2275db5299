import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checked } from './arguments.js';
import { PROTOCOL_VERSION, type Hello } from './contract.js';
import { AuthError } from './errors.js';
import { CONFIG, IDENTITY_CONFIG } from './testing/world.js';

const hello: Hello = { protocolVersion: PROTOCOL_VERSION, config: CONFIG, wantsLog: false };
const credentials = { username: 'ada', password: 'right' };
const adopted = { accessToken: 'a.b.c', refreshToken: 'r' };

type Method = Parameters<typeof checked>[0];

function refusal(method: Method, argument: unknown): AuthError | undefined {
  try {
    checked(method, argument);
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(AuthError);
    return error as AuthError;
  }
}

describe('an argument that the contract knows is handed on as it is', () => {
  test.each<[Method, object]>([
    ['hello', hello],
    ['hello', { ...hello, wantsLog: true, config: IDENTITY_CONFIG }],
    [
      'hello',
      {
        ...hello,
        config: { ...CONFIG, endpoints: { userPool: 'http://127.0.0.1:9400', oauth: 'https://a.example' } },
      },
    ],
    [
      'hello',
      {
        ...hello,
        config: {
          ...CONFIG,
          userPoolId: undefined,
          userPoolClientId: undefined,
          identityPoolId: 'eu-central-1:0a-1b',
        },
      },
    ],
    [
      'hello',
      {
        ...hello,
        config: { ...CONFIG, persistence: 'memory', refreshMarginSeconds: 0, allowGuestAccess: true },
      },
    ],
    ['hello', { ...hello, config: { ...CONFIG, persistence: 'memory', refreshMarginSeconds: 3_600 } }],
    [
      'hello',
      { ...hello, config: { ...CONFIG, customRoleArn: 'arn:aws-us-gov:iam::123456789012:role/a/b@c' } },
    ],
    ['hello', { ...hello, config: { ...CONFIG, policy: { warnBeforeEndSeconds: [315_446_400, 1] } } }],
    ['hello', { ...hello, config: { ...CONFIG, policy: { warnBeforeEndSeconds: [] } } }],
    [
      'hello',
      {
        ...hello,
        config: {
          ...CONFIG,
          rememberLastUser: true,
          policy: {
            saveDeadlineSeconds: 60,
            recheckSeconds: 0,
            minRemaining: { atFirstLoadSeconds: 3_600 },
            idle: { timeoutSeconds: 10, warnSeconds: 9 },
          },
        },
      },
    ],
    ['session', {}],
    [
      'session',
      { forceRefresh: true, rejectedToken: 't', clientMetadata: { a: 'b' }, minRevision: 3, peek: false },
    ],
    ['session', { minRevision: 0, clientMetadata: {} }],
    ['signIn', credentials],
    [
      'signIn',
      { ...credentials, options: { authFlowType: 'USER_PASSWORD_AUTH', clientMetadata: { a: '' } } },
    ],
    ['signIn', { ...credentials, options: { authFlowType: 'USER_SRP_AUTH' } }],
    ['signIn', { ...credentials, options: { authFlowType: 'CUSTOM_WITH_SRP' } }],
    ['signIn', { username: 'ada', options: { authFlowType: 'CUSTOM_WITHOUT_SRP' } }],
    ['signIn', { username: 'ada', password: null, options: { authFlowType: 'USER_AUTH' } }],
    ...['EMAIL_OTP', 'SMS_OTP', 'WEB_AUTHN'].map((preferredChallenge): [Method, object] => [
      'signIn',
      { username: 'ada', options: { authFlowType: 'USER_AUTH', preferredChallenge } },
    ]),
    ...['PASSWORD', 'PASSWORD_SRP'].map((preferredChallenge): [Method, object] => [
      'signIn',
      { ...credentials, options: { authFlowType: 'USER_AUTH', preferredChallenge } },
    ]),
    ['confirmSignIn', { challengeResponse: 'x' }],
    [
      'confirmSignIn',
      {
        challengeResponse: 'x',
        options: { userAttributes: { email: 'e' }, clientMetadata: {}, friendlyDeviceName: 'phone' },
      },
    ],
    ['adoptSession', adopted],
    [
      'adoptSession',
      {
        ...adopted,
        accessToken: 'x'.repeat(20_000),
        idToken: 'd.e.f',
        deviceMetadata: { deviceKey: 'k', deviceGroupKey: 'g', randomPassword: 'p' },
        signInDetails: { loginId: 'ada', authFlowType: 'USER_AUTH' },
        oauthSignIn: true,
        clockDrift: -1_234.5,
      },
    ],
    ['adoptSession', { ...adopted, deviceMetadata: { deviceKey: 'k' }, signInDetails: {} }],
    ['signOut', {}],
    ['signOut', { global: true }],
    ['signOut', { oauth: { redirectUrl: 'https://app.example/' }, pageUrl: 'https://app.example/' }],
    ['hello', { ...hello, config: { ...CONFIG, oauth: { redirectSignIn: ['https://app.example/'] } } }],
    ['beginRedirect', { pageUrl: 'https://app.example/?a=b#c' }],
    [
      'beginRedirect',
      { pageUrl: 'http://localhost:5173/', provider: 'Google', customState: 'x'.repeat(4_096) },
    ],
    ['beginRedirect', { pageUrl: 'https://app.example/', provider: { custom: 'My Company' } }],
    ['completeRedirect', { url: 'https://app.example/?code=c&state=s' }],
    ['answer', { id: 'q', value: { a: 'b' } }],
    ['answer', { id: 'q', value: null }],
    ['hello', { ...hello, answers: ['logins', 'clientMetadataProvider'] }],
    ['hello', { ...hello, answers: [] }],
    // Of a later version.
    ['session', { peek: true, added: { later: 1 } }],
  ])('%s %j', (method, argument) => {
    expect(checked(method, argument)).toBe(argument);
  });
});

describe('what is absent', () => {
  test.each<Method>(['session', 'signOut'])('is an empty argument of %s', (method) => {
    expect(checked(method, undefined)).toEqual({});
    expect(checked(method, null)).toEqual({});
  });

  test('may also be null, as where an app has no value at hand', () => {
    for (const field of ['forceRefresh', 'rejectedToken', 'clientMetadata', 'minRevision', 'peek']) {
      expect(refusal('session', { [field]: null })).toBeUndefined();
    }
    expect(refusal('signOut', { global: null })).toBeUndefined();
    for (const options of [null, { authFlowType: null, clientMetadata: null }]) {
      expect(refusal('signIn', { ...credentials, options })).toBeUndefined();
    }
    for (const field of ['idToken', 'deviceMetadata', 'signInDetails', 'oauthSignIn', 'clockDrift']) {
      expect(refusal('adoptSession', { ...adopted, [field]: null })).toBeUndefined();
    }
    for (const options of [null, { userAttributes: null, clientMetadata: null }]) {
      expect(refusal('confirmSignIn', { challengeResponse: 'x', options })).toBeUndefined();
    }
  });
});

const textsThatAreNone = [
  5,
  'text',
  ['a'],
  new Map([['a', 'b']]),
  new Date(0),
  { a: 1 },
  { a: null },
  { a: undefined },
  { a: { b: 'c' } },
];

const tokensThatAreNone = ['', 5, null, ['a.b.c'], {}, new String('a.b.c'), 'x'.repeat(20_001)];

describe('an argument that is not right is refused, and the field is named', () => {
  test.each<[Method, string, unknown[]]>([
    [
      'session',
      'The input',
      [5, 'text', true, 7n, [], [{}], new Map(), new Date(0), Object.create({ peek: true })],
    ],
    ['session', 'forceRefresh', [{ forceRefresh: 'yes' }, { forceRefresh: 1 }, { forceRefresh: {} }]],
    [
      'session',
      'rejectedToken',
      [{ rejectedToken: 5 }, { rejectedToken: ['t'] }, { rejectedToken: new String('t') }],
    ],
    ['session', 'clientMetadata', textsThatAreNone.map((clientMetadata) => ({ clientMetadata }))],
    [
      'session',
      'minRevision',
      [NaN, Infinity, 0.5, '3', 3n, {}, 2 ** 53].map((minRevision) => ({ minRevision })),
    ],
    ['session', 'peek', [{ peek: 0 }, { peek: 'no' }]],
    [
      'signIn',
      'username',
      [
        undefined,
        null,
        {},
        { password: 'x' },
        { username: '', password: 'x' },
        { username: 5, password: 'x' },
      ],
    ],
    [
      'signIn',
      'password',
      [
        { username: 'ada' },
        { username: 'ada', password: '' },
        { username: 'ada', password: ['x'] },
        ...[
          { authFlowType: 'USER_SRP_AUTH' },
          { authFlowType: 'USER_PASSWORD_AUTH' },
          { authFlowType: 'CUSTOM_WITH_SRP' },
          { authFlowType: 'USER_AUTH', preferredChallenge: 'PASSWORD' },
          { authFlowType: 'USER_AUTH', preferredChallenge: 'PASSWORD_SRP' },
        ].map((options) => ({ username: 'ada', password: null, options })),
        { username: 'ada', password: '', options: { authFlowType: 'CUSTOM_WITHOUT_SRP' } },
      ],
    ],
    [
      'signIn',
      'options.preferredChallenge',
      ['MAGIC', '', 5, ['PASSWORD']].map((preferredChallenge) => ({
        ...credentials,
        options: { authFlowType: 'USER_AUTH', preferredChallenge },
      })),
    ],
    [
      'confirmSignIn',
      'options.friendlyDeviceName',
      [5, {}, ['phone']].map((friendlyDeviceName) => ({
        challengeResponse: 'x',
        options: { friendlyDeviceName },
      })),
    ],
    [
      'signIn',
      'options',
      [5, 'USER_SRP_AUTH', [], new Map()].map((options) => ({ ...credentials, options })),
    ],
    [
      'signIn',
      'options.authFlowType',
      ['MAGIC', '', 5, ['USER_SRP_AUTH']].map((authFlowType) => ({
        ...credentials,
        options: { authFlowType },
      })),
    ],
    [
      'signIn',
      'options.clientMetadata',
      textsThatAreNone.map((clientMetadata) => ({ ...credentials, options: { clientMetadata } })),
    ],
    [
      'confirmSignIn',
      'challengeResponse',
      [undefined, {}, { challengeResponse: '' }, { challengeResponse: 5 }],
    ],
    [
      'confirmSignIn',
      'options.userAttributes',
      textsThatAreNone.map((userAttributes) => ({ challengeResponse: 'x', options: { userAttributes } })),
    ],
    [
      'confirmSignIn',
      'options.clientMetadata',
      textsThatAreNone.map((clientMetadata) => ({ challengeResponse: 'x', options: { clientMetadata } })),
    ],
    ['adoptSession', 'The input', [5, 'a.b.c', ['a.b.c'], new Map()]],
    [
      'adoptSession',
      'accessToken',
      [undefined, {}, ...tokensThatAreNone.map((accessToken) => ({ accessToken }))],
    ],
    [
      'adoptSession',
      'refreshToken',
      [{ accessToken: 'a.b.c' }, ...tokensThatAreNone.map((refreshToken) => ({ ...adopted, refreshToken }))],
    ],
    [
      'adoptSession',
      'idToken',
      tokensThatAreNone.filter((idToken) => idToken !== null).map((idToken) => ({ ...adopted, idToken })),
    ],
    [
      'adoptSession',
      'deviceMetadata',
      [
        'key',
        {},
        { deviceGroupKey: 'g', randomPassword: 'p' },
        { deviceKey: '' },
        { deviceKey: 'x'.repeat(2_049) },
        { deviceKey: 'k', deviceGroupKey: 7 },
        { deviceKey: 'k', randomPassword: ['p'] },
      ].map((deviceMetadata) => ({ ...adopted, deviceMetadata })),
    ],
    ['adoptSession', 'signInDetails', ['ada', []].map((signInDetails) => ({ ...adopted, signInDetails }))],
    [
      'adoptSession',
      'signInDetails.loginId',
      [5, '', 'x'.repeat(2_049)].map((loginId) => ({ ...adopted, signInDetails: { loginId } })),
    ],
    [
      'adoptSession',
      'signInDetails.authFlowType',
      ['MAGIC', 5].map((authFlowType) => ({ ...adopted, signInDetails: { authFlowType } })),
    ],
    ['adoptSession', 'oauthSignIn', [{ ...adopted, oauthSignIn: 'yes' }]],
    [
      'adoptSession',
      'clockDrift',
      [NaN, Infinity, -2e12, '5', 5n].map((clockDrift) => ({ ...adopted, clockDrift })),
    ],
    ['signOut', 'The input', [true, 'global', 5, [], new Set()]],
    ['answer', 'id', [{}, { id: 7, value: {} }, { id: '', value: {} }]],
    ['signOut', 'global', [{ global: 'no' }, { global: 1 }, { global: new Boolean(false) }]],
  ])('%s: %s', (method, field, wrong) => {
    for (const argument of wrong) {
      const { name, message, recoverySuggestion } = refusal(method, argument) ?? {};
      expect({ name, message }).toEqual({
        name: 'InvalidInputException',
        message: `${field} is missing or wrong.`,
      });
      expect(recoverySuggestion).toBeTruthy();
    }
  });

  const { userPoolId: _pool, ...withoutPool } = CONFIG;
  const { userPoolClientId: _client, ...withoutClient } = CONFIG;
  test.each<[string, unknown[]]>([
    [
      'userPoolId',
      [5, null, '', 'a/b_c', 'evil.example_Pool', 'a'.repeat(129)].map((userPoolId) => ({
        ...CONFIG,
        userPoolId,
      })),
    ],
    ['userPoolId', [withoutPool, withoutClient, { ...withoutPool, userPoolClientId: undefined }]],
    [
      'userPoolClientId',
      [5, null, '', 'a b', {}].map((userPoolClientId) => ({ ...CONFIG, userPoolClientId })),
    ],
    ['identityPoolId', [5, null, '', 'a@b'].map((identityPoolId) => ({ ...CONFIG, identityPoolId }))],
    [
      'allowGuestAccess',
      [undefined, null, 1, 'yes'].map((allowGuestAccess) => ({ ...CONFIG, allowGuestAccess })),
    ],
    ['endpoints', [5, 'https://a.example', []].map((endpoints) => ({ ...CONFIG, endpoints }))],
    [
      'endpoints.userPool',
      [5, null, '', 'a.example', 'javascript:1', 'http:///'].map((userPool) => ({
        ...CONFIG,
        endpoints: { userPool },
      })),
    ],
    ['endpoints.identityPool', [{ ...CONFIG, endpoints: { identityPool: 'ftp://a.example' } }]],
    [
      'refreshMarginSeconds',
      [undefined, null, NaN, -1, 3_601, Infinity, '300'].map((refreshMarginSeconds) => ({
        ...CONFIG,
        refreshMarginSeconds,
      })),
    ],
    [
      'oauth',
      [null, 5, {}, { redirectSignIn: [] }, { redirectSignIn: ['javascript:alert(1)'] }].map((oauth) => ({
        ...CONFIG,
        oauth,
      })),
    ],
    ['persistence', [undefined, 'localStorage', {}].map((persistence) => ({ ...CONFIG, persistence }))],
    [
      'logins',
      [{ 'accounts.google.com': 'a-token' }, 'a-token', null].map((logins) => ({ ...CONFIG, logins })),
    ],
    ['clientMetadataProvider', [{ ...CONFIG, clientMetadataProvider: {} }]],
    ['policy', [[], 'strict', 7].map((policy) => ({ ...CONFIG, policy }))],
    [
      'policy.warnBeforeEndSeconds',
      [300, '300', [0], [-1], [1.5], ['300'], [315_446_401], Array(11).fill(60)].map((warnBeforeEndSeconds) => ({
        ...CONFIG,
        policy: { warnBeforeEndSeconds },
      })),
    ],
    ['policy.warnBeforeEndSeconds', [{ ...CONFIG, policy: { warnBeforeEndSeconds: null } }]],
    [
      'policy.minRemaining.atFirstLoadSeconds',
      [
        {
          ...CONFIG,
          refreshTokenValiditySeconds: 3_600,
          policy: { minRemaining: { atFirstLoadSeconds: 3_600 } },
        },
      ],
    ],
    [
      'policy.saveDeadlineSeconds',
      [-1, 61, '5', NaN, null].map((saveDeadlineSeconds) => ({ ...CONFIG, policy: { saveDeadlineSeconds } })),
    ],
    [
      'policy.recheckSeconds',
      [-1, '5', {}, null].map((recheckSeconds) => ({ ...CONFIG, policy: { recheckSeconds } })),
    ],
    [
      'policy.idle',
      [
        7,
        [],
        {},
        null,
        { timeoutSeconds: 9 },
        { timeoutSeconds: '60' },
        { timeoutSeconds: 60, warnSeconds: 60 },
      ].map((idle) => ({ ...CONFIG, policy: { idle } })),
    ],
    [
      'policy.minRemaining.onReturnSeconds',
      [-1, '60'].map((onReturnSeconds) => ({ ...CONFIG, policy: { minRemaining: { onReturnSeconds } } })),
    ],
    ['rememberLastUser', [0, 'true'].map((rememberLastUser) => ({ ...CONFIG, rememberLastUser }))],
    [
      'customRoleArn',
      ['', 'editors', 'arn:aws:iam::1:role/a', 'arn:aws:iam::123456789012:role/a b', 7, null].map(
        (customRoleArn) => ({ ...CONFIG, customRoleArn }),
      ),
    ],
  ])('hello: config.%s', (field, configs) => {
    for (const config of configs) {
      const { name, message, recoverySuggestion } = refusal('hello', { ...hello, config }) ?? {};
      expect({ name, message }, JSON.stringify(config)).toEqual({
        name: 'InvalidConfigurationException',
        message: `config.${field} is missing or wrong.`,
      });
      expect(recoverySuggestion).toBeTruthy();
    }
  });

  test('hello: what is no hello at all', () => {
    for (const argument of [
      undefined,
      null,
      5,
      [],
      {},
      { ...hello, config: 5 },
      { ...hello, wantsLog: 'yes' },
    ]) {
      expect(refusal('hello', argument)?.name).toBe('InvalidConfigurationException');
    }
  });
});

describe('an argument of a sign-in by redirect that is wrong is refused, and named', () => {
  const pageUrl = 'https://app.example/';
  test.each<[Method, string, unknown]>([
    ['beginRedirect', 'pageUrl', undefined],
    ['beginRedirect', 'pageUrl', { pageUrl: 'javascript:alert(1)' }],
    ['beginRedirect', 'pageUrl', { pageUrl: '/app' }],
    ['beginRedirect', 'provider', { pageUrl, provider: 'google' }],
    ['beginRedirect', 'provider', { pageUrl, provider: 5 }],
    ['beginRedirect', 'provider', { pageUrl, provider: { custom: '' } }],
    ['beginRedirect', 'provider', { pageUrl, provider: { custom: 'x'.repeat(200) } }],
    ['beginRedirect', 'customState', { pageUrl, customState: 5 }],
    ['beginRedirect', 'customState', { pageUrl, customState: 'x'.repeat(4_097) }],
    ['completeRedirect', 'url', {}],
    ['completeRedirect', 'url', { url: 'code=c&state=s' }],
    ['completeRedirect', 'url', { url: ['https://app.example/'] }],
    ['signOut', 'oauth', { oauth: 'https://app.example/' }],
    ['signOut', 'oauth.redirectUrl', { oauth: { redirectUrl: 5 } }],
    ['signOut', 'pageUrl', { pageUrl: 'about:blank' }],
  ])('%s: %s of %j', (method, field, argument) => {
    expect(refusal(method, argument)).toMatchObject({
      name: 'InvalidInputException',
      message: `${field} is missing or wrong.`,
    });
  });
});

test('anything that can be cloned is either handed on or refused, and nothing of it stands in the error', () => {
  const anything = fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withSet: true,
    withBoxedValues: true,
  });
  const methods: Method[] = [
    'hello',
    'session',
    'signIn',
    'confirmSignIn',
    'signOut',
    'adoptSession',
    'beginRedirect',
    'completeRedirect',
  ];
  fc.assert(
    fc.property(fc.constantFrom(...methods), anything, fc.string(), (method, value, name) => {
      for (const argument of [
        value,
        { [name]: value },
        { options: value },
        { config: value },
        { clientMetadata: value },
      ]) {
        const error = refusal(method, structuredClone(argument));
        if (error) expect(error.message).toMatch(/^(The input|[a-zA-Z.]+) is missing or wrong\.$/);
      }
    }),
  );
});
