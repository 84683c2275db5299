import { describe, expect, test } from 'vitest';
import { AuthError } from '../worker/errors.js';
import { configKey, readConfig } from './config.js';
import type { SessionConfig } from './types.js';

const GOOD: SessionConfig = {
  userPoolId: 'eu-central-1_AbCdEf123',
  userPoolClientId: '1h57kf5cpq17m0eml12example',
  identityPoolId: 'eu-central-1:1a2b3c4d-0000-4000-8000-123456789abc',
};

describe('a good config', () => {
  test('gets its defaults', () => {
    expect(readConfig(GOOD)).toEqual({
      ...GOOD,
      allowGuestAccess: false,
      endpoints: {},
      refreshMarginSeconds: 300,
      persistence: 'indexeddb',
    });
  });

  test('names a user pool with its client, an identity pool, or both', () => {
    const { userPoolId = '', userPoolClientId = '', identityPoolId = '' } = GOOD;
    expect(readConfig({ userPoolId, userPoolClientId })).not.toHaveProperty('identityPoolId');
    expect(readConfig({ identityPoolId, allowGuestAccess: true })).toMatchObject({ allowGuestAccess: true });
  });

  test.each([
    { userPoolId: 'us-gov-west-1_Ab0' },
    { userPoolClientId: 'a' },
    { refreshMarginSeconds: 0 },
    { refreshMarginSeconds: 3_600 },
    { persistence: 'memory' as const },
    { policy: {} },
    { policy: { warnBeforeEndSeconds: [] } },
    { policy: { warnBeforeEndSeconds: [315_446_400, 1] } },
    { policy: { warnBeforeEndSeconds: [604_800] }, refreshTokenValiditySeconds: 604_800 },
    { policy: { warnBeforeEndSeconds: [90_000] }, refreshTokenValiditySeconds: 3_600 },
    { policy: { saveDeadlineSeconds: 0 } },
    { policy: { saveDeadlineSeconds: 60, recheckSeconds: 0 } },
    { policy: { idle: { timeoutSeconds: 10 } } },
    { policy: { idle: { timeoutSeconds: 900, warnSeconds: 899 } } },
    { policy: { idle: { timeoutSeconds: 900, warnSeconds: 0 } } },
    {
      refreshTokenValiditySeconds: 86_400,
      policy: { minRemaining: { atFirstLoadSeconds: 86_399, onReturnSeconds: 0 } },
    },
    { rememberLastUser: true },
    { customRoleArn: 'arn:aws-cn:iam::123456789012:role/service/editors' },
    { endpoints: { userPool: 'http://127.0.0.1:9400', identityPool: 'https://proxy.example.com/cognito' } },
  ])('may hold %j', (fields) => {
    expect(readConfig({ ...GOOD, ...fields })).toMatchObject(fields);
  });

  test('leaves this page as plain data, without its functions, and a copy of its own', () => {
    const endpoints = { userPool: 'https://a.example.com' };
    const runtime = readConfig({ ...GOOD, endpoints, logger: () => undefined });
    expect(structuredClone(runtime)).toEqual(runtime);
    endpoints.userPool = 'https://changed.example.com';
    expect(runtime.endpoints.userPool).toBe('https://a.example.com');
  });
});

