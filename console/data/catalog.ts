import type { Episode, Series } from '../../client/index.ts';
import { allOf, api } from './api.ts';

export const PAGE = 100;

export const listSeries = (): Promise<Series[]> =>
  allOf((cursor) =>
    api.call('GET /v1/series', { query: { limit: PAGE, ...(cursor === undefined ? {} : { cursor }) } }),
  );

export const listEpisodes = (series: string): Promise<Episode[]> =>
  allOf((cursor) =>
    api.call('GET /v1/series/{series}/episodes', {
      params: { series },
      query: { limit: PAGE, ...(cursor === undefined ? {} : { cursor }) },
    }),
  );

/** Of any of them, once: a job or a live view names only the id. */
const known = new Map<string, Promise<Episode>>();
export function episodeOf(id: string): Promise<Episode> {
  const asked = known.get(id) ?? api.call('GET /v1/episodes/{episode}', { params: { episode: id } });
  known.set(id, asked);
  asked.catch(() => known.delete(id));
  return asked;
}

/** Titles by id; an episode that is gone, or may not be read, is left out. */
export async function titlesOf(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const found = await Promise.all(
    [...new Set(ids)].map(async (id): Promise<[string, string][]> => {
      const episode = await episodeOf(id).catch(() => null);
      return episode === null ? [] : [[id, `${episode.number}. ${episode.title}`]];
    }),
  );
  return new Map(found.flat());
}

export const imageOf = (episodeId: string, image: 'poster.jpg' | 'storyboard.jpg'): string =>
  `/v1/episodes/${encodeURIComponent(episodeId)}/images/${image}`;

export const hasImages = ({ presentation }: Episode): boolean => presentation?.images.poster !== undefined;
