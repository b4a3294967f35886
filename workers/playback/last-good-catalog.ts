import { buildGraph, type EpisodeGraph, type GraphEdge } from '#core/catalog/graph.ts';
import {
  findEpisodeNumber as readEpisodeNumber,
  findPlayableEpisode as readPlayableEpisode,
  findPlayableEpisodes as readEpisodesById,
  findSeries as readSeries,
  findSeriesGraph as readSeriesGraph,
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
interface BuiltGraph {
  readonly text: string;
  readonly graph: EpisodeGraph;
}
const graphs = new LastGood<BuiltGraph>({
  name: 'graph',
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

export const findPlayableEpisodes: typeof readEpisodesById = async (db, episodeIds, nowMs) =>
  (await pages.read(episodeIds.join(), nowMs, () => readEpisodesById(db, episodeIds, nowMs))) ?? [];

/** null where only numbers say what comes next. A graph that reads as before is not built again. */
export function findGraph(db: D1Database, seriesId: string, nowMs: number): Promise<EpisodeGraph | null> {
  const load = async (): Promise<BuiltGraph | null> => {
    const stored = await readSeriesGraph(db, seriesId);
    if (stored === null) return null;
    const text = stored.episodes + stored.edges;
    const built = graphs.peek(seriesId);
    if (built?.text === text) return built;
    const episodes = (JSON.parse(stored.episodes) as [string, number, number | null][]).map(
      ([id, number, opensAtMs]) => ({ id, number, opensAtMs }),
    );
    return { text, graph: buildGraph(episodes, JSON.parse(stored.edges) as GraphEdge[]) };
  };
  return graphs.read(seriesId, nowMs, load).then((built) => built?.graph ?? null);
}

export function findEpisodeNumber(
  db: D1Database,
  episodeId: string,
  nowMs: number,
): Promise<{ seriesId: string; number: number } | null> {
  return numbers.read(episodeId, nowMs, () => readEpisodeNumber(db, episodeId));
}
