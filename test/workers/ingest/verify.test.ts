import { beforeAll, describe, expect, test } from 'vitest';
import type { LeasedJob, TranscodeResult } from '#core/ingest/transcoder-protocol.ts';
import { encryptSegment } from '../../../transcoder/package/encrypt-segment.ts';
import { apiFetch } from '../../support/edge.ts';
import {
  fakeVersion,
  leaseJob,
  proofOf,
  protectedVersion,
  putObjects,
  reportOf,
  segmentBytes,
  sendCompleted,
  signedPost,
} from '../support/fake-transcoder.ts';
import { expectProblem, jsonOf, statusOf } from '../support/http.ts';
import { createEpisode, createSeries, publish, readEpisode, readJob, uploadSource } from '../support/library.ts';
import { newViewerId, viewerToken } from '../support/tokens.ts';
import { mediaPrefix, playlist } from '../support/viewers.ts';

const version = fakeVersion();
let seriesId = '';
let nextNumber = 1;
beforeAll(async () => {
  seriesId = (await createSeries()).id;
});

async function leased(): Promise<{ episodeId: string; job: LeasedJob }> {
  const { id } = await createEpisode(seriesId, nextNumber++);
  return { episodeId: id, job: await leaseJob((await uploadSource(id)).id) };
}

const without = (path: string) => new Map([...version.objects].filter(([each]) => each !== path));
const reporting = (change: (objects: TranscodeResult['objects']) => TranscodeResult['objects']): TranscodeResult => ({
  ...version.result,
  objects: change(version.result.objects),
});

test('a result that names ten thousand objects is read; one more is refused', async () => {
  const { job } = await leased();
  const naming = (count: number): TranscodeResult => ({
    ...version.result,
    objects: Array.from({ length: count }, (_, n) => ({
      path: `a${n % 32}/${Math.floor(n / 32)}.m4s`,
      sizeBytes: 1_234_567,
      md5: 'd41d8cd98f00b204e9800998ecf8427e',
    })),
  });
  await expectProblem(await sendCompleted(job, naming(10_001)), 'invalid-request');
  await jsonOf(await sendCompleted(job, naming(10_000)));
  expect(await readJob(job.jobId)).toMatchObject({ state: 'queued' });
});

test('a result whose rungs say how many bytes their first picture is, AV1 among them, is published', async () => {
  const { episodeId, job } = await leased();
  await putObjects(job, version.objects);
  const renditions = version.result.renditions.map((rung, n) => {
    return { ...rung, startBytes: 41_000, ...(n === 2 && { codecs: 'av01.0.04M.08,mp4a.40.2' }) };
  });
  await jsonOf(await sendCompleted(job, { ...version.result, renditions }));
  expect(await readJob(job.jobId)).toMatchObject({ state: 'succeeded' });
  expect((await readEpisode(episodeId)).state).not.toBe('processing');
});

