import http from 'node:http';
import { beforeAll, describe, expect, test } from 'vitest';
import { multivariantPlaylist } from '#core/playlist/multivariant.ts';
import type { StartPart } from '#core/start/header.ts';
import { StartParser } from '#core/start/parser.ts';
import { edgeFetch, edgeOrigin } from '../../support/edge.ts';
import { fakeVersion, initBytes, segmentBytes, type FakeVersion } from '../support/fake-transcoder.ts';
import { expectProblem, statusOf } from '../support/http.ts';
import { createSeries, publishedEpisode } from '../support/library.ts';
import { newViewerId, viewerToken } from '../support/tokens.ts';
import { credit, feed, mediaPrefix, unlock } from '../support/viewers.ts';

const SEGMENTS = [1, 1, 2, 2, 2, 2];

/** Picture and sound apart, as an episode of several languages is. */
function demuxedVersion(): FakeVersion {
  const { objects, result } = fakeVersion({ segments: SEGMENTS });
  const all = new Map(objects);
  const audio = { language: 'en', label: 'English', channels: 2, codecs: 'mp4a.40.2', isMachineGenerated: false };
  const dub = { ...audio, bandwidthBps: 130_000, averageBandwidthBps: 128_000 };
  const languages = ['a0', 'a1'].map((name) => ({ ...dub, name, label: name, isMain: name === 'a0' }));
  const rungs = result.renditions;
  all.set('multivariant.m3u8', Buffer.from(multivariantPlaylist(rungs, [], { audio: languages, text: [] })));
  for (const name of ['a0', 'a1']) {
    all.set(`${name}/init.mp4`, Buffer.from(`init of ${name}`));
    all.set(`${name}/media.m3u8`, all.get('v0/media.m3u8') ?? Buffer.alloc(0));
    for (const number of SEGMENTS.keys()) all.set(`${name}/${number}.m4s`, Buffer.from(`sound ${name}/${number}`));
  }
  const listed = [...all].map(([path, { length }]) => ({ path, sizeBytes: length }));
  return { objects: all, result: { ...result, objects: listed } };
}

/** Of one segment, with the frames that the transcoder puts into each. */
const FRAGMENTS = [1, 3, 4, 8].map((frames) => segmentBytes('v0', 0, SEGMENTS, { frames }));
const HEAD = Buffer.concat(FRAGMENTS.slice(0, 3));
const WHOLE = Buffer.concat(FRAGMENTS);

function fragmentedVersion(): FakeVersion {
  const { objects, result } = fakeVersion({ segments: SEGMENTS });
  const all = new Map(objects).set('v0/0.m4s', Buffer.concat(FRAGMENTS));
  const listed = [...all].map(([path, { length }]) => ({ path, sizeBytes: length }));
  return { objects: all, result: { ...result, objects: listed } };
}

const buyer = newViewerId();
let whole = '';
let preview = '';
let images = '';
let demuxed = '';
let protectedEpisode = '';
let fragmented = '';

beforeAll(async () => {
  const series = await createSeries({ coinPrice: 10, previewSeconds: 2 });
  const episode = await publishedEpisode(series.id, 1, fakeVersion({ segments: SEGMENTS }));
  await credit(buyer, 20);
  await unlock(buyer, episode.id);
  whole = await mediaPrefix(episode.id, await viewerToken(buyer));
  preview = await mediaPrefix(episode.id, await viewerToken(newViewerId()));
  const locked = await publishedEpisode((await createSeries({ coinPrice: 10 })).id);
  const [item] = (await feed(await viewerToken(newViewerId()), `at=${locked.id}`)).items;
  images = new URL(item?.posterUrl ?? '').pathname.replace('/poster.jpg', '');
  const languages = await publishedEpisode((await createSeries()).id, 1, demuxedVersion());
  demuxed = await mediaPrefix(languages.id, await viewerToken(newViewerId()));
  const cut = await publishedEpisode((await createSeries()).id, 1, fragmentedVersion());
  fragmented = await mediaPrefix(cut.id, await viewerToken(newViewerId()));
  const sealed = await publishedEpisode((await createSeries(undefined, { protection: 'aes-128' })).id);
  protectedEpisode = await mediaPrefix(sealed.id, await viewerToken(newViewerId()));
});

interface Bundle {
  readonly paths: readonly string[];
  readonly parts: readonly StartPart[];
  readonly bodies: ReadonlyMap<string, Buffer>;
}

