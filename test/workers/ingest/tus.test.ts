import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { apiFetch, edgeFetch } from '../../support/edge.ts';
import { leaseJob } from '../support/fake-transcoder.ts';
import { expectProblem, jsonOf, statusOf } from '../support/http.ts';
import {
  createEpisode,
  createSeries,
  readEpisode,
  readJob,
  uploadSource,
  type EpisodeWire,
} from '../support/library.ts';
import { createUpload, metadata, OCTETS, offsetOf, patch, postUpload, sha256, TUS } from '../support/tus-client.ts';

const MIB = 1024 ** 2;

let series: { id: string; slug: string };
let nextNumber = 1;
beforeAll(async () => {
  series = await createSeries();
});
const newEpisode = (): Promise<EpisodeWire> => createEpisode(series.id, nextNumber++);

interface UploadWire {
  readonly state: string;
  readonly offsetBytes: number;
  readonly jobId: string | null;
}
const readUpload = async (path: string): Promise<UploadWire> => jsonOf<UploadWire>(await apiFetch(path));

/** What the transcoder would read. */
async function storedSha256(path: string): Promise<string> {
  const { jobId } = await readUpload(path);
  const { source } = await leaseJob(jobId ?? '');
  return sha256(Buffer.from(await (await fetch(source.url)).arrayBuffer()));
}

/** Until nobody writes to it any more: then a PATCH of nothing at its end is taken. */
async function settledOffset(path: string): Promise<number> {
  for (;;) {
    const now = await offsetOf(path);
    if ((await readUpload(path)).state !== 'open') return now;
    if ((await patch(path, now, new Uint8Array(0))).status === 204) return now;
    await sleep(50);
  }
}

describe('a tus upload', () => {
  test('in one PATCH becomes the episode’s job, byte for byte, with its hash', async () => {
    const { id } = await newEpisode();
    const bytes = randomBytes(20_000_003);
    const path = await createUpload(bytes.length, {
      episodeId: id,
      filename: 'Ep 1 – Élan.mov',
      filetype: 'video/mp4',
    });
    expect(await readUpload(path)).toMatchObject({ state: 'open', filename: 'Ep 1 – Élan.mov', jobId: null });
    expect(await patch(path, 0, bytes)).toMatchObject({ status: 204, offset: bytes.length });
    const { state, jobId } = await readUpload(path);
    expect(state).toBe('finished');
    expect(await readJob(jobId ?? '')).toMatchObject({
      state: 'queued',
      sourceSizeBytes: bytes.length,
      sourceSha256: sha256(bytes),
    });
    expect(await storedSha256(path)).toBe(sha256(bytes));
  });

  test.each([
    ['pieces below a part', [1, 3_000_000, 5_000_000, 7 * MIB, 65_537]],
    ['exact parts', [8 * MIB, 8 * MIB]],
    ['a part and a byte, a byte less', [8 * MIB + 1, 8 * MIB - 1, 1]],
  ])('in %s arrives byte for byte', async (_, lengths) => {
    const bytes = randomBytes(lengths.reduce((sum, length) => sum + length, 0));
    const path = await createUpload(bytes.length, { series: series.slug, number: String((await newEpisode()).number) });
    let offset = 0;
    for (const length of lengths) {
      const answer = await patch(path, offset, bytes.subarray(offset, offset + length));
      expect(answer).toMatchObject({ status: 204, offset: offset + length });
      offset += length;
      expect(await offsetOf(path)).toBe(offset);
    }
    expect(await storedSha256(path)).toBe(sha256(bytes));
  });

  test('that broke off in the middle is gone on with by another client, from what had arrived', async () => {
    const { id } = await newEpisode();
    const bytes = randomBytes(30_000_000);
    const path = await createUpload(bytes.length, { episodeId: id });
    await patch(path, 0, bytes, { breakAfter: 20_000_000, pauseMs: 1 });
    const first = await settledOffset(path);
    // Two whole parts at least; the third as far as it had come.
    expect(first).toBeGreaterThan(16 * MIB);
    expect((await readEpisode(id)).state).toBe('draft');
    await patch(path, first, bytes.subarray(first), { breakAfter: 2_000_000, pauseMs: 1 });
    const second = await settledOffset(path);
    expect(second).toBeGreaterThan(first);
    expect(await patch(path, second, bytes.subarray(second))).toMatchObject({ status: 204, offset: bytes.length });
    expect(await storedSha256(path)).toBe(sha256(bytes));
  });

  test('may bring its first bytes with the creation', async () => {
    const { id } = await newEpisode();
    const whole = await postUpload(5, { episodeId: id }, { body: 'five!', headers: OCTETS });
    expect(whole.headers.get('upload-offset')).toBe('5');
    expect(await jsonOf(whole, 201)).toMatchObject({ state: 'finished', offsetBytes: 5 });
    const begun = await postUpload(9, { episodeId: id }, { body: 'five!', headers: OCTETS });
    const path = begun.headers.get('location') ?? '';
    expect(await jsonOf(begun, 201)).toMatchObject({ state: 'open', offsetBytes: 5 });
    expect(await patch(path, 5, Buffer.from('four'))).toMatchObject({ status: 204, offset: 9 });
  });

  test('that was begun before another one does not replace it, however late it ends', async () => {
    const { id } = await newEpisode();
    const path = await createUpload(4, { episodeId: id });
    await sleep(5);
    const newer = await uploadSource(id);
    await patch(path, 0, Buffer.from('late'));
    const { jobId } = await readUpload(path);
    expect(await readJob(jobId ?? '')).toMatchObject({ state: 'failed', failure: { code: 'superseded' } });
    expect(await readJob(newer.id)).toMatchObject({ state: 'queued' });
  });

  test('whose episode was deleted says so', async () => {
    const { id } = await newEpisode();
    const path = await createUpload(4, { episodeId: id });
    await apiFetch(`/v1/episodes/${id}`, { method: 'DELETE' });
    const answer = await patch(path, 0, Buffer.from('late'));
    expect(answer.status).toBe(404);
    expect(answer.body).toContain('episode-not-found');
  });
});

