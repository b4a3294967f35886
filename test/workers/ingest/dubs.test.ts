/** Dubs that are added to an episode that plays. What the transcoder does with them: test/transcoder/dub.test.ts. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, test } from 'vitest';
import type { LeasedDub, LeasedJob, TranscodeResult } from '#core/ingest/transcoder-protocol.ts';
import { apiFetch, edgeFetch } from '../../support/edge.ts';
import { putFiles } from '../support/bucket.ts';
import { dubbedVersion, subtitledVersion } from '../support/dubs.ts';
import {
  fakeVersion,
  finish,
  lease,
  leaseJob,
  putObjects,
  sendCompleted,
  sendFailed,
  sendProgress,
  transcode,
} from '../support/fake-transcoder.ts';
import { foreignLadder } from '../support/foreign-hls.ts';
import { expectProblem, jsonOf, statusOf } from '../support/http.ts';
import {
  createEpisode,
  createSeries,
  hasBegun,
  publish,
  readEpisode,
  readJob,
  uploadSource,
  type JobWire,
} from '../support/library.ts';
import { newViewerId, removeBackendKeys, viewerToken } from '../support/tokens.ts';

interface AudioWire {
  readonly version: string | null;
  readonly tracks: readonly { readonly name: string; readonly language: string | null; readonly isDefault: boolean }[];
  readonly jobs: readonly { readonly id: string; readonly dub: { readonly language: string } | null }[];
}

afterAll(removeBackendKeys);

async function readyEpisode(more: object = {}, version = subtitledVersion()): Promise<string> {
  const { id } = await createEpisode((await createSeries({ freeEpisodes: 1 }, more)).id);
  await transcode((await uploadSource(id)).id, version);
  await publish(id);
  return id;
}

const at = (episode: string, language: string, query = ''): string =>
  `/v1/episodes/${episode}/audio/${language}${query}`;
const put = (episode: string, language: string, query = '', body = 'some sound'): Promise<Response> =>
  apiFetch(at(episode, language, query), { method: 'PUT', body, headers: { 'content-type': 'audio/wav' } });
const sent = async (episode: string, language: string, query = ''): Promise<JobWire> =>
  (await jsonOf<{ job: JobWire }>(await put(episode, language, query), 202)).job;
const remove = (episode: string, language: string): Promise<Response> =>
  apiFetch(at(episode, language), { method: 'DELETE' });
const audio = async (episode: string): Promise<AudioWire> => jsonOf(await apiFetch(`/v1/episodes/${episode}/audio`));
const heard = async (episode: string): Promise<string[]> =>
  (await audio(episode)).tracks.map(({ name, language, isDefault }) => `${name} ${language}${isDefault ? ' *' : ''}`);

function dubOf({ dub }: LeasedJob): LeasedDub {
  if (dub === undefined) throw new Error('the lease is of no dub');
  return dub;
}

/** Lease, copy, completed: the dub is there when this returns. */
async function addDub(episode: string, language: string, query = ''): Promise<void> {
  const job = await leaseJob((await sent(episode, language, query)).id);
  await finish(job, dubbedVersion(dubOf(job)));
}

async function playlistOf(episode: string): Promise<string> {
  const headers = { authorization: `Bearer ${await viewerToken(newViewerId())}` };
  return (await edgeFetch(`/v1/episodes/${episode}/playlist.m3u8`, { headers })).text();
}