describe('a version of which something is missing', () => {
  test.each<[string, ReadonlyMap<string, Buffer>, TranscodeResult]>([
    ['a segment is not in the bucket', without('v1/3.m4s'), version.result],
    ['the last object of all is not in the bucket', without('multivariant.m3u8'), version.result],
    [
      'a segment is shorter than it was said to be',
      new Map(version.objects).set('v2/5.m4s', Buffer.alloc(999)),
      version.result,
    ],
    [
      'a segment is longer than it was said to be',
      new Map(version.objects).set('v2/5.m4s', Buffer.alloc(1_001)),
      version.result,
    ],
    [
      'a segment was not reported',
      version.objects,
      reporting((objects) => objects.filter(({ path }) => path !== 'v0/2.m4s')),
    ],
    [
      'an init section was not reported',
      version.objects,
      reporting((objects) => objects.filter(({ path }) => path !== 'v0/init.mp4')),
    ],
    [
      'a rung was not written at all',
      new Map([...version.objects].filter(([path]) => !path.startsWith('v2/'))),
      version.result,
    ],
    ['nothing was reported', version.objects, reporting(() => [])],
  ])('never becomes visible, and is tried again: %s', async (_, objects, result) => {
    const { episodeId, job } = await leased();
    await putObjects(job, objects);
    await jsonOf(await sendCompleted(job, result));
    expect(await readJob(job.jobId)).toMatchObject({ state: 'queued', attempts: 1 });
    expect((await readEpisode(episodeId)).state).toBe('processing');
    await expectProblem(await apiFetch(`/v1/episodes/${episodeId}/publish`, { method: 'POST' }), 'episode-not-ready');
    await expectProblem(await playlist(episodeId, await viewerToken(newViewerId())), 'episode-not-found');
  });

  test('fails after the third time, with the object’s name', async () => {
    const { episodeId, job } = await leased();
    let attempt = job;
    for (const number of [1, 2, 3]) {
      await putObjects(attempt, without('v1/3.m4s'));
      await jsonOf(await sendCompleted(attempt, version.result));
      if (number < 3) attempt = await leaseJob(job.jobId);
    }
    expect(await readJob(job.jobId)).toMatchObject({
      state: 'failed',
      attempts: 3,
      failure: { code: 'output-incomplete' },
    });
    const { state, failure } = await readEpisode(episodeId);
    expect(state).toBe('failed');
    expect(failure?.detail).toContain('v1/3.m4s');
  });

  test('does not inherit what an earlier attempt wrote: each attempt has a prefix of its own', async () => {
    const { job } = await leased();
    await putObjects(job, version.objects);
    await jsonOf(
      await sendCompleted(
        job,
        reporting(() => []),
      ),
    );
    const again = await leaseJob(job.jobId);
    await jsonOf(await sendCompleted(again, version.result));
    expect(await readJob(job.jobId)).toMatchObject({ state: 'queued', attempts: 2 });
  });

  test('does not take the place of the version that plays', async () => {
    const { episodeId, job } = await leased();
    await putObjects(job, version.objects);
    await jsonOf(await sendCompleted(job, version.result));
    await publish(episodeId);
    const token = await viewerToken(newViewerId());
    const before = (await mediaPrefix(episodeId, token)).split('/')[4];
    const next = await leaseJob((await uploadSource(episodeId)).id);
    await putObjects(next, without('v0/0.m4s'));
    await jsonOf(await sendCompleted(next, version.result));
    expect((await mediaPrefix(episodeId, token)).split('/')[4]).toBe(before);
  });
});