describe('two requests that write to one upload at once', () => {
  test('one wins and nothing is mixed', async () => {
    const { id } = await newEpisode();
    const bytes = randomBytes(18_000_000);
    const path = await createUpload(bytes.length, { episodeId: id });
    const answers = await Promise.all([1, 2, 3].map(() => patch(path, 0, bytes, { breakAfter: 17_999_000 })));
    expect(answers.filter(({ status }) => status === 204).length).toBeLessThanOrEqual(1);
    for (const { status } of answers) expect([0, 204, 409, 423]).toContain(status);
    const stands = await settledOffset(path);
    if (stands < bytes.length) await patch(path, stands, bytes.subarray(stands));
    expect(await storedSha256(path)).toBe(sha256(bytes));
  });

  test('the later is told to wait while the first is at work', async () => {
    const { id } = await newEpisode();
    const bytes = randomBytes(9_000_000);
    const path = await createUpload(bytes.length, { episodeId: id });
    const refused = Promise.withResolvers<void>();
    const slow = patch(path, 0, bytes, { until: refused.promise });
    while ((await offsetOf(path)) < 8 * MIB) await sleep(20);
    const second = await patch(path, 8 * MIB, bytes.subarray(0, 10));
    expect(second).toMatchObject({ status: 423 });
    expect(second.body).toContain('upload-locked');
    await expectProblem(await apiFetch(path, { method: 'DELETE', headers: TUS }), 'upload-locked');
    refused.resolve();
    expect(await slow).toMatchObject({ status: 204, offset: bytes.length });
    expect(await storedSha256(path)).toBe(sha256(bytes));
  });
});