function parse(bytes: Uint8Array<ArrayBuffer>): Bundle {
  const parser = new StartParser();
  const events = parser.push(bytes);
  const end = parser.end();
  if (!events.ok || !end.ok) throw new Error(JSON.stringify([events, end]));
  const bodies = new Map<string, Buffer>();
  const parts = events.value.flatMap((event) => (event.kind === 'parts' ? event.parts : []));
  const paths = parts.map(({ path }) => path);
  for (const event of events.value)
    if (event.kind === 'bytes')
      bodies.set(event.path, Buffer.concat([bodies.get(event.path) ?? Buffer.alloc(0), event.bytes]));
  return { paths, parts, bodies };
}

async function start(path: string, init?: RequestInit): Promise<Bundle & { response: Response }> {
  const response = await edgeFetch(path, init);
  const bytes = new Uint8Array(await response.arrayBuffer());
  expect(response.status, new TextDecoder().decode(bytes.slice(0, 300))).toBe(200);
  return { response, ...parse(bytes) };
}

describe('the start-up bundle', () => {
  test('has the init section and the first segment of the rung, byte for byte', async () => {
    const { paths, bodies, response } = await start(`${whole}/v1/start`);
    expect(paths).toEqual(['v1/init.mp4', 'v1/0.m4s']);
    expect(bodies.get('v1/init.mp4')).toEqual(initBytes('v1'));
    expect(bodies.get('v1/0.m4s')).toEqual(segmentBytes('v1', 0));
    expect(response.headers.get('content-type')).toBe('application/vnd.cliffhanger.start');
    expect(response.headers.get('cache-control')).toBe('private, max-age=900, immutable');
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
  });

  test.each([
    ['whole', () => whole],
    ['of several languages', () => demuxed],
    ['under AES-128, still encrypted', () => protectedEpisode],
  ])('%s equals what its paths answer one by one, playlists too', async (_, prefix) => {
    const { paths, bodies } = await start(`${prefix()}/v2/start?segments=3&playlists=1`);
    expect(paths).toContain('multivariant.m3u8');
    expect(paths).toContain('v2/2.m4s');
    for (const path of paths) {
      const alone = await edgeFetch(`${prefix()}/${path}`);
      expect(bodies.get(path), path).toEqual(Buffer.from(await alone.arrayBuffer()));
    }
  });

  test('of an episode of several languages brings the main one, each sound before its picture', async () => {
    expect((await start(`${demuxed}/v0/start?segments=2&playlists=1`)).paths).toEqual([
      ...['multivariant.m3u8', 'a0/media.m3u8', 'v0/media.m3u8'],
      ...['a0/init.mp4', 'v0/init.mp4', 'a0/0.m4s', 'v0/0.m4s', 'a0/1.m4s', 'v0/1.m4s'],
    ]);
  });

  test('says its length, to HEAD as well, which gets no body', async () => {
    for (const query of ['', '?segments=3', '?playlists=1']) {
      const path = `${demuxed}/v1/start${query}`;
      const got = await edgeFetch(path);
      const sizeBytes = (await got.arrayBuffer()).byteLength;
      const head = await edgeFetch(path, { method: 'HEAD' });
      expect((await head.arrayBuffer()).byteLength).toBe(0);
      for (const answer of [got, head]) expect(answer.headers.get('content-length')).toBe(String(sizeBytes));
      expect(head.headers.get('content-type')).toBe('application/vnd.cliffhanger.start');
    }
  });

  describe('where only the head is asked for', () => {
    test('ends after the first eight frames of the picture, and says how long the whole is', async () => {
      const { parts, bodies } = await start(`${fragmented}/v0/start?head=1`);
      expect(parts.at(-1)).toEqual({ path: 'v0/0.m4s', sizeBytes: HEAD.length, ofBytes: WHOLE.length });
      expect(bodies.get('v0/0.m4s')).toEqual(HEAD);
      expect((await start(`${fragmented}/v0/start`)).bodies.get('v0/0.m4s')).toEqual(WHOLE);
    });

    test('the rest comes by its range', async () => {
      const headers = { range: `bytes=${HEAD.length}-` };
      const answer = await edgeFetch(`${fragmented}/v0/0.m4s`, { headers });
      expect([answer.status, Buffer.from(await answer.arrayBuffer())]).toEqual([206, WHOLE.subarray(HEAD.length)]);
    });

    test.each([
      ['a segment of one fragment', () => whole],
      ['an encrypted one', () => protectedEpisode],
    ])('%s comes whole', async (_, prefix) => {
      const { parts, bodies } = await start(`${prefix()}/v0/start?head=1`);
      expect(parts.at(-1)).not.toHaveProperty('ofBytes');
      expect(bodies).toEqual((await start(`${prefix()}/v0/start`)).bodies);
    });

    test('HEAD does not say how long it would be', async () => {
      const answer = await edgeFetch(`${fragmented}/v0/start?head=1`, { method: 'HEAD' });
      expect([answer.status, answer.headers.get('content-length')]).toEqual([200, null]);
    });
  });

  test('is whole whatever part is asked for', async () => {
    const { response, paths } = await start(`${whole}/v0/start`, { headers: { range: 'bytes=0-9' } });
    expect(response.headers.get('accept-ranges')).toBeNull();
    expect(paths).toHaveLength(2);
  });

  test('comes from the cache that segments come from', async () => {
    await start(`${whole}/v2/start`);
    const again = await start(`${whole}/v2/start`);
    expect(again.response.headers.get('server-timing')).toBe('cache;desc=hit');
    expect((await edgeFetch(`${whole}/v2/0.m4s`)).headers.get('cache-status')).toBe('cliffhanger; hit');
  });

  test.each(['segments=0', 'segments=4', 'segments=x', 'segments=', 'revision=01', 'revision=-1'])(
    '%s is refused',
    async (query) => {
      await expectProblem(await edgeFetch(`${whole}/v0/start?${query}`), 'invalid-request');
    },
  );

  test('takes no other method', async () => {
    const answer = await edgeFetch(`${whole}/v0/start`, { method: 'POST' });
    expect(answer.headers.get('allow')).toBe('GET, HEAD');
    await expectProblem(answer, 'method-not-allowed');
  });

  test('of a revision that is not stored is not there', async () => {
    await expectProblem(await edgeFetch(`${whole}/v0/start?playlists=1&revision=9`), 'not-found');
  });

  test('that nobody reads to its end leaves the edge as it was', async () => {
    const path = `${demuxed}/v1/start?segments=3`;
    const wholeBytes = new Uint8Array(await (await edgeFetch(path)).arrayBuffer());
    for (const kept of [0, 4, 8, 100, wholeBytes.byteLength - 1]) {
      await hangUpAfter(path, kept);
      expect(parse(new Uint8Array(await (await edgeFetch(path)).arrayBuffer())).paths).toHaveLength(8);
    }
    const cut = new StartParser();
    cut.push(wholeBytes.slice(0, -1));
    expect(cut.end()).toEqual({ ok: false, error: { reason: 'truncated', path: 'v1/2.m4s', missingBytes: 1 } });
  });
});

