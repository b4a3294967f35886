/** The URLs that a transcoder is given outlive its attempt. @see security.md TRN-10 */
import { beforeAll, expect, test } from 'vitest';
import type { LeasedJob, UploadGrant } from '#core/ingest/transcoder-protocol.ts';
import { edgeFetch } from '../../support/edge.ts';
import { fakeVersion, leaseJob, putObjects, sendCompleted } from '../support/fake-transcoder.ts';
import { jsonOf } from '../support/http.ts';
import { createEpisode, createSeries, publish, readJob, uploadSource } from '../support/library.ts';
import { newViewerId, viewerToken } from '../support/tokens.ts';
import { variantPaths } from '../support/viewers.ts';

const version = fakeVersion();
const FORGED = 'something that was never verified';
let episodeId = '';
let job: LeasedJob;
let grant: UploadGrant;

beforeAll(async () => {
  episodeId = (await createEpisode((await createSeries()).id)).id;
  job = await leaseJob((await uploadSource(episodeId)).id);
  grant = await putObjects(job, version.objects);
});

function granted(path: string): UploadGrant['uploads'][number] {
  const found = grant.uploads.find((upload) => upload.path === path);
  if (found === undefined) throw new Error(`no URL for ${path}`);
  return found;
}

const put = (url: string, headers: Readonly<Record<string, string>>) =>
  fetch(url, { method: 'PUT', headers, body: FORGED });

test('what was put once stays as it was put, before it is published and after', async () => {
  const { url, headers } = granted('v0/0.m4s');
  expect((await put(url, headers)).status).toBe(412);
  await jsonOf(await sendCompleted(job, version.result));
  expect((await readJob(job.jobId)).state).toBe('succeeded');
  await publish(episodeId);
  for (const { url: late, headers: asGranted } of grant.uploads) expect((await put(late, asGranted)).status).toBe(412);
  const [variant = ''] = await variantPaths(episodeId, await viewerToken(newViewerId()));
  const segment = await edgeFetch(variant.replace('media.m3u8', '0.m4s'));
  expect(Buffer.from(await segment.arrayBuffer())).toEqual(version.objects.get('v0/0.m4s'));
});

test.each<[string, (headers: Readonly<Record<string, string>>) => Record<string, string>]>([
  ['without the condition', () => ({})],
  ['with a condition of one’s own', (headers) => ({ ...headers, 'If-None-Match': '"x"' })],
  ['with the opposite of it', () => ({ 'If-Match': '*' })],
])('a URL is good for nothing %s', async (_, change) => {
  const { url, headers } = granted('v0/1.m4s');
  expect((await put(url, change(headers))).status).toBe(403);
});