describe('a bad config', () => {
  const BAD: [field: string, config: unknown][] = [
    ['userPoolId', {}],
    ['userPoolId', undefined],
    ['userPoolId', null],
    ['userPoolId', { ...GOOD, userPoolId: '' }],
    ['userPoolId', { ...GOOD, userPoolId: null }],
    ['userPoolId', { ...GOOD, userPoolId: 7 }],
    ['userPoolId', { ...GOOD, userPoolId: 'eu-central-1' }],
    ['userPoolId', { ...GOOD, userPoolId: 'eu-central-1_Ab Cd' }],
    ['userPoolId', { ...GOOD, userPoolId: 'https://evil.example.com/_A' }],
    ['userPoolId', { userPoolClientId: GOOD.userPoolClientId }],
    ['userPoolClientId', { userPoolId: GOOD.userPoolId }],
    ['userPoolClientId', { ...GOOD, userPoolClientId: '' }],
    ['userPoolClientId', { ...GOOD, userPoolClientId: 'with space' }],
    ['userPoolClientId', { ...GOOD, userPoolClientId: 'x'.repeat(129) }],
    ['identityPoolId', { ...GOOD, identityPoolId: 'eu-central-1_AbC' }],
    ['identityPoolId', { ...GOOD, identityPoolId: 'eu-central-1:' }],
    ['endpoints.userPool', { ...GOOD, endpoints: { userPool: 'proxy.example.com' } }],
    ['identityPoolId', { ...GOOD, identityPoolId: 'eu-central-1:1a2b and more' }],
    ['identityPoolId', { ...GOOD, identityPoolId: 'one more eu-central-1:1a2b' }],
    ['endpoints.userPool', { ...GOOD, endpoints: { userPool: 'javascript:alert(1)' } }],
    ['endpoints.userPool', { ...GOOD, endpoints: { userPool: 'javascript:open("https://a.example.com")' } }],
    ['endpoints.identityPool', { ...GOOD, endpoints: { identityPool: 7 } }],
    ['endpoints', { ...GOOD, endpoints: null }],
    ['endpoints', { ...GOOD, endpoints: 7 }],
    ['refreshMarginSeconds', { ...GOOD, refreshMarginSeconds: -1 }],
    ['refreshMarginSeconds', { ...GOOD, refreshMarginSeconds: 3_601 }],
    ['refreshMarginSeconds', { ...GOOD, refreshMarginSeconds: NaN }],
    ['refreshMarginSeconds', { ...GOOD, refreshMarginSeconds: '300' }],
    ['persistence', { ...GOOD, persistence: 'localStorage' }],
    ['persistence', { ...GOOD, persistence: 'no-memory' }],
    ['persistence', { ...GOOD, persistence: 'indexeddb2' }],
    ['allowGuestAccess', { ...GOOD, allowGuestAccess: 'yes' }],
    ['exposeRefreshToken', { ...GOOD, exposeRefreshToken: 1 }],
    ['refreshTokenValiditySeconds', { ...GOOD, refreshTokenValiditySeconds: 3_599 }],
    ['refreshTokenValiditySeconds', { ...GOOD, refreshTokenValiditySeconds: 315_360_001 }],
    ['refreshTokenValiditySeconds', { ...GOOD, refreshTokenValiditySeconds: '86400' }],
    ['policy.warnBeforeEndSeconds', { ...GOOD, policy: { warnBeforeEndSeconds: 300 } }],
    ['policy.warnBeforeEndSeconds', { ...GOOD, policy: { warnBeforeEndSeconds: [0] } }],
    ['policy.warnBeforeEndSeconds', { ...GOOD, policy: { warnBeforeEndSeconds: [-60] } }],
    ['policy.warnBeforeEndSeconds', { ...GOOD, policy: { warnBeforeEndSeconds: ['300'] } }],
    ['policy.warnBeforeEndSeconds', { ...GOOD, policy: { warnBeforeEndSeconds: [315_446_401] } }],
    [
      'policy.warnBeforeEndSeconds',
      { ...GOOD, refreshTokenValiditySeconds: 3_600, policy: { warnBeforeEndSeconds: [300, 90_001] } },
    ],
    ['policy.warnBeforeEndSeconds', { ...GOOD, policy: { warnBeforeEndSeconds: [1.5] } }],
    ['policy.warnBeforeEndSeconds', { ...GOOD, policy: { warnBeforeEndSeconds: [null] } }],
    ['policy.warnBeforeEndSeconds', { ...GOOD, policy: { warnBeforeEndSeconds: Array(11).fill(60) } }],
    ['policy.warnBeforeEndSeconds', { ...GOOD, policy: { warnBeforeEndSeconds: [NaN] } }],
    ['policy.minRemaining', { ...GOOD, policy: { minRemaining: null } }],
    ['policy.minRemaining', { ...GOOD, policy: { minRemaining: 3_600 } }],
    ['policy.minRemaining', { ...GOOD, policy: { minRemaining: [] } }],
    ['policy', { ...GOOD, policy: 'strict' }],
    ['policy', { ...GOOD, policy: null }],
    ['policy.saveDeadlineSeconds', { ...GOOD, policy: { saveDeadlineSeconds: 61 } }],
    ['policy.saveDeadlineSeconds', { ...GOOD, policy: { saveDeadlineSeconds: -1 } }],
    ['policy.saveDeadlineSeconds', { ...GOOD, policy: { saveDeadlineSeconds: '5' } }],
    ['policy.recheckSeconds', { ...GOOD, policy: { recheckSeconds: -1 } }],
    ['policy.recheckSeconds', { ...GOOD, policy: { recheckSeconds: true } }],
    ['policy.idle.timeoutSeconds', { ...GOOD, policy: { idle: {} } }],
    ['policy.idle.timeoutSeconds', { ...GOOD, policy: { idle: null } }],
    ['policy.idle.timeoutSeconds', { ...GOOD, policy: { idle: { timeoutSeconds: 9 } } }],
    ['policy.idle.timeoutSeconds', { ...GOOD, policy: { idle: { timeoutSeconds: '900' } } }],
    ['policy.idle.warnSeconds', { ...GOOD, policy: { idle: { timeoutSeconds: 900, warnSeconds: 900 } } }],
    ['policy.idle.warnSeconds', { ...GOOD, policy: { idle: { timeoutSeconds: 900, warnSeconds: -1 } } }],
    ['refreshTokenValiditySeconds', { ...GOOD, policy: { minRemaining: { atFirstLoadSeconds: 1 } } }],
    ['policy.minRemaining', { ...GOOD, policy: { minRemaining: null } }],
    ['policy.minRemaining', { ...GOOD, policy: { minRemaining: [60] } }],
    ['policy', { ...GOOD, policy: null }],
    [
      'policy.minRemaining.onReturnSeconds',
      { ...GOOD, refreshTokenValiditySeconds: 3_600, policy: { minRemaining: { onReturnSeconds: 3_600 } } },
    ],
    [
      'policy.minRemaining.onReturnSeconds',
      { ...GOOD, refreshTokenValiditySeconds: 3_600, policy: { minRemaining: { onReturnSeconds: -1 } } },
    ],
    ['rememberLastUser', { ...GOOD, rememberLastUser: 1 }],
    ['oauth.redirectSignIn', { ...GOOD, oauth: {} }],
    ['oauth.redirectSignIn', { ...GOOD, oauth: { redirectSignIn: 'https://app.example/' } }],
  ];
  test.each(BAD)('is refused with %s named: %j', (field, config) => {
    let caught: unknown;
    try {
      readConfig(config as SessionConfig);
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(AuthError);
    expect(caught).toMatchObject({ name: 'InvalidConfigurationException' });
    expect((caught as AuthError).message.split(' ')).toContain(field);
    expect((caught as AuthError).recoverySuggestion).toMatch(/^[A-Z].+\.$/);
  });

  test.each([
    ['userPoolId', { userPoolId: 'x' }, 'It looks like eu-central-1_Ab1.'],
    ['userPoolClientId', { userPoolClientId: ' ' }, 'It looks like 1a2b3c.'],
    ['identityPoolId', { identityPoolId: 'x' }, 'It looks like eu-central-1:1a2b-3c.'],
    ['endpoints.userPool', { endpoints: { userPool: 'x' } }, 'It looks like https://example.com.'],
  ])('is refused with an example of a good %s', (field, fields, recoverySuggestion) => {
    const message = `${field} is missing or wrong.`;
    expect(() => readConfig({ ...GOOD, ...fields })).toThrow(
      expect.objectContaining({ message, recoverySuggestion }),
    );
  });
});

describe('the key of a config', () => {
  const key = (config: SessionConfig): string => configKey(readConfig(config), config);

  test('is equal for equal configs, in whatever order they are written', () => {
    const endpoints = { userPool: 'https://a.example.com', identityPool: 'https://b.example.com' };
    const { userPool, identityPool } = endpoints;
    const { userPoolId = '', userPoolClientId = '', identityPoolId = '' } = GOOD;
    expect(key({ identityPoolId, userPoolClientId, userPoolId, endpoints: { identityPool, userPool } })).toBe(
      key({ ...GOOD, endpoints }),
    );
    expect(key({ ...GOOD, refreshMarginSeconds: 300 })).toBe(key(GOOD));
  });

  test('tells two configs of managed login apart by each of their fields', () => {
    const oauth = { domain: 'a.example', redirectSignIn: ['https://app.example/'], scopes: ['openid'] };
    const keys = [
      oauth,
      { ...oauth, domain: 'b.example' },
      { ...oauth, redirectSignIn: ['https://app.example/b'] },
      { ...oauth, redirectSignOut: ['https://app.example/'] },
      { ...oauth, scopes: ['email'] },
    ].map((each) => key({ ...GOOD, oauth: each }));
    expect(new Set(keys).size).toBe(keys.length);
  });

  test('compares functions by their presence', () => {
    expect(key({ ...GOOD, logger: () => undefined })).toBe(key({ ...GOOD, logger: () => 'another' }));
    expect(key({ ...GOOD, logger: () => undefined })).not.toBe(key(GOOD));
    for (const field of ['logins', 'clientMetadataProvider'] as const) {
      const give = () => Promise.resolve({ a: 'b' });
      expect(key({ ...GOOD, [field]: give })).toBe(key({ ...GOOD, [field]: () => Promise.resolve({}) }));
      expect(key({ ...GOOD, [field]: give })).not.toBe(key(GOOD));
    }
    expect(key({ ...GOOD, logins: () => Promise.resolve({}) })).not.toBe(
      key({ ...GOOD, clientMetadataProvider: () => Promise.resolve({}) }),
    );
    const worker = (): Worker => undefined as unknown as Worker;
    expect(key({ ...GOOD, worker })).not.toBe(key(GOOD));
    expect(key({ ...GOOD, worker })).toBe(key({ ...GOOD, worker: () => null as unknown as Worker }));
  });

  test.each<Partial<SessionConfig>>([
    { userPoolId: 'eu-central-1_Other' },
    { userPoolClientId: 'other' },
    { identityPoolId: 'eu-central-1:0000' },
    { allowGuestAccess: true },
    { refreshMarginSeconds: 60 },
    { persistence: 'memory' },
    { endpoints: { userPool: 'https://a.example.com' } },
    { workerUrl: '/session.worker.js' },
    { refreshTokenValiditySeconds: 86_400 },
    { policy: { warnBeforeEndSeconds: [60] } },
    { policy: { warnBeforeEndSeconds: [60, 30] } },
    { policy: { idle: { timeoutSeconds: 60 } } },
    { policy: { idle: { timeoutSeconds: 61 } } },
    { rememberLastUser: true },
    { exposeRefreshToken: true },
    { oauth: { redirectSignIn: ['https://app.example/'] } },
    { customRoleArn: 'arn:aws:iam::123456789012:role/editors' },
  ])('differs with %j', (fields) => {
    expect(key({ ...GOOD, ...fields })).not.toBe(key(GOOD));
  });
});
