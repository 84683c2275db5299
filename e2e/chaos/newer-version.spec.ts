/** Promise: a newer version of the package may share the store and the channel; what it adds is kept, and disturbs nobody. */
import type { LocalCognito } from '../../demo/local-cognito/server.js';
import { scopeName } from '../../worker/contract.js';
import type { SessionRecord } from '../../worker/deps.js';
import { expect, test } from './fixtures.js';
import type { ChaosTab } from './fixtures.js';
import { expectKept } from './kept.js';
import { overwriteRecord, storedRecord } from './stored.js';

/** A record as a version to come may write it. */
function ofVersionTwo(record: SessionRecord): object {
  return {
    ...record,
    v: 2,
    device: { key: 'of-this-device', rememberedAtMs: 1 },
    session: { ...record.session, boundTo: ['a key', 2] },
  };
}

/** What that version added, as it stands now. */
async function additions(tab: ChaosTab): Promise<unknown> {
  const record = (await storedRecord(tab)) as Record<string, unknown> | undefined;
  const session = record?.['session'] as Record<string, unknown> | undefined;
  return { v: record?.['v'], device: record?.['device'], boundTo: session?.['boundTo'] };
}

async function say(tab: ChaosTab, message: object): Promise<void> {
  await tab.run(({ name, data }) => new BroadcastChannel(name).postMessage(data), {
    name: scopeName(tab.config),
    data: message,
  });
}

/** What a worker of that version does when it refreshes. */
async function refreshAsVersionTwo(tab: ChaosTab, cognito: LocalCognito): Promise<string> {
  const record = await storedRecord(tab);
  if (!record?.session) throw new Error('Nobody is signed in.');
  const answer = await fetch(cognito.config.endpoints.userPool, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'AWSCognitoIdentityProviderService.GetTokensFromRefreshToken',
    },
    body: JSON.stringify({
      ClientId: cognito.config.userPoolClientId,
      RefreshToken: record.session.refreshToken,
    }),
  });
  const { AuthenticationResult: tokens } = (await answer.json()) as {
    AuthenticationResult: { AccessToken: string; IdToken: string; RefreshToken: string };
  };
  const revision = record.revision + 1;
  await overwriteRecord(tab, {
    ...ofVersionTwo(record),
    revision,
    sequence: record.sequence + 1,
    session: {
      ...record.session,
      accessToken: tokens.AccessToken,
      idToken: tokens.IdToken,
      refreshToken: tokens.RefreshToken,
      receivedAtMs: Date.now(),
      boundTo: ['a key', 3],
    },
  });
  const event = { type: 'tokenRefresh', trigger: 'push' };
  await say(tab, {
    type: 'news',
    protocolVersion: 2,
    instanceId: 'of version 2',
    revision,
    event,
    via: 'push',
  });
  return tokens.AccessToken;
}

test('a record of a newer version is read, and what it does not know stays through a refresh and a sign-out', async ({
  openSignedIn,
  cognito,
  killWorkers,
}) => {
  const { tabs, accessToken } = await openSignedIn();
  const record = await storedRecord(tabs[0]);
  await killWorkers();
  await overwriteRecord(tabs[0], ofVersionTwo(record as SessionRecord));
  cognito.clearLog();

  for (const tab of tabs) await tab.reload();

  for (const tab of tabs) expect((await tab.fetch()).accessToken).toBe(accessToken);
  expect(cognito.counts()).toEqual({});
  await expectKept(tabs, cognito);
  const device = { key: 'of-this-device', rememberedAtMs: 1 };
  expect(await additions(tabs[0])).toEqual({ v: 2, device, boundTo: ['a key', 2] });

  await tabs[0].signOut();

  expect(await additions(tabs[0])).toEqual({ v: 2, device, boundTo: undefined });
  for (const tab of tabs) await tab.toldOf('tokenRefresh', 'signedOut:user');
});

test('a newer version refreshes: all tabs have its tokens, and the next refresh goes on from them', async ({
  openSignedIn,
  cognito,
}) => {
  const { tabs, accessToken: old } = await openSignedIn();

  const accessToken = await refreshAsVersionTwo(tabs[0], cognito);

  for (const tab of tabs) {
    await tab.toldOf('signedIn', 'tokenRefresh');
    expect((await tab.fetch()).accessToken).toBe(accessToken);
  }
  expect(accessToken).not.toBe(old);
  await expectKept(tabs, cognito);
  expect(await additions(tabs[0])).toMatchObject({ v: 2, boundTo: ['a key', 3] });
});

test('messages of kinds to come, on the common channel, change nothing', async ({
  openSignedIn,
  cognito,
}) => {
  const { tabs, accessToken } = await openSignedIn();
  const record = (await storedRecord(tabs[0])) as SessionRecord;
  const instanceId = 'of version 2';
  cognito.clearLog();
  // News of a change that tells nothing to this version: the record says so too.
  const revision = record.revision + 1;
  await overwriteRecord(tabs[0], { ...ofVersionTwo(record), revision });
  const event = { type: 'deviceRemembered', key: 'of-this-device' };
  await say(tabs[0], { type: 'news', protocolVersion: 2, instanceId, revision, event });
  for (const message of [
    { type: 'presence', protocolVersion: 2, instanceId },
    { type: 'roll-call', protocolVersion: 2, instanceId, wants: ['scopes'] },
    { type: 'news', protocolVersion: 2, instanceId, revision: String(revision), event },
    { type: 'news', protocolVersion: 2, instanceId, revision: revision + 1, event: { kind: 'nested' } },
    { type: 'news', protocolVersion: 2, instanceId, revision: revision + 1, event },
    { protocolVersion: 2 },
  ]) {
    await say(tabs[0], message);
  }

  // Each tab has followed.
  for (const tab of tabs) await expect.poll(async () => (await tab.inspect()).revision).toBe(revision);
  for (const tab of tabs) expect((await tab.fetch()).accessToken).toBe(accessToken);
  expect(cognito.counts()).toEqual({});
  for (const tab of tabs) await tab.toldOf('signedIn');
  await expectKept(tabs, cognito);
  for (const tab of tabs) await tab.toldOf('signedIn', 'tokenRefresh');
});
