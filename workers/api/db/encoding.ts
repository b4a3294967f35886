import { eq } from 'drizzle-orm';
import { assets, episodes, series } from '#shared/db/schema.ts';
import type { Db } from '../http/context.ts';

/** What a lease must know of the series and of what plays now. */
export async function findEncoding(db: Db, episodeId: string) {
  return db
    .select({ encoding: series.encoding, protection: series.protection, currentVersion: assets.currentVersion })
    .from(episodes)
    .innerJoin(series, eq(series.id, episodes.seriesId))
    .leftJoin(assets, eq(assets.episodeId, episodes.id))
    .where(eq(episodes.id, episodeId))
    .get();
}
