/** Amplify's config files, read as a config of this package. */
import { AuthError } from './index.js';
import type { SessionConfig } from './types.js';

/** One of Amplify's formats, taken apart: where each field stands in it, and what it says. */
interface AmplifyFields {
  userPoolId: Field;
  userPoolClientId: Field;
  identityPoolId: Field;
  allowGuestAccess: boolean;
  userPoolEndpoint?: Field;
  identityPoolEndpoint?: Field;
  /** Undefined: no managed login. */
  oauth?: Record<'domain' | 'redirectSignIn' | 'redirectSignOut' | 'scopes' | 'responseType', Field>;
}

/** A value, and its name for whoever has to mend it. */
type Field = readonly [value: unknown, name: string];
type Fields = Readonly<Record<string, unknown>>;

const FORMATS =
  'Give it amplify_outputs.json, the object of aws-exports.js, or what Amplify.configure() of v6 takes.';

/**
 * The config for `configure()` from what an app gave to Amplify v6: `amplify_outputs.json` (Gen 2), the object of `aws-exports.js`
 * or `amplifyconfiguration.json` (Gen 1), or `{ Auth: { Cognito } }`. It takes the pools, guest access, custom endpoints and managed
 * login. The region is that of the pools' ids, as in Amplify. Redirect URLs that no browser goes to (`myapp://`) are left out.
 * @throws AuthError `InvalidConfigurationException` naming the field as it is called there.
 */
export function parseAmplifyConfig(amplifyConfig: object): SessionConfig {
  const { oauth, ...fields } = read(amplifyConfig);
  const userPoolId = text(fields.userPoolId, /^[\w-]+_[0-9a-zA-Z]+$/, 'eu-central-1_AbCdEf123');
  const userPoolClientId = text(fields.userPoolClientId, /^[\w+]{1,128}$/, '1h57kf5cpq17m0eml12');
  const identityPoolId = text(fields.identityPoolId, /^[\w-]+:[\da-f-]+$/i, 'eu-central-1:1a2b3c4d-…');
  if (userPoolId === undefined && identityPoolId === undefined) throw wrong(fields.userPoolId[1], FORMATS);
  if ((userPoolId === undefined) !== (userPoolClientId === undefined)) {
    const [, missing] = userPoolId === undefined ? fields.userPoolId : fields.userPoolClientId;
    throw wrong(missing, 'The ids of the user pool and of its app client go together.');
  }
  const endpoints = withoutUndefined({
    userPool: endpoint(fields.userPoolEndpoint),
    identityPool: endpoint(fields.identityPoolEndpoint),
  });
  return {
    ...withoutUndefined({ userPoolId, userPoolClientId, identityPoolId }),
    ...(identityPoolId !== undefined && { allowGuestAccess: fields.allowGuestAccess }),
    ...(Object.keys(endpoints).length > 0 && { endpoints }),
    ...(oauth && userPoolId !== undefined && { oauth: readOAuth(oauth) }),
  };
}

function read(config: unknown): AmplifyFields {
  const all = objectAt(config, 'The config');
  if (Object.keys(all).some((key) => key.startsWith('aws_'))) return readExports(all);
  if ('version' in all || 'auth' in all) return readOutputs(all);
  return readResources(all);
}

/** Gen 2 (`amplify_outputs.json`). */
function readOutputs({ version, auth }: Fields): AmplifyFields {
  if (typeof version !== 'string' || !version.startsWith('1')) throw wrong('version', FORMATS);
  const fields = objectAt(auth, 'auth');
  const field = (name: string): Field => [fields[name], `auth.${name}`];
  const oauth = optionalObjectAt(fields['oauth'], 'auth.oauth');
  return {
    userPoolId: field('user_pool_id'),
    userPoolClientId: field('user_pool_client_id'),
    identityPoolId: field('identity_pool_id'),
    allowGuestAccess: flag(field('unauthenticated_identities_enabled')),
    ...(oauth && {
      oauth: {
        domain: [oauth['domain'], 'auth.oauth.domain'],
        redirectSignIn: [oauth['redirect_sign_in_uri'], 'auth.oauth.redirect_sign_in_uri'],
        redirectSignOut: [oauth['redirect_sign_out_uri'], 'auth.oauth.redirect_sign_out_uri'],
        scopes: [oauth['scopes'], 'auth.oauth.scopes'],
        responseType: [oauth['response_type'], 'auth.oauth.response_type'],
      },
    }),
  };
}

