/** An S3 bucket on 127.0.0.1. s3rver checks the signatures (SigV4); what it does not know of temporary credentials is added here. */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { IssuedCredentials } from '../demo/local-cognito/server.js';

/** What is used of s3rver, which comes without types. */
interface S3rver {
  proxy: boolean;
  configureBuckets(): Promise<unknown>;
  callback(): RequestListener;
}
interface Account {
  createKeyPair(accessKeyId: string, secretAccessKey: string): void;
}
const require = createRequire(import.meta.url);
const S3rver = require('@20minutes/s3rver') as new (options: object) => S3rver;
const { DUMMY_ACCOUNT: ACCOUNT } = require('@20minutes/s3rver/lib/models/account') as {
  DUMMY_ACCOUNT: Account;
};

const NAME = 'notes-of-ada';
/** The key pair that s3rver has from the start; it only fills the bucket. */
const OWNER = { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' };
const REGION = 'eu-central-1';
const CORS = `<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod><AllowedHeader>*</AllowedHeader></CORSRule></CORSConfiguration>`;

/** How an SDK client finds the bucket. */
export interface BucketAddress {
  endpoint: string;
  region: string;
  name: string;
}

export interface Bucket {
  readonly address: BucketAddress;
  /** What is in it, in order. */
  readonly keys: readonly string[];
  /** From now on, these open it until they end; of the same key again, these alone. */
  admit(credentials: IssuedCredentials): void;
  /** All that were admitted, in order. */
  readonly admitted: readonly IssuedCredentials[];
  /** Every signed request, in the order of the answers. */
  readonly requests: readonly { accessKeyId: string; status: number }[];
  close(): Promise<void>;
}

/** Starts a bucket with two objects. */
export async function startBucket(): Promise<Bucket> {
  const directory = await mkdtemp(join(tmpdir(), 'bucket-'));
  const configureBuckets = [{ name: NAME, configs: [CORS] }];
  const s3rver = new S3rver({ directory, silent: true, configureBuckets });
  await s3rver.configureBuckets();
  s3rver.proxy = true;
  const callback = s3rver.callback();
  const answer: RequestListener = (request, response) => callback(asSigned(request), response);

  const keys = ['engine.txt', 'loom.txt'];
  const admitted: IssuedCredentials[] = [];
  const requests: { accessKeyId: string; status: number }[] = [];

  const admittedAs = (accessKeyId: string): IssuedCredentials | undefined =>
    admitted.findLast((credentials) => credentials.accessKeyId === accessKeyId);
  const server = createServer((request, response) => {
    if (request.method === 'OPTIONS') return answer(request, response);
    const accessKeyId = accessKeyOf(request);
    if (accessKeyId !== OWNER.accessKeyId)
      response.on('finish', () => requests.push({ accessKeyId, status: response.statusCode }));
    const refusal = refusalOf(request, admittedAs(accessKeyId), accessKeyId);
    if (refusal) return refuse(response, ...refusal);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const address = { endpoint: `http://127.0.0.1:${port}`, region: REGION, name: NAME };

  const owner = new S3Client({ ...address, forcePathStyle: true, credentials: OWNER });
  for (const Key of keys) await owner.send(new PutObjectCommand({ Bucket: NAME, Key, Body: Key }));
  owner.destroy();

  return {
    address,
    keys,
    admit(credentials) {
      admitted.push(credentials);
      ACCOUNT.createKeyPair(credentials.accessKeyId, credentials.secretAccessKey);
    },
    admitted,
    requests,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
      await rm(directory, { recursive: true });
    },
  };
}

/**
 * A list of the bucket is signed with the path `/<bucket>/`. s3rver leaves the last slash out, unless the name of the bucket
 * comes with the host's and the slash from the outer server's path.
 */
function asSigned(request: IncomingMessage & { baseUrl?: string }): IncomingMessage {
  const ofTheBucket = `/${NAME}/?`;
  if (!request.url?.startsWith(ofTheBucket)) return request;
  request.headers['x-forwarded-host'] = NAME;
  request.baseUrl = '/';
  request.url = request.url.replace(ofTheBucket, '/?');
  return request;
}

function accessKeyOf({ headers }: IncomingMessage): string {
  return /Credential=([^/]+)\//.exec(headers.authorization ?? '')?.[1] ?? '';
}

type Refusal = [status: number, code: string];

/** What S3 says of temporary credentials before it looks at a signature (S3 error responses). A key it does not know is for s3rver. */
function refusalOf(
  { headers }: IncomingMessage,
  admitted: IssuedCredentials | undefined,
  accessKeyId: string,
): Refusal | undefined {
  if (accessKeyId === '') return [403, 'AccessDenied'];
  if (!admitted) return undefined;
  if (headers['x-amz-security-token'] !== admitted.sessionToken) return [400, 'InvalidToken'];
  return admitted.expiresAtMs <= Date.now() ? [400, 'ExpiredToken'] : undefined;
}

function refuse(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { 'content-type': 'application/xml', 'access-control-allow-origin': '*' });
  response.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`);
}
