/** Heads of first segments: what is kept of them, what goes on with them, and what hls.js is told of it. */
import type { FragmentLoaderContext, HlsConfig, Loader, LoaderConfiguration } from 'hls.js';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { MEDIA_STORE_BYTES } from '../../player/limits.ts';
import { HEAD_SHARE, type EpisodeMedia } from '../../player/start/episode-media.ts';
import { MediaStore } from '../../player/start/media-store.ts';
import { objectKey } from '../../player/start/object-key.ts';
import { segmentLoaderFor } from '../../player/start/segment-loader.ts';
import { BANDWIDTH_BPS, HEAD_BYTES, StartServer } from './support/start-server.ts';

const LOAD_POLICY = { maxTimeToFirstByteMs: 60_000, maxLoadTimeMs: 60_000, timeoutRetry: null, errorRetry: null };

let edge: StartServer;
let store: MediaStore;

beforeEach(async () => {
  edge = new StartServer();
  store = new MediaStore();
  await edge.listen();
});

afterEach(async () => {
  vi.useRealTimers();
  store.destroy();
  await edge.close();
});

async function withHead(name: string): Promise<EpisodeMedia> {
  const media = edge.media(name, store);
  await media.openBundle('low', { isHead: true })?.done;
  expect(media.head).toBe('here');
  return media;
}

/** As hls.js attaches an episode. */
function attach(media: EpisodeMedia): { loader: Loader<FragmentLoaderContext>; done: Promise<void> } {
  const loader = new (segmentLoaderFor(media.source))({} as HlsConfig);
  const context = { url: media.segments[0]?.url, frag: { sn: 0, type: 'main' } } as FragmentLoaderContext;
  const done = new Promise<void>((resolve, reject) => {
    const onEnd = (): void => reject(new Error('not loaded'));
    const callbacks = { onSuccess: () => resolve(), onError: onEnd, onTimeout: onEnd };
    loader.load(context, { loadPolicy: LOAD_POLICY } as LoaderConfiguration, callbacks);
  });
  return { loader, done };
}

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));
const keyOf = (media: EpisodeMedia): string => objectKey(media.segments[0]?.url ?? '');

describe('a head that was held for long before its player came', () => {
  test('is to hls.js a transfer of the time that it took, and none of the future', async () => {
    const media = await withHead('a');
    vi.useFakeTimers({ toFake: ['performance'] });
    vi.advanceTimersByTime(5_000);
    const { loader, done } = attach(media);
    await settled();
    vi.advanceTimersByTime(300);
    media.openRest('high');
    vi.advanceTimersByTime(100);
    await done;
    const { start, first, end } = loader.stats.loading;
    expect(first).toBeGreaterThanOrEqual(start);
    expect(end).toBeGreaterThanOrEqual(first);
    // What came after the stop took 100 ms, and the 300 ms of waiting were nobody's fault.
    expect(end - first).toBeCloseTo(100, 0);
  });
});

describe('a rest that breaks off before anybody plays it', () => {
  test('leaves nothing that looks like a whole segment: the episode is asked for again', async () => {
    const media = await withHead('a');
    edge.rest = 'broken';
    await media.openRest('low')?.done;
    await settled();
    expect(media.first).toBe('nothing');
    expect(media.head).toBe('missing');
    edge.rest = 'whole';
    await media.openBundle('low', { isHead: true })?.done;
    await media.openRest('low')?.done;
    expect(media.first).toBe('whole');
    expect(store.holdsFirstFrame(keyOf(media))).toBe(true);
  });
});

describe('the limit of what is kept in memory', () => {
  test('counts the rests of heads', async () => {
    edge.segmentBytes = MEDIA_STORE_BYTES / 2;
    const all: EpisodeMedia[] = [];
    for (const name of ['a', 'b', 'c']) {
      const media = await withHead(name);
      await media.openRest('low')?.done;
      all.push(media);
    }
    await settled();
    expect(all.map(({ first }) => first)).toEqual(['nothing', 'whole', 'whole']);
  });

  test('lets a player whose head is forgotten ask the network', async () => {
    const forgotten = await withHead('a');
    const { loader, done } = attach(forgotten);
    await settled();
    expect(loader.stats.loaded).toBe(HEAD_BYTES);
    edge.segmentBytes = MEDIA_STORE_BYTES;
    const large = await withHead('b');
    edge.segmentBytes = MEDIA_STORE_BYTES + 1;
    await large.openRest('low')?.done;
    await done;
    expect(edge.asked).toContain('a/1/v0/0.m4s');
  });

  test('forgets no bundle whose rest is on its way', async () => {
    const coming = await withHead('a');
    edge.rest = 'hanging';
    coming.openRest('low');
    edge.segmentBytes = MEDIA_STORE_BYTES + 1;
    await edge.media('b', store).openBundle('low')?.done;
    await settled();
    expect(coming.first).toBe('whole');
  });
});

describe('a start whose rest is on its way', () => {
  test('has its first frame in memory', async () => {
    const media = await withHead('a');
    edge.rest = 'hanging';
    media.openRest('low');
    expect(store.holdsFirstFrame(keyOf(media))).toBe(true);
  });
});

describe('what is to come of a bundle', () => {
  test('is a head where there can be one, and else all of it', () => {
    const segmentBytes = BANDWIDTH_BPS / 8;
    edge.media('a', store, { isEncrypted: true }).openBundle('low', { isHead: true });
    expect(edge.bandwidth.underWay.bytes).toBeCloseTo(segmentBytes);
    edge.media('b', store).openBundle('low', { isHead: true });
    expect(edge.bandwidth.underWay.bytes).toBeCloseTo(segmentBytes * (1 + HEAD_SHARE));
  });
});
