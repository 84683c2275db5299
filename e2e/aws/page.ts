/** What an app does with the AWS SDK on the test page. The tests call it through `window.aws` and get plain data back. */
import { ListObjectsV2Command, S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { AuthError, credentialsProvider, getCredentials, type AWSCredentials } from '../../client/index.js';
import type { BucketAddress } from '../bucket.js';

/** What came of a request to the bucket. */
export type Listed =
  | { keys: (string | undefined)[]; accessKeyId: string }
  | { refusedBy: 'bucket' | 'session'; name: string; status: number | undefined };

export interface AwsPage {
  /** Makes an SDK client of the page's only one, which lists from now on. */
  open(address: BucketAddress): void;
  list(): Promise<Listed>;
  /** With the session's credentials as they are now, but for what is given. */
  listWith(address: BucketAddress, other: Partial<AWSCredentials>): Promise<Listed>;
}

declare global {
  interface Window {
    aws: AwsPage;
  }
}

let bucket: { client: S3Client; name: string } | undefined;

window.aws = {
  open({ name, ...where }) {
    const client = new S3Client({ ...where, forcePathStyle: true, credentials: credentialsProvider() });
    bucket = { client, name };
  },
  async list() {
    if (!bucket) throw new Error('Open a bucket first.');
    return listIn(bucket.client, bucket.name);
  },
  async listWith({ name, ...where }, other) {
    const good = await getCredentials();
    if (!good) throw new Error('There are no credentials.');
    const client = new S3Client({ ...where, forcePathStyle: true, credentials: { ...good, ...other } });
    return listIn(client, name);
  },
};

async function listIn(client: S3Client, Bucket: string): Promise<Listed> {
  try {
    const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket }));
    // What it has just signed with: the SDK gives out what it keeps.
    const { accessKeyId } = await client.config.credentials();
    return { keys: Contents.map(({ Key }) => Key), accessKeyId };
  } catch (error) {
    if (error instanceof AuthError)
      return { refusedBy: 'session', name: error.name, status: error.metadata?.httpStatusCode };
    if (error instanceof S3ServiceException)
      return { refusedBy: 'bucket', name: error.name, status: error.$metadata.httpStatusCode };
    throw error;
  }
}
