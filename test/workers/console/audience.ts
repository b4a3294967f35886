/** A series with pictures, and viewers whose numbers can be worked out by hand. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { vi } from 'vitest';
import type { TranscodeResult } from '#core/ingest/transcoder-protocol.ts';
import type { Overview, Retention } from '../../../client/index.ts';
import { newVisitor, read, tell } from '../analytics/audience.ts';
import { fakeVersion, reportOf, type FakeVersion } from '../support/fake-transcoder.ts';
import { createSeries, publishedEpisode } from '../support/library.ts';
import { makeBackendKey, type BackendKey } from '../support/tokens.ts';

const still = (name: string): Buffer => readFileSync(new URL(`../../fixtures/stills/${name}`, import.meta.url));

const IMAGES: NonNullable<TranscodeResult['images']> = {
  poster: { width: 36, height: 64 },
  storyboard: { columns: 4, rows: 1, tiles: 4, tileWidth: 36, tileHeight: 64, intervalSeconds: 5 },
};

/** 20 s, as the real transcoder would report it with its pictures. */
function versionWithStills(): FakeVersion {
  const { objects, result } = fakeVersion({ segments: [4, 4, 4, 4, 4], heights: [640] });
  const all = new Map([
    ...objects,
    ['poster.jpg', still('poster.jpg')],
    ['storyboard.jpg', still('storyboard.jpg')],
    ['storyboard.vtt', Buffer.from('WEBVTT\n')],
  ]);
  return { objects: all, result: { ...result, objects: reportOf(all), images: IMAGES } };
}

export interface Watched {
  readonly key: BackendKey;
  readonly seriesId: string;
  readonly slug: string;
  readonly title: string;
  readonly episodeIds: readonly string[];
}

export const VIEWS = 64;
/** Half of them, and all in one second: none had stalled. */
export const LEFT_AT_SECONDS = 10;

export async function watchedSeries(): Promise<Watched> {
  const title = `The Lift ${Math.random().toString(36).slice(2, 7)}`;
  const { id: seriesId, slug } = await createSeries({ coinPrice: 10, freeEpisodes: 2 }, { title });
  const episodeIds: string[] = [];
  for (let number = 1; number <= 3; number++)
    episodeIds.push((await publishedEpisode(seriesId, number, versionWithStills())).id);
  const key = await makeBackendKey();
  for (let index = 0; index < VIEWS; index += 8)
    await Promise.all(Array.from({ length: 8 }, (_, beside) => watch(key, episodeIds, index + beside)));
  const [first = ''] = episodeIds;
  const views = async (): Promise<number> => (await read<Retention>(`/episodes/${first}/retention`)).views;
  // In a hook, where expect.poll may not be.
  await vi.waitUntil(async () => (await views()) === VIEWS, { timeout: 120_000, interval: 500 });
  // The days of all series come a little later.
  const isTold = async (): Promise<boolean> =>
    (await read<Overview>('/overview?limit=100')).items.some((item) => item.seriesId === seriesId);
  await vi.waitUntil(isTold, { timeout: 120_000, interval: 1_000 });
  return { key, seriesId, slug, title, episodeIds };
}

async function watch(key: BackendKey, [first = '', second = '']: readonly string[], index: number): Promise<void> {
  const isGone = index % 2 === 0;
  const end = isGone ? LEFT_AT_SECONDS + 0.5 : 20;
  const bytes = { fetched: 1_000_000, unwatched: 100_000, ahead: 0 };
  const place = (at: number, intentMs: number, endedMs: number | null) => ({
    index: at,
    intentMs,
    endedMs,
    leftMs: null,
  });
  const views = [
    {
      viewId: randomUUID(),
      episodeId: first,
      startupMs: 100,
      watched: [[0, end]] as const,
      ended: !isGone,
      leftBy: isGone ? ('swipe' as const) : ('end' as const),
      details: { bytes, place: place(0, 0, isGone ? null : 20_000) },
    },
    ...(isGone
      ? []
      : [
          {
            viewId: randomUUID(),
            episodeId: second,
            startupMs: 40,
            stalls: [{ atSeconds: 3.5, durationMs: 800 }],
            watched: [[0, 20]] as const,
            ended: true,
            leftBy: 'end' as const,
            details: { bytes, place: place(1, 20_300, 41_000) },
          },
        ]),
  ];
  const visitor = newVisitor();
  for (let tries = 1; ; tries++) {
    try {
      return await tell(key, visitor, 'DE', views);
    } catch (error) {
      // As a player does where the edge is too busy: the same views again, which count once.
      if (tries === MOST_TRIES) throw error;
      await sleep(1_000);
    }
  }
}

const MOST_TRIES = 5;
