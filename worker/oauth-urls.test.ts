import { describe, expect, test } from 'vitest';
import { isOAuthConfig, ownRedirect, tidySearch } from './oauth-urls.js';

const SIGN_IN = ['https://app.example/'];

describe('the config of managed login', () => {
  test.each<[string, unknown]>([
    ['none', undefined],
    ['one URL', { redirectSignIn: SIGN_IN }],
    ['http on this machine', { redirectSignIn: ['http://localhost:5173/', 'http://127.0.0.1/app'] }],
    [
      'all fields',
      {
        domain: 'auth.app.example',
        redirectSignIn: SIGN_IN,
        redirectSignOut: SIGN_IN,
        scopes: ['openid', 'https://api.example/read'],
      },
    ],
  ])('is taken with %s', (_what, value) => {
    expect(isOAuthConfig(value)).toBe(true);
  });

  test.each<[string, unknown]>([
    ['null', null],
    ['a text', 'auth.app.example'],
    ['no URL', { redirectSignIn: [] }],
    ['a text for a list', { redirectSignIn: 'https://app.example/' }],
    ['http elsewhere', { redirectSignIn: ['http://app.example/'] }],
    ['http on a host that begins like this machine', { redirectSignIn: ['http://localhost.app.example/'] }],
    ['a script', { redirectSignIn: ['javascript:alert(1)'] }],
    ['a path', { redirectSignIn: ['/app'] }],
    ['a fragment', { redirectSignIn: ['https://app.example/#here'] }],
    ['a user in the URL', { redirectSignIn: ['https://ada@app.example/'] }],
    ['a wrong sign-out URL', { redirectSignIn: SIGN_IN, redirectSignOut: ['data:text/html,'] }],
    ['more URLs than Cognito takes', { redirectSignIn: Array.from({ length: 101 }, () => SIGN_IN[0]) }],
    ['an endless URL', { redirectSignIn: [`https://app.example/${'a'.repeat(2_048)}`] }],
    ['a domain with a path', { domain: 'auth.app.example/evil', redirectSignIn: SIGN_IN }],
    ['a domain with a user', { domain: 'auth.app.example@evil.example', redirectSignIn: SIGN_IN }],
    ['a domain with a scheme', { domain: 'https://auth.app.example', redirectSignIn: SIGN_IN }],
    ['two scopes in one', { redirectSignIn: SIGN_IN, scopes: ['openid email'] }],
  ])('is refused with %s', (_what, value) => {
    expect(isOAuthConfig(value)).toBe(false);
  });
});

describe('the URL to come back to', () => {
  const configured = ['https://other.example/', 'https://app.example/first', 'https://app.example/second'];

  test.each([
    ["the page's own", 'https://app.example/second?tab=1#here', 'https://app.example/second'],
    ["else the first of the page's origin", 'https://app.example/third', 'https://app.example/first'],
    ['never one of another origin', 'https://app.example.evil.example/first', undefined],
    ['nor of another port', 'https://app.example:8443/first', undefined],
  ])('is %s', (_what, pageUrl, expected) => {
    expect(ownRedirect(configured, pageUrl)).toBe(expected);
  });
});

test('of the query, only what Cognito put into it goes', () => {
  expect(tidySearch('https://app.example/?code=c&tab=1&state=s&error=e&error_description=d#here')).toEqual([
    '?code=c&tab=1&state=s&error=e&error_description=d',
    '?tab=1',
  ]);
});
