/** AWS credentials of the session in AWS SDK clients: in one that renews them, in one for the moment, and in one call. */
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import {
  credentialsProvider,
  fetchAuthSession,
  withAWSCredentials,
  type AWSCredentials,
} from '../../client/index.js';
import type { BucketAddress } from '../bucket.js';

const MOST_KEYS = 10;

type Where = Omit<BucketAddress, 'name'>;

/** For as long as the session goes on. Make it anew after a sign-out. */
export function clientThatRenews(where: Where): S3Client {
  return new S3Client({ ...where, forcePathStyle: true, credentials: credentialsProvider() });
}

/** With the credentials of now, which end within the hour. */
export async function clientOfTheMoment(where: Where): Promise<S3Client> {
  const { credentials, credentialsError } = await fetchAuthSession();
  if (!credentials) throw credentialsError ?? new Error('Sign in first: guests have no credentials here.');
  return clientWith(where, credentials);
}

function clientWith(where: Where, credentials: AWSCredentials): S3Client {
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = credentials;
  return new S3Client({
    ...where,
    forcePathStyle: true,
    credentials: {
      accessKeyId,
      secretAccessKey,
      ...(sessionToken !== undefined && { sessionToken }),
      ...(expiration && { expiration }),
    },
  });
}

/** What fails is for the caller: the session's AuthError, or the service's exception. */
export async function listObjects(client: S3Client, bucket: string): Promise<string[]> {
  const { Contents = [] } = await client.send(
    new ListObjectsV2Command({ Bucket: bucket, MaxKeys: MOST_KEYS }),
  );
  return Contents.map(({ Key = '' }) => Key);
}

/** One call with good credentials, and no client kept. */
export function listOnce({ name, ...where }: BucketAddress): Promise<string[]> {
  return withAWSCredentials((credentials) => listObjects(clientWith(where, credentials), name));
}