/** Reads so many bytes and breaks the connection. */
function hangUpAfter(path: string, bytes: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = http.get(edgeOrigin() + path, (response) => {
      let read = 0;
      const stop = (): void => {
        response.destroy();
        resolve();
      };
      if (bytes === 0) stop();
      response.on('data', (chunk: Buffer) => {
        read += chunk.length;
        if (read >= bytes) stop();
      });
      response.on('error', () => resolve());
    });
    request.on('error', reject);
  });
}

describe('a pass that ends early', () => {
  test('gives the segments up to its end, however many are asked for', async () => {
    const { paths } = await start(`${preview}/v0/start?segments=3&playlists=1`);
    expect(paths).toEqual(['multivariant.m3u8', 'v0/media.m3u8', 'v0/init.mp4', 'v0/0.m4s', 'v0/1.m4s']);
  });

  test('for images gives none', async () => {
    await expectProblem(await edgeFetch(`${images}/v0/start`), 'pass-out-of-bounds');
  });

  test('of fewer rungs gives none of the others', async () => {
    await expectProblem(await edgeFetch(`${whole}/v3/start`), 'pass-out-of-bounds');
    const capped = await publishedEpisode((await createSeries({ maxHeight: 640 })).id);
    const prefix = await mediaPrefix(capped.id, await viewerToken(newViewerId()));
    expect(await statusOf(await edgeFetch(`${prefix}/v0/start`))).toBe(200);
    await expectProblem(await edgeFetch(`${prefix}/v1/start`), 'pass-out-of-bounds');
  });
});
