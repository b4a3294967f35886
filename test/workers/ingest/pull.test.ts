import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { apiFetch } from '../../support/edge.ts';
import { leaseJob } from '../support/fake-transcoder.ts';
import { expectProblem, jsonOf } from '../support/http.ts';
import { createEpisode, createSeries, readEpisode, readJob, uploadSource, type JobWire } from '../support/library.ts';
import { sha256 } from '../support/tus-client.ts';

/** What a test's server does with each request for a path, in turn; the last goes on. */
type Behaviour = (request: IncomingMessage, response: ServerResponse) => void;
const behaviours = new Map<string, Behaviour[]>();
const asked: { path: string; range: string | undefined; authorization: string | undefined }[] = [];
let server: Server;
let origin = '';
let seriesId = '';
let nextNumber = 1;

beforeAll(async () => {
  server = createServer((request, response) => {
    const path = request.url ?? '';
    asked.push({ path, range: request.headers.range, authorization: request.headers.authorization });
    const list = behaviours.get(path) ?? [];
    const behave = list.length > 1 ? list.shift() : list[0];
    if (behave === undefined) response.writeHead(404).end();
    else behave(request, response);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  seriesId = (await createSeries()).id;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const newEpisode = () => createEpisode(seriesId, nextNumber++);
const pull = (episodeId: string, url: string) => apiFetch(`/v1/episodes/${episodeId}/source`, { json: { url } });

async function startPull(url: string): Promise<JobWire> {
  const { id } = await newEpisode();
  const answer = await pull(id, url);
  const { job } = await jsonOf<{ job: JobWire }>(answer, 202);
  expect(answer.headers.get('location')).toBe(`/v1/jobs/${job.id}`);
  return job;
}

/** Until it waits for a transcoder, or has failed. */
async function settled(jobId: string): Promise<JobWire & { phase: string | null; sourceSha256: string | null }> {
  for (;;) {
    const job = (await readJob(jobId)) as JobWire & { phase: string | null; sourceSha256: string | null };
    if (job.phase !== 'pulling') return job;
    await sleep(100);
  }
}

const serve =
  (bytes: Uint8Array, headers: Record<string, string> = {}): Behaviour =>
  (request, response) => {
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const range = from > 0 && headers['etag'] !== undefined && request.headers['if-range'] === headers['etag'];
    const body = range ? bytes.subarray(from) : bytes;
    const more = range ? { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` } : {};
    response.writeHead(range ? 206 : 200, { 'content-length': String(body.length), ...headers, ...more }).end(body);
  };

const breakOff =
  (bytes: Uint8Array, after: number, headers: Record<string, string> = {}): Behaviour =>
  (_request, response) => {
    response.writeHead(200, { 'content-length': String(bytes.length), ...headers });
    response.write(bytes.subarray(0, after), () => setTimeout(() => response.destroy(), 200));
  };

const redirect =
  (location: string): Behaviour =>
  (_request, response) =>
    void response.writeHead(302, { location }).end();

describe('a source that is pulled from a URL', () => {
  test('answers at once, waits for no transcoder while it comes, and arrives byte for byte', async () => {
    const bytes = randomBytes(20_000_001);
    let send = (): void => undefined;
    behaviours.set('/slow.mp4', [(request, response) => (send = () => serve(bytes)(request, response))]);
    const job = await startPull(`${origin}/slow.mp4`);
    expect(job).toMatchObject({ state: 'queued', phase: 'pulling', sourceSizeBytes: 0, sourceSha256: null });
    expect((await readEpisode(job.episodeId)).state).toBe('processing');
    while (!asked.some(({ path }) => path === '/slow.mp4')) await sleep(50);
    // The transcoder gets what is there, and never this.
    const other = await uploadSource((await newEpisode()).id);
    expect((await leaseJob(other.id)).jobId).toBe(other.id);
    expect(await readJob(job.id)).toMatchObject({ state: 'queued', phase: 'pulling' });
    send();
    const arrived = await settled(job.id);
    expect(arrived).toMatchObject({ state: 'queued', sourceSizeBytes: bytes.length, sourceSha256: sha256(bytes) });
    const { source } = await leaseJob(job.id);
    expect(sha256(Buffer.from(await (await fetch(source.url)).arrayBuffer()))).toBe(sha256(bytes));
  });

  test('that broke off goes on from where it was, when the server has ranges and it is the same file', async () => {
    const bytes = randomBytes(20_000_000);
    const etag = { etag: '"one"' };
    behaviours.set('/broken.mp4', [breakOff(bytes, 10_000_000, etag), serve(bytes, etag)]);
    const job = await settled((await startPull(`${origin}/broken.mp4`)).id);
    expect(job).toMatchObject({ state: 'queued', sourceSizeBytes: bytes.length, sourceSha256: sha256(bytes) });
    const [first, second] = asked.filter(({ path }) => path === '/broken.mp4');
    expect(first?.range).toBeUndefined();
    expect(Number(/\d+/.exec(second?.range ?? '')?.[0])).toBeGreaterThanOrEqual(8 * 1024 ** 2);
  });

  test.each([
    ['another file', { etag: '"two"' }],
    ['no ranges', {}],
  ])('begins anew where it is %s now', async (name, headers) => {
    const before = randomBytes(9_000_000);
    const bytes = randomBytes(9_500_000);
    const path = `/${name.replace(' ', '-')}.mp4`;
    behaviours.set(path, [breakOff(before, 8_900_000, { etag: '"one"' }), serve(bytes, headers)]);
    const job = await settled((await startPull(origin + path)).id);
    expect(job).toMatchObject({ state: 'queued', sourceSizeBytes: bytes.length, sourceSha256: sha256(bytes) });
  });

  test('may come in chunks without a length', async () => {
    const bytes = randomBytes(8 * 1024 ** 2);
    behaviours.set('/chunked.mp4', [(_, response) => void response.writeHead(200).end(bytes)]);
    behaviours.set('/nothing.mp4', [(_, response) => void response.writeHead(200).end()]);
    const job = await settled((await startPull(`${origin}/chunked.mp4`)).id);
    expect(job).toMatchObject({ sourceSizeBytes: bytes.length, sourceSha256: sha256(bytes) });
    const empty = await settled((await startPull(`${origin}/nothing.mp4`)).id);
    expect(empty).toMatchObject({ state: 'failed', failure: { code: 'source-empty' } });
  });

  test('is given up after three attempts, and says what the server answered', async () => {
    behaviours.set('/sick.mp4', [(_, response) => void response.writeHead(503).end()]);
    const job = await settled((await startPull(`${origin}/sick.mp4`)).id);
    expect(job).toMatchObject({ state: 'failed', failure: { code: 'source-unreachable' } });
    expect(job.failure?.detail).toContain('503');
    expect(asked.filter(({ path }) => path === '/sick.mp4')).toHaveLength(3);
    expect((await readEpisode(job.episodeId)).failure?.code).toBe('source-unreachable');
  });

  test('is not asked for again where the server refuses it, and the API key goes nowhere', async () => {
    const job = await settled((await startPull(`${origin}/none.mp4`)).id);
    expect(job).toMatchObject({ state: 'failed', failure: { code: 'source-unreachable' } });
    const [only, ...more] = asked.filter(({ path }) => path === '/none.mp4');
    expect(more).toEqual([]);
    expect(only?.authorization).toBeUndefined();
  });

  test('of more than 4 GiB is refused before a byte is stored', async () => {
    behaviours.set('/huge.mp4', [
      (_, response) => void response.writeHead(200, { 'content-length': String(4 * 1024 ** 3 + 1) }).write('x'),
    ]);
    const job = await settled((await startPull(`${origin}/huge.mp4`)).id);
    expect(job).toMatchObject({ state: 'failed', failure: { code: 'source-too-large' } });
  });

  test('gives way to an upload that was begun after it', async () => {
    const bytes = randomBytes(1_000);
    let send = (): void => undefined;
    behaviours.set('/late.mp4', [(request, response) => (send = () => serve(bytes)(request, response))]);
    const job = await startPull(`${origin}/late.mp4`);
    while (!asked.some(({ path }) => path === '/late.mp4')) await sleep(50);
    const newer = await uploadSource(job.episodeId);
    send();
    await sleep(500);
    expect(await readJob(job.id)).toMatchObject({ state: 'failed', failure: { code: 'superseded' } });
    expect(await readJob(newer.id)).toMatchObject({ state: 'queued' });
  });
});

describe('a redirect', () => {
  test('is followed three times', async () => {
    const bytes = randomBytes(1_000);
    behaviours.set('/r1', [redirect('/r2')]);
    behaviours.set('/r2', [redirect(`${origin}/r3`)]);
    behaviours.set('/r3', [redirect('/there.mp4')]);
    behaviours.set('/there.mp4', [serve(bytes)]);
    const job = await settled((await startPull(`${origin}/r1`)).id);
    expect(job).toMatchObject({ state: 'queued', sourceSha256: sha256(bytes) });
    behaviours.set('/r0', [redirect('/r1')]);
    const further = await settled((await startPull(`${origin}/r0`)).id);
    expect(further).toMatchObject({ state: 'failed', failure: { code: 'source-url-refused' } });
  });

  test.each([
    'http://10.0.0.1/',
    'https://10.0.0.1/',
    'http://169.254.169.254/latest/meta-data/',
    'https://metadata.google.internal/',
    'https://user:password@masters.example.com/',
    'http://masters.example.com/a.mp4',
    'https://[fd00::1]/',
    'file:///etc/passwd',
    'https://167772161/',
    '//printer.local/',
  ])('to %s is not followed', async (location) => {
    const path = `/to-${randomBytes(4).toString('hex')}`;
    behaviours.set(path, [redirect(location)]);
    const job = await settled((await startPull(origin + path)).id);
    expect(job).toMatchObject({ state: 'failed', failure: { code: 'source-url-refused' } });
  });
});

describe('a URL that the edge must not ask', () => {
  test.each([
    'http://masters.example.com/a.mp4',
    'https://10.0.0.1/a.mp4',
    'https://[::ffff:a9fe:a9fe]/',
    'https://0x7f000001/',
    'https://printer/',
    'https://metadata.google.internal/',
    'https://masters.example.com:8443/',
    'https://user:password@masters.example.com/',
    'ftp://masters.example.com/a.mp4',
    'file:///etc/passwd',
  ])('%s is refused at once', async (url) => {
    const { id } = await newEpisode();
    await expectProblem(await pull(id, url), 'source-url-refused');
    expect((await readEpisode(id)).state).toBe('draft');
  });

  test('is refused in a body of another form, too', async () => {
    const { id } = await newEpisode();
    for (const json of [{}, { url: 7 }, { url: origin, headers: {} }])
      await expectProblem(await apiFetch(`/v1/episodes/${id}/source`, { json }), 'invalid-request');
  });
});
