import { loadSeriesEpisodes, type SeriesEpisodes } from '#shared/db/series-episodes.ts';
import { CATALOGUE_FRESH_MS, MAX_CACHED_SERIES } from './limits.ts';

/**
 * Whole series as this isolate read them, so that answering for one viewer costs no D1 query while they are warm.
 *
 * A change that goes through this isolate is seen at once; one that goes through another is seen when the copy has aged
 * out. A price that is paid is never taken from here: `loadSeriesAccess` reads the database.
 */
const kept = new Map<string, { readonly atMs: number; readonly series: SeriesEpisodes }>();

/** By id or slug; null when there is no such series. Episodes whose release lies ahead are in it. */
export async function seriesEpisodes(db: D1Database, name: string, nowMs: number): Promise<SeriesEpisodes | null> {
  const known = kept.get(name);
  if (known !== undefined && nowMs - known.atMs < CATALOGUE_FRESH_MS) return known.series;
  const series = await loadSeriesEpisodes(db, name);
  kept.delete(name);
  if (series === null) return null;
  if (kept.size >= MAX_CACHED_SERIES) kept.delete(kept.keys().next().value ?? '');
  kept.set(name, { atMs: nowMs, series });
  return series;
}

/** After every change of the catalogue: which series it touched is not worth finding out. */
export function forgetCatalogue(): void {
  kept.clear();
}
