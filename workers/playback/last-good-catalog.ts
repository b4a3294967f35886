import {
  findEpisodeNumber as readEpisodeNumber,
  findPlayableEpisode as readPlayableEpisode,
  findSeries as readSeries,
  listPlayableEpisodes as readPlayableEpisodes,
  type PlayableEpisode,
  type SeriesRow,
} from '#shared/db/playback-catalog.ts';
import { LastGood } from '#shared/last-good.ts';
import { MAX_LAST_GOOD_EPISODES, MAX_LAST_GOOD_PAGES, MAX_STALE_CATALOGUE_MS } from './limits.ts';

/**
 * The catalogue as playback reads it: D1, and where D1 fails, what this isolate last read of it. Unlocking does not go
 * this way: a price is not taken from memory.
 */
const episodes = new LastGood<PlayableEpisode>({
  name: 'episode',
  maxAgeMs: MAX_STALE_CATALOGUE_MS,
  maxEntries: MAX_LAST_GOOD_EPISODES,
});
const pages = new LastGood<PlayableEpisode[]>({
  name: 'page',
  maxAgeMs: MAX_STALE_CATALOGUE_MS,
  maxEntries: MAX_LAST_GOOD_PAGES,
});
const series = new LastGood<SeriesRow>({
  name: 'series',
  maxAgeMs: MAX_STALE_CATALOGUE_MS,
  maxEntries: MAX_LAST_GOOD_PAGES,
});
const numbers = new LastGood<{ seriesId: string; number: number }>({
  name: 'number',
  maxAgeMs: MAX_STALE_CATALOGUE_MS,
  maxEntries: MAX_LAST_GOOD_EPISODES,
});

export const findPlayableEpisode: typeof readPlayableEpisode = (db, episodeId, nowMs) =>
  episodes.read(episodeId, nowMs, () => readPlayableEpisode(db, episodeId, nowMs));

export const listPlayableEpisodes: typeof readPlayableEpisodes = async (db, request) => {
  const key = `${request.seriesId}|${request.fromNumber}|${request.limit}`;
  return (await pages.read(key, request.nowMs, () => readPlayableEpisodes(db, request))) ?? [];
};

export const findSeries: typeof readSeries = (db, name, nowMs) =>
  series.read(name, nowMs, () => readSeries(db, name, nowMs));

export function findEpisodeNumber(
  db: D1Database,
  episodeId: string,
  nowMs: number,
): Promise<{ seriesId: string; number: number } | null> {
  return numbers.read(episodeId, nowMs, () => readEpisodeNumber(db, episodeId));
}
