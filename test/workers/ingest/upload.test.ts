import { createHash, randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { beforeAll, describe, expect, test } from 'vitest';
import { apiFetch, edgeOrigin, platformSecrets } from '../../support/edge.ts';
import { leaseJob, transcode } from '../support/fake-transcoder.ts';
import { expectProblem, jsonOf } from '../support/http.ts';
import { createEpisode, createSeries, publish, readEpisode, uploadSource, type JobWire } from '../support/library.ts';

let seriesId = '';
let nextNumber = 1;
beforeAll(async () => {
  seriesId = (await createSeries()).id;
});
const newEpisode = () => createEpisode(seriesId, nextNumber++);

/** A PUT whose body comes in chunks and without a length; `breakAfter` cuts the connection there. */
function putChunked(
  episodeId: string,
  chunks: readonly Uint8Array[],
  breakAfter: number | null = null,
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${platformSecrets().apiKey}`, 'transfer-encoding': 'chunked' };
    const sent = request(`${edgeOrigin()}/v1/episodes/${episodeId}/source`, { method: 'PUT', headers }, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => (body += chunk.toString()));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
    sent.on('error', breakAfter === null ? reject : () => resolve({ status: 0, body: '' }));
    void (async () => {
      for (const [index, chunk] of chunks.entries()) {
        if (index === breakAfter) return sent.destroy();
        await new Promise((written) => sent.write(chunk, written));
      }
      return sent.end();
    })();
  });
}

async function storedSha256(jobId: string): Promise<string> {
  const { source } = await leaseJob(jobId);
  return createHash('sha256')
    .update(Buffer.from(await (await fetch(source.url)).arrayBuffer()))
    .digest('hex');
}
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

describe('an upload', () => {
  test('of 20 MB arrives byte for byte', async () => {
    const { id } = await newEpisode();
    const bytes = randomBytes(20_000_003);
    const job = await uploadSource(id, bytes);
    expect(job.sourceSizeBytes).toBe(20_000_003);
    expect(await storedSha256(job.id)).toBe(sha256(bytes));
  });

  test('without a Content-Length, in pieces of all sizes, arrives byte for byte', async () => {
    const { id } = await newEpisode();
    const bytes = randomBytes(8 * 1024 ** 2 + 777);
    const chunks = [0, 1, 2, 65_536, 65_537, 5_000_000, 8 * 1024 ** 2].map((start, index, starts) =>
      bytes.subarray(start, starts[index + 1]),
    );
    const { status, body } = await putChunked(id, chunks);
    expect(status).toBe(202);
    const { job } = JSON.parse(body) as { job: JobWire };
    expect(job).toMatchObject({ state: 'queued', sourceSizeBytes: bytes.length });
    expect(await storedSha256(job.id)).toBe(sha256(bytes));
  });

  test.each([0, 1])('of exactly two parts and %i bytes arrives byte for byte', async (more) => {
    const bytes = randomBytes(2 * 8 * 1024 ** 2 + more);
    const job = await uploadSource((await newEpisode()).id, bytes);
    expect(await storedSha256(job.id)).toBe(sha256(bytes));
  });

  test('answers 202 with where to look', async () => {
    const { id } = await newEpisode();
    const answer = await apiFetch(`/v1/episodes/${id}/source`, { method: 'PUT', body: 'x' });
    const { job } = await jsonOf<{ job: JobWire }>(answer, 202);
    expect(answer.headers.get('location')).toBe(`/v1/jobs/${job.id}`);
  });

  test('that breaks off leaves the episode as it was', async () => {
    const { id } = await newEpisode();
    const megabyte = randomBytes(1_000_000);
    await putChunked(
      id,
      Array.from({ length: 12 }, () => megabyte),
      10,
    );
    await new Promise((passed) => setTimeout(passed, 300));
    expect((await readEpisode(id)).state).toBe('draft');
    expect((await uploadSource(id)).state).toBe('queued');
  });

  test('that breaks off leaves a published episode published', async () => {
    const { id } = await newEpisode();
    await transcode((await uploadSource(id)).id);
    await publish(id);
    await putChunked(id, [randomBytes(1_000_000), randomBytes(1_000_000)], 1);
    await new Promise((passed) => setTimeout(passed, 300));
    expect((await readEpisode(id)).state).toBe('published');
  });

  test('of nothing is refused, with and without a length', async () => {
    const { id } = await newEpisode();
    await expectProblem(await apiFetch(`/v1/episodes/${id}/source`, { method: 'PUT', body: '' }), 'invalid-request');
    await expectProblem(await apiFetch(`/v1/episodes/${id}/source`, { method: 'PUT' }), 'invalid-request');
    expect((await putChunked(id, [])).status).toBe(400);
    expect((await readEpisode(id)).state).toBe('draft');
  });

  test('to an episode that is not there is refused', async () => {
    await expectProblem(
      await apiFetch('/v1/episodes/ep_00000000000000000000000000/source', { method: 'PUT', body: 'x' }),
      'episode-not-found',
    );
  });
});
