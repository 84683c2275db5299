import { parseAmplifyConfig as parseAsAmplify } from 'aws-amplify/utils';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readConfig } from './config.js';
import { AuthError, type SessionConfig } from './index.js';
import { parseAmplifyConfig } from './parse-amplify-config.js';

const USER_POOL = 'eu-central-1_AbCdEf123';
const CLIENT = '1h57kf5cpq17m0eml12example';
const IDENTITY_POOL = 'eu-central-1:1a2b3c4d-0000-4000-8000-123456789abc';
const SIGN_IN = ['https://app.example.com/', 'http://localhost:3000/'];
const SIGN_OUT = ['https://app.example.com/bye', 'http://localhost:3000/bye'];
const SCOPES = ['openid', 'email', 'aws.cognito.signin.user.admin'];
const DOMAIN = 'shop.auth.eu-central-1.amazoncognito.com';

const oauth = {
  identity_providers: ['GOOGLE'],
  domain: DOMAIN,
  scopes: SCOPES,
  redirect_sign_in_uri: SIGN_IN,
  redirect_sign_out_uri: SIGN_OUT,
  response_type: 'code',
};
const outputs = {
  version: '1.4',
  auth: {
    aws_region: 'eu-central-1',
    user_pool_id: USER_POOL,
    user_pool_client_id: CLIENT,
    identity_pool_id: IDENTITY_POOL,
    unauthenticated_identities_enabled: true,
    username_attributes: ['email'],
    mfa_configuration: 'OPTIONAL',
    mfa_methods: ['TOTP'],
    password_policy: {
      min_length: 8,
      require_lowercase: true,
      require_numbers: true,
      require_symbols: true,
      require_uppercase: true,
    },
    oauth,
  },
  data: {
    url: 'https://example.com/graphql',
    aws_region: 'eu-central-1',
    default_authorization_type: 'AWS_IAM',
  },
  storage: { aws_region: 'eu-central-1', bucket_name: 'photos' },
};
const exported = {
  aws_project_region: 'eu-central-1',
  aws_cognito_region: 'eu-central-1',
  aws_user_pools_id: USER_POOL,
  aws_user_pools_web_client_id: CLIENT,
  aws_cognito_identity_pool_id: IDENTITY_POOL,
  aws_mandatory_sign_in: 'enable',
  aws_cognito_social_providers: ['GOOGLE'],
  oauth: {
    domain: DOMAIN,
    scope: SCOPES,
    redirectSignIn: SIGN_IN.join(','),
    redirectSignOut: SIGN_OUT.join(','),
    responseType: 'code',
  },
  federationTarget: 'COGNITO_USER_POOLS',
  aws_user_files_s3_bucket: 'photos',
};
const cognito = {
  userPoolId: USER_POOL,
  userPoolClientId: CLIENT,
  identityPoolId: IDENTITY_POOL,
  allowGuestAccess: true,
  userPoolEndpoint: 'https://proxy.example.com/idp',
  identityPoolEndpoint: 'https://proxy.example.com/identity',
  loginWith: {
    email: true,
    oauth: {
      domain: DOMAIN,
      scopes: SCOPES,
      redirectSignIn: SIGN_IN,
      redirectSignOut: SIGN_OUT,
      responseType: 'code',
    },
  },
};

const without = <T extends object, K extends keyof T>(object: T, ...keys: K[]): Omit<T, K> =>
  Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key as K))) as Omit<T, K>;

