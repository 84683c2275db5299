import { GetIdCommand } from '@aws-sdk/client-cognito-identity';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { startLocalCognito, type Fault, type LocalCognito, type RequestEntry } from './server.js';
import { clientsOf } from './test-clients.js';

// A busy machine needs longer for keys and big numbers than the default of 5 s.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

let server: LocalCognito;
let clients: ReturnType<typeof clientsOf>;
const finished: RequestEntry[] = [];

beforeAll(async () => {
  server = await startLocalCognito({ onRequest: (entry) => finished.push(entry) });
  clients = clientsOf(server);
});
afterEach(() => {
  server.reset();
  finished.length = 0;
});
afterAll(() => server.close());

const getId = () =>
  clients.identities.send(new GetIdCommand({ IdentityPoolId: server.config.identityPoolId }));

function post(target: string, body: string): Promise<Response> {
  return fetch(server.url, {
    method: 'POST',
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target },
    body,
  });
}

describe('the wire', () => {
  it('answers errors as JSON 1.1 does, readable for a page of another origin', async () => {
    const response = await post('AWSCognitoIdentityProviderService.GetUser', '{"AccessToken":"x"}');
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({
      __type: 'NotAuthorizedException',
      message: 'Invalid Access Token',
    });
    expect(response.headers.get('content-type')).toBe('application/x-amz-json-1.1');
    expect(response.headers.get('x-amzn-errortype')).toBe('NotAuthorizedException:');
    expect(response.headers.get('x-amzn-requestid')).toMatch(/^[0-9a-f-]{36}$/);
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(response.headers.get('access-control-expose-headers')).toBe(
      'x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date',
    );
  });

  it('lets a page of another origin send what the SDK and Amplify send', async () => {
    const names =
      'amz-sdk-invocation-id,amz-sdk-request,cache-control,content-type,x-amz-target,x-amz-user-agent';
    const response = await fetch(server.url, {
      method: 'OPTIONS',
      headers: { 'access-control-request-method': 'POST', 'access-control-request-headers': names },
    });
    expect(response.ok).toBe(true);
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(response.headers.get('access-control-allow-headers')).toBe(names);
    expect(server.requests).toEqual([]);
  });

  it.each([
    [
      'an operation that is not there',
      'AWSCognitoIdentityProviderService.Nope',
      '{}',
      'UnknownOperationException',
    ],
    [
      'an operation of the other service',
      'AWSCognitoIdentityService.GetUser',
      '{}',
      'UnknownOperationException',
    ],
    ['a body that is not JSON', 'AWSCognitoIdentityProviderService.GetUser', '<', 'SerializationException'],
    [
      'a number for a string',
      'AWSCognitoIdentityProviderService.GetUser',
      '{"AccessToken":1}',
      'SerializationException',
    ],
    ['a missing member', 'AWSCognitoIdentityProviderService.GetUser', '{}', 'InvalidParameterException'],
  ])('refuses %s', async (_, target, body, type) => {
    const response = await post(target, body);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ __type: type });
  });

  it('refuses a body that is too large', async () => {
    const response = await post('AWSCognitoIdentityProviderService.GetUser', 'x'.repeat(1_000_001));
    expect(response.status).toBe(413);
  });

  it('serves one request on a connection, since browsers repeat requests whose kept-alive connection broke', async () => {
    const { headers } = await post('AWSCognitoIdentityService.GetId', '{}');
    expect(headers.get('connection')).toBe('close');
  });

  it("tells the server's time in the Date header", async () => {
    server.change({ clockOffsetSeconds: 86_400 });
    const { headers } = await post('AWSCognitoIdentityService.GetId', '{}');
    expect(Date.parse(headers.get('date') ?? '') - Date.now()).toBeGreaterThan(86_390_000);
  });
});