/** Gen 1 (`aws-exports.js`): guests are allowed unless sign-in is mandatory, and lists of URLs are one text. */
function readExports(fields: Fields): AmplifyFields {
  const oauth = optionalObjectAt(fields['oauth'], 'oauth');
  return {
    userPoolId: [fields['aws_user_pools_id'], 'aws_user_pools_id'],
    userPoolClientId: [fields['aws_user_pools_web_client_id'], 'aws_user_pools_web_client_id'],
    identityPoolId: [fields['aws_cognito_identity_pool_id'], 'aws_cognito_identity_pool_id'],
    allowGuestAccess: fields['aws_mandatory_sign_in'] !== 'enable',
    ...(oauth &&
      Object.keys(oauth).length > 0 && {
        oauth: {
          domain: [oauth['domain'], 'oauth.domain'],
          redirectSignIn: [split(oauth['redirectSignIn']), 'oauth.redirectSignIn'],
          redirectSignOut: [split(oauth['redirectSignOut']), 'oauth.redirectSignOut'],
          scopes: [oauth['scope'], 'oauth.scope'],
          responseType: [oauth['responseType'], 'oauth.responseType'],
        },
      }),
  };
}

/** What `Amplify.configure()` of v6 takes. */
function readResources({ Auth: auth }: Fields): AmplifyFields {
  const fields = objectAt(objectAt(auth, 'Auth')['Cognito'], 'Auth.Cognito');
  const field = (name: string): Field => [fields[name], `Auth.Cognito.${name}`];
  const loginWith = optionalObjectAt(fields['loginWith'], 'Auth.Cognito.loginWith');
  const oauth = optionalObjectAt(loginWith?.['oauth'], 'Auth.Cognito.loginWith.oauth');
  const ofOAuth = (name: string): Field => [oauth?.[name], `Auth.Cognito.loginWith.oauth.${name}`];
  return {
    userPoolId: field('userPoolId'),
    userPoolClientId: field('userPoolClientId'),
    identityPoolId: field('identityPoolId'),
    allowGuestAccess: flag(field('allowGuestAccess')),
    userPoolEndpoint: field('userPoolEndpoint'),
    identityPoolEndpoint: field('identityPoolEndpoint'),
    ...(oauth && {
      oauth: {
        domain: ofOAuth('domain'),
        redirectSignIn: ofOAuth('redirectSignIn'),
        redirectSignOut: ofOAuth('redirectSignOut'),
        scopes: ofOAuth('scopes'),
        responseType: ofOAuth('responseType'),
      },
    }),
  };
}

function readOAuth(oauth: NonNullable<AmplifyFields['oauth']>): NonNullable<SessionConfig['oauth']> {
  const [responseType, name] = oauth.responseType;
  if (!isAbsent(responseType) && responseType !== 'code') {
    throw wrong(name, 'Allow the authorization code grant for the app client, and put code here.');
  }
  const domain = text(oauth.domain, /^[\w-]+(\.[\w-]+)+$/, 'auth.example.com, without https://');
  if (domain === undefined) throw wrong(oauth.domain[1], "It is the host of the user pool's domain.");
  const redirectSignIn = urls(oauth.redirectSignIn);
  if (redirectSignIn.length === 0) throw wrong(oauth.redirectSignIn[1], 'Give a URL of the web app.');
  const redirectSignOut = urls(oauth.redirectSignOut);
  const scopes = texts(oauth.scopes);
  return {
    domain,
    redirectSignIn,
    ...(redirectSignOut.length > 0 && { redirectSignOut }),
    ...(scopes.length > 0 && { scopes }),
  };
}

/** Those of apps that are no web pages are of no use here; what is no URL at all is a mistake. */
function urls(field: Field): string[] {
  const all = texts(field).filter((url) => url !== '');
  if (!all.every((url) => URL.canParse(url))) throw wrong(field[1], 'It holds URLs.');
  return all.filter((url) => /^https?:/i.test(url));
}

function split(value: unknown): unknown {
  return typeof value === 'string' ? value.split(',').map((url) => url.trim()) : value;
}

function texts([value, name]: Field): string[] {
  if (isAbsent(value)) return [];
  const isList = Array.isArray(value) && value.every((item): item is string => typeof item === 'string');
  if (!isList) throw wrong(name, 'It is a list of texts.');
  return value;
}

function text([value, name]: Field, pattern: RegExp, example: string): string | undefined {
  if (isAbsent(value)) return undefined;
  if (typeof value === 'string' && pattern.test(value)) return value;
  throw wrong(name, `It looks like ${example}.`);
}

function endpoint(field: Field | undefined): string | undefined {
  return field && text(field, /^https?:\/\/[^/]/, 'https://example.com');
}

function flag([value, name]: Field): boolean {
  if (isAbsent(value)) return false;
  if (typeof value === 'boolean') return value;
  throw wrong(name, 'It is true or false.');
}

function objectAt(value: unknown, name: string): Fields {
  if (typeof value === 'object' && value !== null) return value as Fields;
  throw wrong(name, FORMATS);
}

function optionalObjectAt(value: unknown, name: string): Fields | undefined {
  return isAbsent(value) ? undefined : objectAt(value, name);
}

/** The files of the command line tools have empty texts for what an app has not got. */
function isAbsent(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}

function withoutUndefined<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

function wrong(name: string, recoverySuggestion: string): AuthError {
  return new AuthError({
    name: 'InvalidConfigurationException',
    message: `${name} is missing or wrong.`,
    recoverySuggestion,
  });
}