const FILES: [what: string, config: object][] = [
  ['amplify_outputs.json with everything', outputs],
  ['amplify_outputs.json without managed login', { ...outputs, auth: without(outputs.auth, 'oauth') }],
  [
    'amplify_outputs.json with a user pool alone',
    { version: '1', auth: without(outputs.auth, 'oauth', 'identity_pool_id') },
  ],
  ['aws-exports.js with everything', exported],
  ['aws-exports.js with guests', { ...without(exported, 'aws_mandatory_sign_in'), oauth: {} }],
  [
    'aws-exports.js with an identity pool alone',
    {
      aws_project_region: 'eu-central-1',
      aws_cognito_identity_pool_id: IDENTITY_POOL,
      aws_mandatory_sign_in: 'optional',
      oauth: {},
    },
  ],
  ['the object of Amplify.configure() with everything', { Auth: { Cognito: cognito } }],
  [
    'the object of Amplify.configure() with a user pool alone',
    { Auth: { Cognito: { userPoolId: USER_POOL, userPoolClientId: CLIENT } } },
  ],
  [
    'the object of Amplify.configure() with an identity pool alone',
    { Auth: { Cognito: { identityPoolId: IDENTITY_POOL } }, Storage: { S3: { bucket: 'photos' } } },
  ],
];

describe.each(FILES)('%s', (_what, config) => {
  test("says here what Amplify's own parser makes of it", () => {
    const amplify = parseAsAmplify(config).Auth?.Cognito;
    const parsed = parseAmplifyConfig(config);
    expect({
      userPoolId: parsed.userPoolId,
      userPoolClientId: parsed.userPoolClientId,
      identityPoolId: parsed.identityPoolId,
      userPoolEndpoint: parsed.endpoints?.userPool,
      identityPoolEndpoint: parsed.endpoints?.identityPool,
    }).toEqual({
      userPoolId: amplify?.userPoolId,
      userPoolClientId: amplify?.userPoolClientId,
      identityPoolId: amplify?.identityPoolId,
      userPoolEndpoint: amplify?.userPoolEndpoint,
      identityPoolEndpoint: amplify?.identityPoolEndpoint,
    });
    // Without an identity pool there are no guests to allow.
    const allowsGuests = amplify?.identityPoolId !== undefined && (amplify.allowGuestAccess ?? false);
    expect(parsed.allowGuestAccess ?? false).toBe(allowsGuests);
    const { domain, scopes, redirectSignIn, redirectSignOut } = amplify?.loginWith?.oauth ?? {};
    expect(parsed.oauth).toEqual(domain && { domain, scopes, redirectSignIn, redirectSignOut });
  });

  test('is a config that configure() takes', () => {
    expect(() => readConfig(parseAmplifyConfig(config))).not.toThrow();
  });
});

test('a frozen file of the command line, with its spaces and empty texts, is read', () => {
  const config = {
    ...exported,
    aws_cognito_identity_pool_id: '',
    oauth: { ...exported.oauth, redirectSignIn: SIGN_IN.join(', '), redirectSignOut: '', scope: [] },
  };
  expect(parseAmplifyConfig(Object.freeze(config))).toEqual<SessionConfig>({
    userPoolId: USER_POOL,
    userPoolClientId: CLIENT,
    oauth: { domain: DOMAIN, redirectSignIn: SIGN_IN },
  });
});

test('redirect URLs of apps that are no web pages are left out', () => {
  const config = { ...outputs.auth, oauth: { ...oauth, redirect_sign_in_uri: [...SIGN_IN, 'shop://back/'] } };
  expect(parseAmplifyConfig({ version: '1', auth: config }).oauth?.redirectSignIn).toEqual(SIGN_IN);
});

const auth = (fields: object): object => ({ version: '1', auth: { ...outputs.auth, ...fields } });
const resources = (fields: object): object => ({ Auth: { Cognito: { ...cognito, ...fields } } });