describe('the log', () => {
  it('counts what arrived and what was carried out', async () => {
    await getId();
    await expect(clients.refresh('no such token')).rejects.toMatchObject({ name: 'NotAuthorizedException' });
    expect(server.counts()).toEqual({ GetId: 1, GetTokensFromRefreshToken: 1 });
    expect(server.accepted()).toEqual({ GetId: 1 });
    expect(server.requests).toMatchObject([
      { operation: 'GetId', status: 200 },
      {
        operation: 'GetTokensFromRefreshToken',
        status: 400,
        errorType: 'NotAuthorizedException',
      },
    ]);
    expect(finished).toEqual(server.requests);
    server.clearLog();
    expect(server.counts()).toEqual({});
  });

  it('names tokens without giving them away, nor passwords', async () => {
    const { AccessToken, IdToken, RefreshToken } = await clients.signIn();
    await clients.refresh(RefreshToken);
    await clients.refresh(RefreshToken);
    const summaries = server.requests.map(({ summary }) => summary);
    expect(summaries[1]).toMatch(/^token [0-9a-f]{8}$/);
    expect(summaries[2]).toBe(summaries[1]);
    const state = await (await fetch(`${server.url}/_local/state`)).text();
    for (const secret of [AccessToken, IdToken, RefreshToken, 'Analytical-Engine-1843']) {
      expect(state).not.toContain(secret.slice(-20));
    }
  });

  it('lets a test wait for requests to arrive', async () => {
    const twice = server.waitForRequest('GetId', 2);
    await getId();
    await getId();
    await twice;
    expect(server.counts()).toEqual({ GetId: 2 });
  });
});

describe('a fault', () => {
  const refreshTwice = async (fault: Fault): Promise<[token: string, outcome: unknown]> => {
    server.change({ rotation: { enabled: true, graceSeconds: 0 } });
    const { RefreshToken } = await clients.signIn();
    server.addFault(fault);
    const outcome = await clients.refresh(RefreshToken).then(
      () => 'answered',
      (error: unknown) => error,
    );
    return [RefreshToken, outcome];
  };

  it('that drops the request leaves everything as it was', async () => {
    const [token, outcome] = await refreshTwice({ kind: 'drop', operation: 'GetTokensFromRefreshToken' });
    expect(outcome).toBeInstanceOf(Error);
    await expect(clients.refresh(token)).resolves.toHaveProperty('RefreshToken');
    expect(server.requests.at(-2)).toMatchObject({ status: 0, fault: 'drop' });
  });

  it('that loses the answer has done the work', async () => {
    const [token, outcome] = await refreshTwice({ kind: 'lose-answer' });
    expect(outcome).toBeInstanceOf(Error);
    await expect(clients.refresh(token)).rejects.toMatchObject({ name: 'RefreshTokenReuseException' });
    expect(server.counts()).toMatchObject({ GetTokensFromRefreshToken: 2 });
    expect(server.accepted()).not.toHaveProperty('GetTokensFromRefreshToken');
  });

  it('that is an error has its status and type, and nothing is done', async () => {
    const [token, outcome] = await refreshTwice({
      kind: 'error',
      status: 400,
      type: 'TooManyRequestsException',
      message: 'Rate exceeded',
    });
    expect(outcome).toMatchObject({ name: 'TooManyRequestsException', message: 'Rate exceeded' });
    await expect(clients.refresh(token)).resolves.toHaveProperty('RefreshToken');
  });

  it('that tells when to try again exposes it to pages', async () => {
    server.addFault({ kind: 'error', status: 503, type: 'ServiceUnavailable', retryAfterSeconds: 2 });
    const { status, headers } = await post('AWSCognitoIdentityService.GetId', '{}');
    expect(status).toBe(503);
    expect(headers.get('retry-after')).toBe('2');
    expect(headers.get('access-control-expose-headers')).toContain('Retry-After');
  });

  it('that is garbage answers 200 with HTML and is not counted as carried out', async () => {
    server.addFault({ kind: 'garbage', operation: 'GetId' });
    const response = await post('AWSCognitoIdentityService.GetId', '{}');
    expect(response.status).toBe(200);
    expect(await response.text()).toContain('<!doctype html>');
    expect(server.accepted()).toEqual({});
  });

  it('that is a delay holds the answer back', async () => {
    server.addFault({ kind: 'delay', delayMs: 50 });
    await getId();
    expect(server.requests[0]?.tookMs).toBeGreaterThanOrEqual(49);
  });

  it('happens to its operation only, as often as it says', async () => {
    server.addFault({
      kind: 'error',
      status: 500,
      type: 'InternalErrorException',
      operation: 'GetId',
      times: 2,
    });
    await clients.signIn();
    await expect(getId()).rejects.toMatchObject({ name: 'InternalErrorException' });
    await expect(getId()).rejects.toMatchObject({ name: 'InternalErrorException' });
    await expect(getId()).resolves.toBeDefined();
  });

  it('that could never happen is refused', () => {
    expect(() => server.addFault({ kind: 'drop', operation: 'GetIds' })).toThrow(RangeError);
    expect(() => server.addFault({ kind: 'error', status: 200, type: 'X' })).toThrow('status');
    expect(() => server.hold('GetIds')).toThrow(RangeError);
  });
});