describe('a version whose bytes are not what a player needs', () => {
  const media = (rung: string, change: (text: string) => string): ReadonlyMap<string, Buffer> =>
    changed(`${rung}/media.m3u8`, (bytes) => Buffer.from(change(bytes.toString())));
  const changed = (path: string, change: (bytes: Buffer) => Buffer): ReadonlyMap<string, Buffer> =>
    new Map([...version.objects].map(([each, bytes]) => [each, each === path ? change(bytes) : bytes]));
  const replace = (path: string, bytes: Buffer) => changed(path, () => bytes);

  test.each<[string, ReadonlyMap<string, Buffer>, string]>([
    [
      'a segment begins half a second late',
      replace('v1/3.m4s', segmentBytes('v1', 3, undefined, { lateSeconds: 0.5 })),
      'v1/3.m4s begins at 4.500 s, not at 4.000 s',
    ],
    [
      'a segment does not begin with an IDR',
      replace('v2/2.m4s', segmentBytes('v2', 2, undefined, { isSync: false })),
      'v2/2.m4s does not begin with an IDR',
    ],
    ['a segment is noise', replace('v0/4.m4s', Buffer.alloc(1_000, 7)), 'v0/4.m4s is no Media Segment'],
    ['an init section has no picture', replace('v0/init.mp4', Buffer.from('init of v0')), 'v0/init.mp4 has no picture'],
    [
      'a playlist leads to a segment that is not there',
      media('v1', (text) => text.replace('5.m4s', '6.m4s')),
      'v1/media.m3u8 leads to v1/6.m4s',
    ],
    [
      'a playlist leads out of the version',
      media('v1', (text) => text.replace('5.m4s', '../../other/5.m4s')),
      'v1/media.m3u8 leads to',
    ],
    [
      'a rung has a segment less',
      media('v2', (text) => text.replace(/#EXTINF:.*\n5.m4s\n/, '')),
      'v2/media.m3u8 has 5 segments, not 6',
    ],
    [
      'a rung has a segment of another length',
      media('v2', (text) => text.replace(/#EXTINF:1.0*,\n1.m4s/, '#EXTINF:1.2,\n1.m4s')),
      'v2/media.m3u8 has a segment 1 of 1.2 s',
    ],
    [
      'a playlist has no end',
      media('v0', (text) => text.replace('#EXT-X-ENDLIST\n', '')),
      'v0/media.m3u8 does not end',
    ],
    ['a playlist is none', replace('v0/media.m3u8', Buffer.from('<html>')), 'v0/media.m3u8 is no playlist'],
    [
      'the Multivariant Playlist leaves a rung out',
      changed('multivariant.m3u8', (bytes) => Buffer.from(bytes.toString().replace(/#EXT-X-STREAM-INF.*\nv1.*\n/, ''))),
      'lists 2 Variant Streams of 3',
    ],
    [
      'something lies there that nothing leads to',
      new Map([...version.objects, ['v7/0.m4s', Buffer.from('x')]]),
      'v7/0.m4s is there, and nothing leads to it',
    ],
  ])('never becomes visible, and the failure says what it is: %s', async (_, objects, why) => {
    const { episodeId, job } = await leased();
    let attempt = job;
    for (const number of [1, 2, 3]) {
      await putObjects(attempt, objects);
      await jsonOf(await sendCompleted(attempt, { ...version.result, objects: reportOf(objects) }));
      if (number < 3) attempt = await leaseJob(job.jobId);
    }
    const { state, failure } = await readEpisode(episodeId);
    expect(state).toBe('failed');
    expect(failure?.code).toBe('output-incomplete');
    expect(failure?.detail).toContain(why);
  });

  test.each<[string, ReadonlyMap<string, Buffer>, TranscodeResult, string]>([
    [
      'one byte of a segment was lost on the way',
      changed('v1/2.m4s', (bytes) => flipped(bytes)),
      version.result,
      'v1/2.m4s is not in the bucket as it was sent',
    ],
    [
      'an object was put that was not reported',
      new Map([...version.objects, ['preview.mp4', Buffer.from('x')]]),
      version.result,
      'preview.mp4 is in the bucket and was not reported',
    ],
    [
      'the whole is said to be longer than it is',
      version.objects,
      { ...version.result, durationSeconds: 10.2 },
      'lasts 10 s, not 10.2 s',
    ],
    [
      'a rung was reported that is not in the Multivariant Playlist',
      version.objects,
      { ...version.result, renditions: [...version.result.renditions, { ...rung0(), name: 'v3' }] },
      'v3/media.m3u8 was not reported',
    ],
  ])('is tried again where the report is not what was put: %s', async (_, objects, result, why) => {
    const { job } = await leased();
    await putObjects(job, objects);
    await jsonOf(await sendCompleted(job, result));
    expect(await readJob(job.jobId)).toMatchObject({ state: 'queued', attempts: 1 });
    for (const _again of [2, 3]) {
      const again = await leaseJob(job.jobId);
      await putObjects(again, objects);
      await jsonOf(await sendCompleted(again, result));
    }
    expect((await readJob(job.jobId)).failure?.detail).toContain(why);
  });

  function rung0() {
    const [rung] = version.result.renditions;
    if (rung === undefined) throw new Error('no rung');
    return rung;
  }

  function flipped(bytes: Buffer): Buffer {
    const copy = Buffer.from(bytes);
    copy[900] = (copy[900] ?? 0) ^ 1;
    return copy;
  }
});

describe('a version as long as an episode may be', () => {
  test('is taken: fifteen minutes on five rungs', async () => {
    const segments = [1, 1, 2, 2, 2, 2, ...Array.from({ length: 223 }, () => 4)];
    const long = fakeVersion({ segments, heights: [640, 960, 1_280, 1_600, 1_920] });
    const { job } = await leased();
    // Nothing was put: what matters is that the message itself is read, and answered by looking for its objects.
    await jsonOf(await sendCompleted(job, long.result));
    expect(await readJob(job.jobId)).toMatchObject({ state: 'queued', attempts: 1 });
  });
});

describe('what a version has beside its picture', () => {
  const preview = { width: 270, height: 480, startSeconds: 2, durationSeconds: 3 };
  const tiles = { columns: 10, rows: 1, tiles: 10, tileWidth: 90, tileHeight: 160, intervalSeconds: 1 };
  const report: Partial<TranscodeResult> = {
    mainLanguage: 'en',
    thumbhash: 'VDkWNAZ493i3h3h4Z3h4j4v3mA==',
    loudnessLufs: -12.93,
    images: { poster: { width: 720, height: 1_280 }, storyboard: tiles, previewMp4: preview },
  };
  const paths = ['storyboard.jpg', 'storyboard.vtt', 'preview.mp4'];

  test('is told with it, stored, and kept whole as the rest is', async () => {
    const { episodeId, job } = await leased();
    const objects = new Map([...version.objects, ...paths.map((path) => [path, Buffer.from(path)] as const)]);
    await putObjects(job, objects);
    const listed = [...objects].map(([path, bytes]) => ({ path, sizeBytes: bytes.length }));
    await jsonOf(await sendCompleted(job, { ...version.result, ...report, objects: listed }));
    expect((await readJob(job.jobId)).state).toBe('succeeded');
    expect((await readEpisode(episodeId)).presentation).toEqual({ ...report, startBytes: null });
  });

  test('says how many bytes a start costs on each rung, where the transcoder counted them on all', async () => {
    const counted = version.result.renditions.map((rung, index) => ({ ...rung, startBytes: 9_000 * (index + 1) }));
    const [first, ...others] = counted;
    if (first === undefined) throw new Error('no rung');
    const { startBytes: _, ...uncounted } = first;
    const costs: unknown[] = [];
    for (const renditions of [counted, [uncounted, ...others]]) {
      const { episodeId, job } = await leased();
      await putObjects(job, version.objects);
      await jsonOf(await sendCompleted(job, { ...version.result, renditions }));
      costs.push((await readEpisode(episodeId)).presentation?.startBytes);
    }
    expect(costs).toEqual([[9_000, 18_000, 27_000], null]);
  });

  test('is nothing for an episode without a version, and little for a version that was told of with little', async () => {
    const { episodeId, job } = await leased();
    expect((await readEpisode(episodeId)).presentation).toBeNull();
    await putObjects(job, version.objects);
    await jsonOf(await sendCompleted(job, version.result));
    const little = { mainLanguage: null, loudnessLufs: null, thumbhash: null, images: {}, startBytes: null };
    expect((await readEpisode(episodeId)).presentation).toEqual(little);
  });

  test.each<[string, Partial<TranscodeResult>]>([
    ['a language that is none', { mainLanguage: '"><script>' }],
    ['a placeholder that is no base64', { thumbhash: '<svg onload=x>' }],
    ['a loudness of no sound', { loudnessLufs: 1e9 }],
    ['a storyboard without tiles', { images: { storyboard: { ...tiles, tiles: 0 } } }],
  ])('is refused where it is nonsense: %s', async (_, nonsense) => {
    const { job } = await leased();
    await expectProblem(await sendCompleted(job, { ...version.result, ...nonsense }), 'invalid-request');
  });
});

describe('a version whose segments are encrypted as a whole', () => {
  const open = (number: number): Buffer => version.objects.get(`v1/${number}.m4s`) ?? Buffer.alloc(0);

  /** One attempt at it, with `v1/2.m4s` made of the key of the lease. */
  async function complete(job: LeasedJob, segment: (key: Buffer) => Buffer): Promise<void> {
    const made = protectedVersion(version, job.contentKey);
    const key = Buffer.from(job.contentKey?.key ?? '', 'base64url');
    const objects = new Map(made.objects).set('v1/2.m4s', segment(key));
    await putObjects(job, objects);
    await jsonOf(await sendCompleted(job, { ...made.result, objects: reportOf(objects) }));
  }

  async function leasedUnderAes(): Promise<{ episodeId: string; job: LeasedJob }> {
    const { id } = await createEpisode((await createSeries(undefined, { protection: 'aes-128' })).id);
    return { episodeId: id, job: await leaseJob((await uploadSource(id)).id) };
  }

  test('is published where its key opens them and each begins where it is to', async () => {
    const { job } = await leasedUnderAes();
    await complete(job, (key) => encryptSegment(open(2), key, 2));
    expect(await readJob(job.jobId)).toMatchObject({ state: 'succeeded' });
  });

  test.each<[string, (key: Buffer) => Buffer, string]>([
    ['with another key', () => encryptSegment(open(2), Buffer.alloc(16, 9), 2), 'v1/2.m4s is no Media Segment'],
    ['not at all', () => open(2), 'v1/2.m4s is no Media Segment'],
    ['though it is another one', (key) => encryptSegment(open(4), key, 2), 'v1/2.m4s begins at'],
  ])('is not where one of them is encrypted %s', async (_, segment, why) => {
    const { episodeId, job } = await leasedUnderAes();
    for (let number = 1; number <= 3; number++) await complete(number === 1 ? job : await leaseJob(job.jobId), segment);
    const { state, failure } = await readEpisode(episodeId);
    expect({ state, code: failure?.code }).toEqual({ state: 'failed', code: 'output-incomplete' });
    expect(failure?.detail).toContain(why);
  });
});

describe('the right to upload', () => {
  test.each([
    '../poster.jpg',
    '/poster.jpg',
    'v0/../poster.jpg',
    'v10/0.m4s',
    'v0/00.m4s',
    'v0//0.m4s',
    'v0\\0.m4s',
    'poster.jpg\n',
    'v0/%2e%2e/0.m4s',
    'index.html',
    '',
  ])('is not given for %j', async (path) => {
    const { job } = await sharedLease();
    const objects = [{ path, contentType: 'video/iso.segment', sizeBytes: 1 }];
    await expectProblem(await signedPost('/v1/transcoder/uploads', { ...proofOf(job), objects }), 'invalid-request');
  });

  test('is for one object of one attempt: its URL puts nothing elsewhere, and reads and deletes nothing', async () => {
    const { job } = await sharedLease();
    const grant = await putObjects(job, new Map([['poster.jpg', Buffer.from('poster')]]));
    const url = grant.uploads[0]?.url ?? '';
    expect(await statusOf(await fetch(url))).toBe(403);
    expect(await statusOf(await fetch(url, { method: 'DELETE' }))).toBe(403);
    for (const elsewhere of [
      url.replace('poster.jpg', 'v0/0.m4s'),
      url.replace(/ver_[0-9a-z]{26}/, 'ver_00000000000000000000000000'),
    ]) {
      expect(await statusOf(await fetch(elsewhere, { method: 'PUT', body: 'x' }))).toBe(403);
    }
    const bucket = new URL(url);
    bucket.pathname = bucket.pathname.slice(0, bucket.pathname.indexOf('/a/'));
    expect(await statusOf(await fetch(bucket))).toBe(403);
    bucket.searchParams.set('list-type', '2');
    expect(await statusOf(await fetch(bucket))).toBe(403);
  });

  let shared: { job: LeasedJob } | null = null;
  async function sharedLease(): Promise<{ job: LeasedJob }> {
    shared ??= await leased();
    return shared;
  }
});