describe('what is none of these is refused, and the field is named', () => {
  test.each<[field: string, config: unknown]>([
    ['The config', undefined],
    ['The config', null],
    ['The config', 'amplify_outputs.json'],
    ['Auth', {}],
    ['Auth', { Storage: { S3: { bucket: 'photos' } } }],
    // Amplify v5's.
    [
      'Auth.Cognito',
      { Auth: { region: 'eu-central-1', userPoolId: USER_POOL, userPoolWebClientId: CLIENT } },
    ],
    ['version', { auth: outputs.auth }],
    ['version', { ...outputs, version: '2' }],
    ['version', { ...outputs, version: 1 }],
    ['auth', { version: '1', storage: outputs.storage }],
    ['auth.user_pool_id', auth({ user_pool_id: 'AbCdEf123' })],
    ['auth.user_pool_id', auth({ user_pool_id: undefined, identity_pool_id: undefined })],
    ['auth.user_pool_id', auth({ user_pool_id: undefined })],
    ['auth.user_pool_client_id', auth({ user_pool_client_id: '' })],
    ['auth.identity_pool_id', auth({ identity_pool_id: 7 })],
    ['auth.unauthenticated_identities_enabled', auth({ unauthenticated_identities_enabled: 'yes' })],
    ['auth.oauth', auth({ oauth: 'code' })],
    ['auth.oauth.response_type', auth({ oauth: { ...oauth, response_type: 'token' } })],
    ['auth.oauth.domain', auth({ oauth: { ...oauth, domain: undefined } })],
    ['auth.oauth.domain', auth({ oauth: { ...oauth, domain: `https://${DOMAIN}` } })],
    [
      'auth.oauth.redirect_sign_in_uri',
      auth({ oauth: { ...oauth, redirect_sign_in_uri: ['shop://back/'] } }),
    ],
    ['auth.oauth.redirect_sign_out_uri', auth({ oauth: { ...oauth, redirect_sign_out_uri: ['/bye'] } })],
    ['auth.oauth.scopes', auth({ oauth: { ...oauth, scopes: 'openid email' } })],
    ['aws_user_pools_id', { aws_project_region: 'eu-central-1' }],
    ['aws_user_pools_web_client_id', { ...exported, aws_user_pools_web_client_id: undefined }],
    ['oauth.redirectSignIn', { ...exported, oauth: { ...exported.oauth, redirectSignIn: '' } }],
    [
      'oauth.redirectSignIn',
      { ...exported, oauth: { ...exported.oauth, redirectSignIn: { 0: SIGN_IN[0] } } },
    ],
    ['Auth.Cognito.userPoolEndpoint', resources({ userPoolEndpoint: 'proxy.example.com' })],
    [
      'Auth.Cognito.loginWith.oauth.responseType',
      resources({ loginWith: { oauth: { responseType: 'token' } } }),
    ],
  ])('%s: %j', (field, config) => {
    expect.assertions(3);
    try {
      parseAmplifyConfig(config as object);
    } catch (error) {
      expect(error).toBeInstanceOf(AuthError);
      expect(error).toMatchObject({
        name: 'InvalidConfigurationException',
        message: `${field} is missing or wrong.`,
      });
      expect((error as AuthError).recoverySuggestion).toBeTruthy();
    }
  });
});

/** Files with anything in place of any of their fields, whatever it is. */
function damaged(value: unknown): fc.Arbitrary<unknown> {
  const junk = fc.anything({ withNullPrototype: true, withBigInt: true, withDate: true, withMap: true });
  if (typeof value !== 'object' || value === null) {
    return fc.oneof({ arbitrary: fc.constant(value), weight: 4 }, { arbitrary: junk, weight: 1 });
  }
  const parts = Object.entries(value).map(([key, part]) => [key, damaged(part)] as const);
  return fc.oneof(
    { arbitrary: fc.record(Object.fromEntries(parts), { requiredKeys: [] }), weight: 6 },
    { arbitrary: junk, weight: 1 },
  );
}

test('whatever it is given, it gives a config that configure() takes, or an AuthError', () => {
  const anything = fc.oneof(
    fc.anything({ withNullPrototype: true }),
    ...FILES.map(([, config]) => damaged(config)),
  );
  fc.assert(
    fc.property(anything, (config) => {
      let parsed: SessionConfig;
      try {
        parsed = parseAmplifyConfig(config as object);
      } catch (error) {
        expect(error).toBeInstanceOf(AuthError);
        return;
      }
      expect(() => readConfig(parsed)).not.toThrow();
    }),
    { numRuns: 2_000 },
  );
});