describe('a hold', () => {
  it('keeps answers back until it is released, with the work done', async () => {
    const hold = server.hold('GetId');
    const answers = [getId(), getId()];
    await hold.waitForArrived(2);
    expect(hold.arrived).toBe(2);
    expect(server.identities()).toHaveLength(2);
    expect(server.accepted()).toEqual({});
    hold.release();
    await Promise.all(answers);
    await getId();
    expect(hold.arrived).toBe(2);
  });

  it('does not keep a server from closing, and its waiters learn of it', async () => {
    const other = await startLocalCognito();
    const hold = other.hold('GetId');
    const answer = clientsOf(other).identities.send(
      new GetIdCommand({ IdentityPoolId: other.config.identityPoolId }),
    );
    await hold.waitForArrived(1);
    const second = hold.waitForArrived(2);
    const third = other.waitForRequest('GetUser');
    const outcomes = Promise.allSettled([answer, second, third]);
    await other.close();
    expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  });
});

describe('the control API', () => {
  const ask = async (method: string, path: string, body?: unknown) => {
    const response = await fetch(`${server.url}/_local/${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };

  it('changes settings and faults, and tells how things stand', async () => {
    await ask('POST', 'settings', { accessTokenSeconds: 30, rotation: { enabled: true } });
    await ask('POST', 'faults', { kind: 'drop', operation: 'GetUser', times: 3 });
    await getId();
    const { body } = await ask('GET', 'state');
    expect(body).toMatchObject({
      settings: {
        accessTokenSeconds: 30,
        idTokenSeconds: 3600,
        rotation: { enabled: true, graceSeconds: 0 },
      },
      counts: { GetId: 1 },
      accepted: { GetId: 1 },
      faults: [{ kind: 'drop', operation: 'GetUser', times: 3 }],
      requests: [{ operation: 'GetId', status: 200 }],
    });
    expect((await ask('DELETE', 'faults')).body.faults).toEqual([]);
    expect((await ask('POST', 'clear-log')).body.requests).toEqual([]);
    expect((await ask('POST', 'reset')).body).toMatchObject({ settings: { accessTokenSeconds: 3600 } });
  });

  it.each([
    ['settings', { accessTokenSeconds: 0 }, 'accessTokenSeconds must be a whole number from 1 to 315360000'],
    ['settings', { rotation: { graceSeconds: 61 } }, 'graceSeconds must be a whole number from 0 to 60'],
    ['settings', { guestsAllowed: 'no' }, 'guestsAllowed must be true or false'],
    ['settings', { accesTokenSeconds: 5 }, 'accesTokenSeconds is no setting'],
    ['faults', { kind: 'explode' }, 'kind must be one of delay, drop, lose-answer, error, garbage'],
    ['faults', { kind: 'delay' }, 'delayMs must be a whole number from 0 to 600000'],
    ['faults', { kind: 'drop', operation: 'GetIds' }, 'GetIds is no operation here'],
  ])('refuses %s %j and changes nothing', async (path, body, message) => {
    const before = (await ask('GET', 'state')).body;
    expect(await ask('POST', path, body)).toEqual({ status: 400, body: { message } });
    expect((await ask('GET', 'state')).body).toEqual(before);
  });

  it('is not somewhere else', async () => {
    expect((await ask('POST', 'nothing')).status).toBe(404);
  });
});

it('is at the start again after a reset', async () => {
  const { RefreshToken } = await clients.signIn();
  await getId();
  server.change({ latencyMs: 5 });
  server.deleteUser('ada');
  server.reset();
  await expect(clients.refresh(RefreshToken)).rejects.toMatchObject({ message: 'Invalid Refresh Token.' });
  expect(server.identities()).toEqual([]);
  await expect(clients.signIn()).resolves.toBeDefined();
});
