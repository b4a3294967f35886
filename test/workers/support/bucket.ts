/** Writes to the bucket as an encoder of somebody else's does: over R2's S3 endpoint, with credentials of its own. */
import { AwsClient } from 'aws4fetch';
import { platformSecrets } from '../../support/edge.ts';
import { fakeVersion, leaseJob, putObjects } from './fake-transcoder.ts';
import { createEpisode, createSeries, uploadSource } from './library.ts';

/** `{endpoint}/{bucket}`, which the edge tells nobody but a transcoder. */
async function findBucketUrl(): Promise<string> {
  const job = await uploadSource((await createEpisode((await createSeries()).id)).id);
  const grant = await putObjects(await leaseJob(job.id), new Map([...fakeVersion().objects].slice(0, 1)));
  const url = new URL(grant.uploads[0]?.url ?? '');
  return url.origin + url.pathname.slice(0, url.pathname.indexOf('/a/'));
}

let bucketUrl: Promise<string> | null = null;

export async function putFiles(prefix: string, files: ReadonlyMap<string, string | Uint8Array>): Promise<void> {
  bucketUrl ??= findBucketUrl();
  const base = await bucketUrl;
  const client = s3();
  for (const [path, body] of files) {
    const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
    const answer = await client.fetch(`${base}/${prefix}${path}`, { method: 'PUT', body: new Uint8Array(bytes) });
    if (!answer.ok) throw new Error(`PUT ${path}: ${answer.status} ${await answer.text()}`);
    await answer.arrayBuffer();
  }
}

/** What an accident takes away; `url` as it was presigned. */
export async function removeObject(url: string): Promise<void> {
  const answer = await s3().fetch(url.slice(0, url.indexOf('?')), { method: 'DELETE' });
  if (!answer.ok) throw new Error(`DELETE: ${answer.status} ${await answer.text()}`);
}

function s3(): AwsClient {
  const { s3AccessKeyId: accessKeyId, s3SecretAccessKey: secretAccessKey } = platformSecrets();
  return new AwsClient({ accessKeyId, secretAccessKey, service: 's3', region: 'auto' });
}
