import { AwsClient } from 'aws4fetch';
import { PRESIGN_SECONDS } from '#core/ingest/limits.ts';

/**
 * Presigned URLs of R2's S3 endpoint: the transcoder gets the right to read one source and to write the objects of
 * one attempt, and holds no bucket credentials. @see notes/platform.md 3 (local endpoint)
 */
export interface Presigner {
  get(key: string): Promise<string>;
  put(key: string): Promise<string>;
}

export function createPresigner(
  env: Pick<ApiEnv, 'S3_ENDPOINT' | 'S3_BUCKET' | 'S3_ACCESS_KEY_ID' | 'S3_SECRET_ACCESS_KEY'>,
): Presigner {
  const client = new AwsClient({
    accessKeyId: env.S3_ACCESS_KEY_ID,
    secretAccessKey: env.S3_SECRET_ACCESS_KEY,
    service: 's3',
    region: 'auto',
  });
  const sign = async (method: 'GET' | 'PUT', key: string): Promise<string> => {
    const url = `${env.S3_ENDPOINT}/${env.S3_BUCKET}/${key}?X-Amz-Expires=${PRESIGN_SECONDS}`;
    return (await client.sign(url, { method, aws: { signQuery: true } })).url;
  };
  return { get: (key) => sign('GET', key), put: (key) => sign('PUT', key) };
}
