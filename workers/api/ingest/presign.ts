import { AwsClient } from 'aws4fetch';
import { PRESIGN_SECONDS } from '#core/ingest/limits.ts';

/**
 * Presigned URLs of R2's S3 endpoint: the transcoder gets the right to read one source and to write the objects of
 * one attempt, and holds no bucket credentials. @see notes/platform.md 3 (local endpoint)
 */
export interface Presigner {
  get(key: string): Promise<string>;
  /** The URL is good only with these headers. */
  put(key: string): Promise<{ readonly url: string; readonly headers: Readonly<Record<string, string>> }>;
}

/**
 * A URL outlives its attempt, so it can make an object and never change one: the header is part of what was signed.
 * Without it the answer is 403, with it and an object that is there 412.
 */
const ONCE = { 'If-None-Match': '*' };

export function createPresigner(
  env: Pick<ApiEnv, 'S3_ENDPOINT' | 'S3_BUCKET' | 'S3_ACCESS_KEY_ID' | 'S3_SECRET_ACCESS_KEY'>,
): Presigner {
  const client = new AwsClient({
    accessKeyId: env.S3_ACCESS_KEY_ID,
    secretAccessKey: env.S3_SECRET_ACCESS_KEY,
    service: 's3',
    region: 'auto',
  });
  const sign = async (method: 'GET' | 'PUT', key: string, headers: Record<string, string> = {}): Promise<string> => {
    const url = `${env.S3_ENDPOINT}/${env.S3_BUCKET}/${key}?X-Amz-Expires=${PRESIGN_SECONDS}`;
    return (await client.sign(url, { method, headers, aws: { signQuery: true } })).url;
  };
  return {
    get: (key) => sign('GET', key),
    put: async (key) => ({ url: await sign('PUT', key, ONCE), headers: ONCE }),
  };
}