describe('a dub that is sent to an episode that plays', () => {
  test('is a job that copies the version; then viewers have both languages, and the captions that they had', async () => {
    const episode = await readyEpisode();
    await jsonOf(
      await apiFetch(`/v1/episodes/${episode}/captions/fr`, {
        method: 'PUT',
        body: 'WEBVTT\n\n00:01.000 --> 00:02.000\nsalut\n',
      }),
    );
    const before = await audio(episode);
    expect(before).toMatchObject({ tracks: [], jobs: [] });
    const answer = await put(episode, 'ES-mx', '?machineGenerated=1&label=Doblaje');
    const { job } = await jsonOf<{ job: JobWire }>(answer, 202);
    expect(answer.headers.get('Location')).toBe(`/v1/jobs/${job.id}`);
    expect(job).toMatchObject({ kind: 'dub', dub: { language: 'es-MX', isMachineGenerated: true }, state: 'queued' });
    expect((await audio(episode)).jobs).toMatchObject([{ id: job.id, dub: { language: 'es-MX' } }]);
    expect(await playlistOf(episode)).not.toContain('TYPE=AUDIO');

    const leased = await leaseJob(job.id);
    expect(leased.dub).toMatchObject({
      language: 'es-MX',
      contentKey: null,
      segmentDurationsSeconds: [1, 1, 2, 2, 2, 2],
      sounds: [
        { from: 'muxed', language: null, label: 'Original', isMachineGenerated: false },
        { from: 'dub', language: 'es-MX', label: 'Doblaje', isMachineGenerated: true },
      ],
      texts: [{ name: 't0', language: 'en' }],
    });
    expect(dubOf(leased).rungs.map(({ name, width, height }) => `${name} ${width}x${height}`)).toEqual([
      'v0 360x640',
      'v1 540x960',
      'v2 1080x1920',
    ]);
    const paths = dubOf(leased).objects.map(({ path }) => path);
    expect(paths).toEqual(
      expect.arrayContaining(['multivariant.m3u8', 'poster.jpg', 'v2/init.mp4', 'v0/5.m4s', 't0/0.vtt']),
    );
    // The file of French is a sidecar's: it is written to the new version as to any.
    expect(paths.some((path) => path.startsWith('t1/') || path.endsWith('v0/media.m3u8'))).toBe(false);
    const [first] = dubOf(leased).objects.filter(({ path }) => path === 'v1/3.m4s');
    const bytes = Buffer.from(await (await fetch(first?.url ?? '')).arrayBuffer());
    expect(bytes.equals(subtitledVersion().objects.get('v1/3.m4s') ?? Buffer.alloc(0))).toBe(true);

    await finish(leased, dubbedVersion(dubOf(leased)));
    expect(await readJob(job.id)).toMatchObject({ state: 'succeeded' });
    expect(await heard(episode)).toEqual(['a0 null *', 'a1 es-MX']);
    expect((await audio(episode)).version).not.toBe(before.version);
    const playlist = await playlistOf(episode);
    expect(playlist).toMatch(/TYPE=AUDIO.*NAME="Original".*DEFAULT=YES/);
    expect(playlist).toMatch(/TYPE=AUDIO.*NAME="Doblaje",LANGUAGE="es-MX".*CHARACTERISTICS="public.machine-generated"/);
    expect(playlist.match(/TYPE=SUBTITLES.*LANGUAGE="(\w+)"/g)).toHaveLength(2);
    const [uri = ''] = /\/m\/[^"]*a1\/media\.m3u8/.exec(playlist) ?? [];
    expect(await (await edgeFetch(uri)).text()).toContain('#EXT-X-ENDLIST');
  });

  test('has the placeholder, the images and the loudness of the version that it copies, and counts its own bytes', async () => {
    const told: Partial<TranscodeResult> = {
      mainLanguage: 'en',
      thumbhash: 'VDkWNAZ493i3h3h4Z3h4j4v3mA==',
      loudnessLufs: -12.93,
      images: { poster: { width: 720, height: 1_280 } },
    };
    const source = subtitledVersion();
    const startBytes = (bytes: number, { renditions }: TranscodeResult): Partial<TranscodeResult> => {
      return { renditions: renditions.map((rung) => ({ ...rung, startBytes: bytes })) };
    };
    const result = { ...source.result, ...told, ...startBytes(9_000, source.result) };
    const episode = await readyEpisode({}, { ...source, result });
    expect((await readEpisode(episode)).presentation).toEqual({ ...told, startBytes: [9_000, 9_000, 9_000] });
    const counted = await leaseJob((await sent(episode, 'es')).id);
    const spanish = dubbedVersion(dubOf(counted));
    const quieter = { ...spanish.result, ...startBytes(8_000, spanish.result), mainLanguage: 'en' };
    await finish(counted, { ...spanish, result: quieter });
    expect((await readEpisode(episode)).presentation).toEqual({ ...told, startBytes: [8_000, 8_000, 8_000] });
    // A transcoder that counts nothing: what was counted of the other segments is not told of these.
    await addDub(episode, 'fr');
    expect((await readEpisode(episode)).presentation).toEqual({ ...told, startBytes: null });
  });

  test('names the main language as the version says, whatever the series says of its next uploads', async () => {
    const source = subtitledVersion();
    const episode = await readyEpisode({}, { ...source, result: { ...source.result, mainLanguage: 'ko' } });
    const { seriesId } = await readEpisode(episode);
    await jsonOf(await apiFetch(`/v1/series/${seriesId}/encoding`, { method: 'PUT', json: { mainLanguage: 'en' } }));
    await expectProblem(await put(episode, 'ko'), 'conflict');
    await addDub(episode, 'en');
    expect(await heard(episode)).toEqual(['a0 ko *', 'a1 en']);
  });

  test('that fails is no failure of the episode, which plays as before', async () => {
    const episode = await readyEpisode();
    const job = await leaseJob((await sent(episode, 'es')).id);
    await jsonOf(await sendFailed(job, false, 'dub-duration-mismatch'));
    expect(await readJob(job.jobId)).toMatchObject({ state: 'failed', failure: { code: 'dub-duration-mismatch' } });
    const { state, failure } = await readEpisode(episode);
    expect({ state, failure }).toEqual({ state: 'published', failure: undefined });
  });

  test('beside another makes three languages, and in the place of one in its language two', async () => {
    const episode = await readyEpisode();
    await addDub(episode, 'es');
    await addDub(episode, 'fr');
    expect(await heard(episode)).toEqual(['a0 null *', 'a1 es', 'a2 fr']);
    await addDub(episode, 'es');
    expect(await heard(episode)).toEqual(['a0 null *', 'a1 fr', 'a2 es']);
  });

  test('of two at once the second waits for the first, and has what it made', async () => {
    const episode = await readyEpisode();
    const [spanish, french] = [await sent(episode, 'es'), await sent(episode, 'fr')];
    const first = await leaseJob(spanish.id);
    expect(await leasesOf(french.id)).toBe(false);
    await finish(first, dubbedVersion(dubOf(first)));
    const second = await leaseJob(french.id);
    expect(dubOf(second).sounds.map(({ from, language }) => `${from} ${language}`)).toEqual([
      'a0 null',
      'a1 es',
      'dub fr',
    ]);
    await finish(second, dubbedVersion(dubOf(second)));
    expect(await heard(episode)).toEqual(['a0 null *', 'a1 es', 'a2 fr']);
  });

  test('in the same language again takes the place of the one that is not done', async () => {
    const episode = await readyEpisode();
    const [old, other] = [await sent(episode, 'es'), await sent(episode, 'fr')];
    const leased = await leaseJob(old.id);
    const newer = await sent(episode, 'es');
    expect(await readJob(old.id)).toMatchObject({ state: 'failed', failure: { code: 'superseded' } });
    expect(await readJob(other.id)).toMatchObject({ state: 'queued' });
    await expectProblem(await sendCompleted(leased, dubbedVersion(dubOf(leased)).result), 'lease-lost');
    expect(await readJob(newer.id)).toMatchObject({ state: 'queued' });
  });
});

/** Whether a transcoder that asks now is given this job; whatever else it is given is dropped. */
async function leasesOf(jobId: string): Promise<boolean> {
  for (;;) {
    const job = await lease();
    if (job === null || job.jobId === jobId) return job !== null;
  }
}

describe('a dub by URL', () => {
  test('is fetched as a source is, and added', async () => {
    const server = createServer((_, response) => response.end('sound from elsewhere'));
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/es.wav`;
    const episode = await readyEpisode();
    const answer = await apiFetch(at(episode, 'es', '?label=Doblaje'), { json: { url } });
    const { job } = await jsonOf<{ job: JobWire }>(answer, 202);
    expect(job).toMatchObject({ kind: 'dub', dub: { language: 'es' }, phase: 'pulling' });
    while (((await readJob(job.id)) as JobWire & { phase: string }).phase === 'pulling') await sleep(50);
    const leased = await leaseJob(job.id);
    expect(await (await fetch(leased.source.url)).text()).toBe('sound from elsewhere');
    await finish(leased, dubbedVersion(dubOf(leased)));
    expect(await heard(episode)).toEqual(['a0 null *', 'a1 es']);
    server.close();
  });

  test.each(['http://169.254.169.254/es.wav', 'https://printer/es.wav'])('%s is refused at once', async (url) => {
    const episode = await readyEpisode();
    await expectProblem(await apiFetch(at(episode, 'es'), { json: { url } }), 'source-url-refused');
    expect(await audio(episode)).toMatchObject({ jobs: [] });
  });

  test('of an episode that has no picture yet is refused before anything is fetched', async () => {
    const { id } = await createEpisode((await createSeries()).id);
    const json = { url: 'https://masters.example.com/es.wav' };
    await expectProblem(await apiFetch(at(id, 'es'), { json }), 'episode-not-ready');
  });
});

describe('a new source of the episode', () => {
  test('while a dub is added ends that job, and what the transcoder still has is never published', async () => {
    const episode = await readyEpisode();
    const before = (await audio(episode)).version;
    const leased = await leaseJob((await sent(episode, 'es')).id);
    const dubbed = dubbedVersion(dubOf(leased));
    await putObjects(leased, dubbed.objects);
    const source = await uploadSource(episode);
    expect(await readJob(leased.jobId)).toMatchObject({ state: 'failed', failure: { code: 'superseded' } });
    await expectProblem(await sendCompleted(leased, dubbed.result), 'lease-lost');
    await expectProblem(await sendProgress(leased, 0.5), 'lease-lost');
    expect((await audio(episode)).version).toBe(before);
    await transcode(source.id);
    expect(await heard(episode)).toEqual([]);
    await expectProblem(await apiFetch(`/v1/jobs/${leased.jobId}/retry`, { method: 'POST' }), 'conflict');
  });

  test('comes without the dubs of the old one, and its job says which languages are gone', async () => {
    const episode = await readyEpisode();
    await addDub(episode, 'es', '?label=Doblaje');
    const job = await uploadSource(episode);
    await transcode(job.id);
    const { warnings } = await jsonOf<{ warnings: { code: string; detail: string }[] }>(
      await apiFetch(`/v1/jobs/${job.id}`),
    );
    expect(warnings.map(({ code }) => code)).toContain('languages-lost');
    expect(warnings.at(-1)?.detail).toContain('Doblaje (es)');
    expect(await heard(episode)).toEqual([]);
  });

  test('that is at work when a dub is sent is waited for, and gets it', async () => {
    const episode = await readyEpisode();
    const source = await leaseJob((await uploadSource(episode)).id);
    const dub = await sent(episode, 'es');
    expect(await leasesOf(dub.id)).toBe(false);
    await finish(source, fakeVersion({ segments: [1, 1, 2, 3] }));
    const leased = await leaseJob(dub.id);
    expect(dubOf(leased).segmentDurationsSeconds).toEqual([1, 1, 2, 3]);
    await finish(leased, dubbedVersion(dubOf(leased)));
    expect(await heard(episode)).toEqual(['a0 null *', 'a1 es']);
  });

  test('that was begun before a dub and comes in while that is added: the dub is added once more, to it', async () => {
    const episode = await readyEpisode();
    const slow = slowUpload(episode);
    await slow.begun;
    const first = await leaseJob((await sent(episode, 'es')).id);
    const source = await slow.end();
    // Cut as the one before it: nothing but the version's name tells that the dub is of another picture.
    await transcode(source.id);
    const published = (await audio(episode)).version;
    const late = dubbedVersion(dubOf(first));
    await putObjects(first, late.objects);
    await jsonOf(await sendCompleted(first, late.result));
    expect(await audio(episode)).toMatchObject({ version: published, tracks: [] });
    expect(await readJob(first.jobId)).toMatchObject({ state: 'queued' });
    const second = await leaseJob(first.jobId);
    expect(dubOf(second).objects[0]?.url).toContain(`/${published}/`);
    await finish(second, dubbedVersion(dubOf(second)));
    expect(await heard(episode)).toEqual(['a0 null *', 'a1 es']);
  });
});

/** An upload whose last byte comes when the test says so. */
function slowUpload(episode: string) {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  const answer = apiFetch(`/v1/episodes/${episode}/source`, {
    method: 'PUT',
    body: readable,
    duplex: 'half',
  } as RequestInit);
  const begun = writer.write(new Uint8Array(100_000)).then(hasBegun);
  return {
    begun,
    end: async (): Promise<JobWire> => {
      await writer.close();
      return (await jsonOf<{ job: JobWire }>(await answer, 202)).job;
    },
  };
}

describe('a transcoder', () => {
  test('that lost its lease publishes nothing; the attempt that has it does', async () => {
    const episode = await readyEpisode();
    const before = (await audio(episode)).version;
    const first = await leaseJob((await sent(episode, 'es')).id);
    await jsonOf(await sendFailed(first, true, 'upload-failed'));
    const second = await leaseJob(first.jobId);
    const made = dubbedVersion(dubOf(first));
    await expectProblem(await sendCompleted(first, made.result), 'lease-lost');
    expect((await audio(episode)).version).toBe(before);
    await finish(second, dubbedVersion(dubOf(second)));
    expect(await heard(episode)).toEqual(['a0 null *', 'a1 es']);
    await expectProblem(await sendCompleted(first, made.result), 'lease-lost');
  });

  test.each([
    ['knows of no dubs and encodes a film of the file', () => fakeVersion()],
    [
      'cut the picture elsewhere',
      (dub: LeasedDub) => dubbedVersion({ ...dub, segmentDurationsSeconds: [1, 1, 2, 2, 4] }),
    ],
    ['lost a rung', (dub: LeasedDub) => dubbedVersion({ ...dub, rungs: dub.rungs.slice(0, 2) })],
    [
      'left out the language',
      (dub: LeasedDub) => dubbedVersion({ ...dub, sounds: dub.sounds.map((sound) => ({ ...sound, language: 'de' })) }),
    ],
  ])('that %s is not believed', async (_, make) => {
    const episode = await readyEpisode();
    const before = (await audio(episode)).version;
    const job = await leaseJob((await sent(episode, 'es')).id);
    const { objects, result } = make(dubOf(job));
    await putObjects(job, objects);
    await jsonOf(await sendCompleted(job, result));
    expect(await readJob(job.jobId)).toMatchObject({ state: 'queued', attempts: 1 });
    expect((await audio(episode)).version).toBe(before);
  });

  test('gets the key of the version that it copies and another for its own, under either scheme', async () => {
    for (const protection of ['aes-128', 'cbcs']) {
      const episode = await readyEpisode({ protection });
      const job = await leaseJob((await sent(episode, 'es')).id);
      const { contentKey } = dubOf(job);
      expect(contentKey).toMatchObject({ scheme: protection });
      expect(job.contentKey).toMatchObject({ scheme: protection });
      expect(job.contentKey?.key).not.toBe(contentKey?.key);
      expect(Buffer.from(contentKey?.key ?? '', 'base64url')).toHaveLength(16);
      await finish(job, dubbedVersion(dubOf(job)));
      expect(await heard(episode)).toEqual(['a0 null *', 'a1 es']);
    }
  });

  test('is not given the rungs of AV1 where the series is under cbcs by now: nothing of ours encrypts those', async () => {
    const { objects, result } = subtitledVersion();
    const renditions = result.renditions.map((rung, n) => ({ ...rung, ...(n === 2 && { codecs: 'av01.0.04M.08' }) }));
    const episode = await readyEpisode({}, { objects, result: { ...result, renditions } });
    const open = dubOf(await leaseJob((await sent(episode, 'fr')).id));
    expect(open.rungs.map(({ name }) => name)).toEqual(['v0', 'v1', 'v2']);
    const { seriesId } = await readEpisode(episode);
    await jsonOf(await apiFetch(`/v1/series/${seriesId}`, { method: 'PATCH', json: { protection: 'cbcs' } }));
    const job = await leaseJob((await sent(episode, 'fr')).id);
    expect(dubOf(job).rungs.map(({ name }) => name)).toEqual(['v0', 'v1']);
    expect(dubOf(job).objects.some(({ path }) => path.startsWith('v2/'))).toBe(false);
    await finish(job, dubbedVersion(dubOf(job)));
    expect(await heard(episode)).toEqual(['a0 null *', 'a1 fr']);
  });

  test('opens what the first one closed: the key is the one that the segments have', async () => {
    const { id } = await createEpisode((await createSeries({ freeEpisodes: 1 }, { protection: 'aes-128' })).id);
    const source = await leaseJob((await uploadSource(id)).id);
    await finish(source);
    const job = await leaseJob((await sent(id, 'es')).id);
    expect(dubOf(job).contentKey?.key).toBe(source.contentKey?.key);
  });
});

describe('DELETE', () => {
  test('takes a dub out of the next playlist, and leaves the main language', async () => {
    const episode = await readyEpisode();
    await addDub(episode, 'es');
    await addDub(episode, 'fr');
    expect(await statusOf(await remove(episode, 'es'))).toBe(204);
    expect(await heard(episode)).toEqual(['a0 null *', 'a2 fr']);
    const playlist = await playlistOf(episode);
    expect(playlist).not.toContain('a1/media.m3u8');
    expect(playlist.match(/TYPE=AUDIO/g)).toHaveLength(2);
    expect(playlist).toContain('TYPE=SUBTITLES');
    await expectProblem(await remove(episode, 'es'), 'not-found');
    // The next dub does not bring it back.
    await addDub(episode, 'de');
    expect(await heard(episode)).toEqual(['a0 null *', 'a1 fr', 'a2 de']);
  });

  test('is refused while a dub is added, which has copied it already', async () => {
    const episode = await readyEpisode();
    await addDub(episode, 'es');
    const job = await leaseJob((await sent(episode, 'fr')).id);
    await expectProblem(await remove(episode, 'es'), 'conflict');
    await finish(job, dubbedVersion(dubOf(job)));
    expect(await statusOf(await remove(episode, 'es'))).toBe(204);
    expect(await heard(episode)).toEqual(['a0 null *', 'a2 fr']);
  });
});

describe('what is refused', () => {
  test('a dub for an episode without a version, for imported HLS, for no episode, in no language, without a byte', async () => {
    const { id } = await createEpisode((await createSeries()).id);
    expect(await expectProblem(await put(id, 'es'), 'episode-not-ready')).toMatchObject({ state: 'draft' });
    await expectProblem(await put('ep_none', 'es'), 'episode-not-found');
    const prefix = `imports/${id}`;
    await putFiles(`${prefix}/`, foreignLadder());
    await jsonOf(await apiFetch(`/v1/episodes/${id}/hls`, { json: { prefix } }), 201);
    await expectProblem(await put(id, 'es'), 'conflict');
    const episode = await readyEpisode();
    await expectProblem(await put(episode, 'not_a_language'), 'invalid-request');
    await expectProblem(await put(episode, 'es', '?machineGenerated=yes'), 'invalid-request');
    await expectProblem(await put(episode, 'es', '', ''), 'invalid-request');
    await expectProblem(await remove(episode, 'es'), 'not-found');
    expect((await audio(episode)).jobs).toEqual([]);
  });

  test('a dub in the language that the episode is in', async () => {
    const series = await createSeries({ freeEpisodes: 1 });
    await jsonOf(await apiFetch(`/v1/series/${series.id}/encoding`, { method: 'PUT', json: { mainLanguage: 'en' } }));
    const { id } = await createEpisode(series.id);
    await transcode((await uploadSource(id)).id, subtitledVersion());
    await addDub(id, 'es');
    expect(await heard(id)).toEqual(['a0 en *', 'a1 es']);
    await expectProblem(await put(id, 'en'), 'conflict');
    await expectProblem(await remove(id, 'en'), 'conflict');
  });
});