describe('a checksum', () => {
  test.each(['sha1', 'sha256'])('of a body by %s is held against what came', async (algorithm) => {
    const { id } = await newEpisode();
    const bytes = randomBytes(9_000_000);
    const path = await createUpload(bytes.length, { episodeId: id });
    const head = bytes.subarray(0, 8_500_000);
    const sum = (of: Uint8Array) => ({
      'upload-checksum': `${algorithm} ${createHash(algorithm).update(of).digest('base64')}`,
    });
    const wrong = await patch(path, 0, randomBytes(head.length), { headers: sum(head) });
    expect(wrong.status).toBe(460);
    expect(wrong.body).toContain('upload-checksum-mismatch');
    expect(await offsetOf(path)).toBe(0);
    expect(await patch(path, 0, head, { headers: sum(head) })).toMatchObject({ status: 204, offset: head.length });
    const rest = bytes.subarray(head.length);
    expect((await patch(path, head.length, randomBytes(rest.length), { headers: sum(rest) })).status).toBe(460);
    expect(await patch(path, head.length, rest, { headers: sum(rest) })).toMatchObject({ offset: bytes.length });
    expect(await storedSha256(path)).toBe(sha256(bytes));
  });

  test('of the whole file refuses another file, and keeps nothing of it', async () => {
    const { id } = await newEpisode();
    const bytes = randomBytes(1_000);
    const path = await createUpload(bytes.length, { episodeId: id, sha256: sha256(randomBytes(1_000)) });
    expect((await patch(path, 0, bytes)).status).toBe(460);
    expect((await readEpisode(id)).state).toBe('draft');
    expect(await statusOf(await apiFetch(path, { method: 'HEAD', headers: TUS }))).toBe(410);
  });

  test('in a form that is not known is refused before a byte is read', async () => {
    const { id } = await newEpisode();
    const path = await createUpload(4, { episodeId: id });
    for (const header of ['crc32 AAAA', 'sha256', 'sha256 !!!', 'md5 AAAA', 'sha256 A', 'sha256 AAAA', 'sha1 A='])
      expect((await patch(path, 0, Buffer.from('four'), { headers: { 'upload-checksum': header } })).status).toBe(400);
    expect(await offsetOf(path)).toBe(0);
  });
});

