/** What was folded and is not in D1 yet; in storage with the fold that made it so. */
import { readMeta, writeMeta } from './meta.ts';

export interface EpisodeDay {
  readonly episodeId: string;
  /** When it began. */
  readonly day: number;
}

export interface Unpublished {
  /** Counts the folds, so that of two writers the later one is known. */
  readonly version: number;
  readonly days: readonly EpisodeDay[];
}

export function readUnpublished(sql: SqlStorage): Unpublished {
  return JSON.parse(readMeta(sql, 'unpublished') ?? '{"version":0,"days":[]}') as Unpublished;
}

/** Within the transaction of the fold. */
export function addUnpublished(sql: SqlStorage, changed: readonly EpisodeDay[]): void {
  const { version, days } = readUnpublished(sql);
  const all = new Map([...days, ...changed].map((each) => [`${each.episodeId} ${each.day}`, each]));
  writeMeta(sql, 'unpublished', JSON.stringify({ version: version + 1, days: [...all.values()] }));
}

/** Where a fold came between, all of it is written once more. */
export function markPublished(sql: SqlStorage, published: Unpublished): boolean {
  const { version } = readUnpublished(sql);
  if (version !== published.version) return false;
  writeMeta(sql, 'unpublished', JSON.stringify({ version, days: [] }));
  return true;
}
