/** Promise: the session's credentials open AWS in every tab, are had once for all of them, and an AWS SDK client renews them by itself. */
import type { AWSCredentials } from '../worker/contract.js';
import type { Listed } from './aws/page.js';
import { testOfApp } from './app-fixtures.js';
import type { Bucket } from './bucket.js';
import { ada, expect, grace } from './fixtures.js';
import type { Tab } from './tab.js';

const CREDENTIALS = 'GetCredentialsForIdentity';

const test = testOfApp(new URL('aws/page.ts', import.meta.url));

/** Makes an SDK client, which the tab lists with from now on. */
const open = (tab: Tab, { address }: Bucket): Promise<void> =>
  tab.run((bucket) => window.aws.open(bucket), address);

const list = (tab: Tab): Promise<Listed> => tab.run(() => window.aws.list(), undefined);

const listAll = (tabs: Tab[]): Promise<Listed[]> => Promise.all(tabs.map(list));

const CREDENTIALS_SECONDS = 6;

test('three tabs list a bucket while their credentials end, without a refusal, and get new ones once for all', async ({
  openApps,
  bucket,
  cognito,
}) => {
  const tabs = await openApps(3);
  for (const tab of tabs) await open(tab, bucket);
  cognito.change({ credentialsSeconds: CREDENTIALS_SECONDS });
  await tabs[0].signIn(ada);

  const before = await listAll(tabs);
  const [first] = bucket.admitted;
  expect(before).toEqual(tabs.map(() => ({ keys: bucket.keys, accessKeyId: first?.accessKeyId })));
  expect(cognito.counts()).toMatchObject({ GetId: 1, [CREDENTIALS]: 1 });

  cognito.change({ credentialsSeconds: 3_600 });
  while (Date.now() <= (first?.expiresAtMs ?? 0)) await listAll(tabs);
  const after = await listAll(tabs);

  const second = bucket.admitted[1];
  expect(after).toEqual(tabs.map(() => ({ keys: bucket.keys, accessKeyId: second?.accessKeyId })));
  expect(new Set(bucket.requests.map(({ status }) => status))).toEqual(new Set([200]));
  expect(cognito.counts()).toMatchObject({ GetId: 1, [CREDENTIALS]: 2 });
  expect(bucket.admitted).toHaveLength(2);
});

test('the bucket takes no other secret, no other session token, no other key, and nothing that has ended', async ({
  openApps,
  bucket,
}) => {
  const [tab] = await openApps(1);
  await tab.signIn(ada);
  const { address } = bucket;
  const listWith = (other: Partial<AWSCredentials>): Promise<Listed> =>
    tab.run(({ where, credentials }) => window.aws.listWith(where, credentials), {
      where: address,
      credentials: other,
    });
  const refusedBy = 'bucket';

  expect(await listWith({})).toMatchObject({ keys: bucket.keys });
  expect(await listWith({ secretAccessKey: 'another' })).toEqual({
    refusedBy,
    name: 'SignatureDoesNotMatch',
    status: 403,
  });
  expect(await listWith({ sessionToken: 'another' })).toMatchObject({ refusedBy, name: 'InvalidToken' });
  expect(await listWith({ accessKeyId: 'ANOTHER' })).toMatchObject({ refusedBy, name: 'InvalidAccessKeyId' });

  const ended = { accessKeyId: 'ENDED', secretAccessKey: 'of yesterday', sessionToken: 'of yesterday' };
  bucket.admit({ ...ended, expiresAtMs: 0 });
  expect(await listWith(ended)).toMatchObject({ refusedBy, name: 'ExpiredToken' });
});

test('signed out, the SDK is told by an AuthError, and neither Cognito nor the bucket is asked', async ({
  openApps,
  bucket,
  cognito,
}) => {
  const [tab] = await openApps(1);
  await open(tab, bucket);
  expect(await list(tab)).toMatchObject({ refusedBy: 'session', name: 'CredentialsException' });
  const error = await tab.run(
    () =>
      window.csw
        .credentialsProvider()()
        .catch((reason: unknown) => window.plainError(reason)),
    undefined,
  );
  expect(error).toEqual({
    name: 'CredentialsException',
    message: 'There are no AWS credentials.',
    recoverySuggestion: 'Configure an identity pool, and sign in or allow guests.',
    isAuthError: true,
  });
  expect(cognito.requests).toEqual([]);
  expect(bucket.requests).toEqual([]);
});

test('an SDK client from before a sign-out signs for nobody after it, and then for the next user', async ({
  openApps,
  bucket,
}) => {
  const [tab, other = tab] = await openApps(2);
  for (const each of [tab, other]) await open(each, bucket);
  await tab.signIn(ada);
  const adas = await list(tab);
  expect(adas).toMatchObject({ keys: bucket.keys });
  expect(await list(other)).toEqual(adas);

  await tab.signOut();
  for (const each of [tab, other]) {
    expect(await list(each)).toMatchObject({ refusedBy: 'session', name: 'CredentialsException' });
  }

  await tab.signIn(grace);
  const graces = await list(tab);
  expect(graces).toMatchObject({ keys: bucket.keys });
  expect(graces).not.toEqual(adas);
  expect(await list(other)).toEqual(graces);
});