describe('the protocol', () => {
  test('is announced', async () => {
    const answer = await apiFetch('/v1/uploads', { method: 'OPTIONS' });
    expect(answer.status).toBe(204);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'tus-resumable': '1.0.0',
      'tus-version': '1.0.0',
      'tus-extension': 'creation,creation-with-upload,expiration,termination,checksum',
      'tus-checksum-algorithm': 'sha256,sha1',
      'tus-max-size': String(4 * 1024 ** 3),
    });
  });

  test('is announced to whoever has no key, in whatever version they ask', async () => {
    const headers = { 'tus-resumable': '0.2.2' };
    const answer = await edgeFetch('/v1/uploads', { method: 'OPTIONS', headers });
    expect(answer.status).toBe(204);
    expect(answer.headers.get('tus-version')).toBe('1.0.0');
  });

  test('takes PATCH and DELETE in a POST that says so, from clients that have no others', async () => {
    const { id } = await newEpisode();
    const path = await createUpload(8, { episodeId: id });
    const post = (method: string, offset: string): Promise<Response> => {
      const headers = { ...OCTETS, 'x-http-method-override': method, 'upload-offset': offset };
      return apiFetch(path, { method: 'POST', headers, ...(method === 'PATCH' ? { body: 'four' } : {}) });
    };
    const sent = await post('PATCH', '0');
    expect([sent.status, sent.headers.get('upload-offset')]).toEqual([204, '4']);
    await expectProblem(await post('PATCH', '0'), 'upload-offset-mismatch');
    await expectProblem(await post('PUT', '0'), 'method-not-allowed');
    const unkeyed = { ...TUS, 'x-http-method-override': 'DELETE' };
    await expectProblem(await edgeFetch(path, { method: 'POST', headers: unkeyed }), 'api-key-missing');
    expect(await offsetOf(path)).toBe(4);
    expect(await statusOf(await post('DELETE', ''))).toBe(204);
    await expectProblem(await apiFetch(path), 'upload-not-found');
  });

  test('in another version is refused with the one that is spoken', async () => {
    const { id } = await newEpisode();
    const path = await createUpload(4, { episodeId: id });
    for (const version of ['0.2.2', '1.0.1', '']) {
      const headers = {
        'tus-resumable': version,
        'upload-length': '3',
        'upload-metadata': metadata({ episodeId: id }),
      };
      const answer = await apiFetch('/v1/uploads', { method: 'POST', headers });
      expect(answer.headers.get('tus-version')).toBe('1.0.0');
      await expectProblem(answer, 'tus-version-unsupported');
      expect((await patch(path, 0, Buffer.from('four'), { headers })).status).toBe(412);
    }
  });

  test('tells where it stands and until when, also in refusals', async () => {
    const { id } = await newEpisode();
    const path = await createUpload(4, { episodeId: id });
    const head = await apiFetch(path, { method: 'HEAD', headers: TUS });
    expect(head.headers.get('upload-length')).toBe('4');
    expect(head.headers.get('cache-control')).toBe('no-store');
    expect(Date.parse(head.headers.get('upload-expires') ?? '')).toBeGreaterThan(Date.now() + 23 * 3_600_000);
    const refused = await patch(path, 2, Buffer.from('ur'));
    expect(refused.status).toBe(409);
    expect(JSON.parse(refused.body)).toMatchObject({ code: 'upload-offset-mismatch', offsetBytes: 0 });
  });

  test.each([
    ['no length', {}, { 'upload-length': '' }, 'invalid-request'],
    ['no bytes at all', {}, { 'upload-length': '0' }, 'invalid-request'],
    ['more than a source may have', {}, { 'upload-length': String(4 * 1024 ** 3 + 1) }, 'source-too-large'],
    ['a length that is none', {}, { 'upload-length': '-4' }, 'invalid-request'],
    ['no target', {}, { 'upload-metadata': '' }, 'invalid-request'],
    ['metadata that is no base64', {}, { 'upload-metadata': 'episodeId ***' }, 'invalid-request'],
    ['one key twice', {}, { 'upload-metadata': 'episodeId YQ==,episodeId YQ==' }, 'invalid-request'],
    ['a hash that is none', { sha256: 'abc' }, {}, 'invalid-request'],
    ['an episode that is not there', { episodeId: `ep_${'0'.repeat(26)}` }, {}, 'episode-not-found'],
    [
      'a series that is not there',
      {},
      { 'upload-metadata': metadata({ series: 'none-such', number: '1' }) },
      'series-not-found',
    ],
  ] as const)('an upload with %s is refused', async (_, pairs, headers, code) => {
    const { id } = await newEpisode();
    const answer = await postUpload(4, { episodeId: id, ...pairs }, { headers });
    await expectProblem(answer, code);
  });

  test('more bytes than were announced are refused', async () => {
    const { id } = await newEpisode();
    const path = await createUpload(4, { episodeId: id });
    expect((await patch(path, 0, Buffer.from('fives'))).status).toBe(400);
    const chunked = { 'content-length': '', 'transfer-encoding': 'chunked' };
    expect((await patch(path, 0, Buffer.from('fives'), { headers: chunked })).status).toBe(400);
    expect(await offsetOf(path)).toBe(0);
    expect(await patch(path, 0, Buffer.from('four'))).toMatchObject({ status: 204 });
  });

  test('a body of another type is refused', async () => {
    const { id } = await newEpisode();
    const path = await createUpload(4, { episodeId: id });
    const answer = await patch(path, 0, Buffer.from('four'), { headers: { 'content-type': 'video/mp4' } });
    expect(answer.status).toBe(415);
  });

  test('an upload that is ended by its client is gone, one that is whole is its job’s', async () => {
    const { id } = await newEpisode();
    const path = await createUpload(9_000_000, { episodeId: id });
    await patch(path, 0, randomBytes(8_900_000));
    expect(await statusOf(await apiFetch(path, { method: 'DELETE', headers: TUS }))).toBe(204);
    await expectProblem(await apiFetch(path), 'upload-not-found');
    expect((await patch(path, 8_900_000, randomBytes(100_000))).status).toBe(404);
    const whole = await createUpload(4, { episodeId: id });
    await patch(whole, 0, Buffer.from('four'));
    await expectProblem(await apiFetch(whole, { method: 'DELETE', headers: TUS }), 'conflict');
  });

  test('uploads of a file to an episode are found by its hash', async () => {
    const { id } = await newEpisode();
    const hash = sha256(randomBytes(8));
    const path = await createUpload(4, { episodeId: id, sha256: hash });
    await createUpload(4, { episodeId: id });
    const found = await jsonOf<{ items: { id: string }[] }>(await apiFetch(`/v1/uploads?episode=${id}&sha256=${hash}`));
    expect(found.items.map((upload) => `/v1/uploads/${upload.id}`)).toEqual([path]);
    await expectProblem(await apiFetch('/v1/uploads'), 'invalid-request');
  });
});
