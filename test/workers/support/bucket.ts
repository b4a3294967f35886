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
  const { s3AccessKeyId, s3SecretAccessKey } = platformSecrets();
  const client = new AwsClient({
    accessKeyId: s3AccessKeyId,
    secretAccessKey: s3SecretAccessKey,
    service: 's3',
    region: 'auto',
  });
  for (const [path, body] of files) {
    const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
    const answer = await client.fetch(`${base}/${prefix}${path}`, { method: 'PUT', body: new Uint8Array(bytes) });
    if (!answer.ok) throw new Error(`PUT ${path}: ${answer.status} ${await answer.text()}`);
    await answer.arrayBuffer();
  }
}
