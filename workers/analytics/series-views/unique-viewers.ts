/** How many different viewers: from the views themselves, since no sum of groups can know who is in two of them. */
import type { RollupQuery } from '#core/qoe/rollup-query.ts';
import { TOTAL, type Dimension } from '#core/qoe/view-record.ts';
import { bucketMs, dimensionOf, isByEpisode, keyOf } from './grouping.ts';

export type ViewerCounts = ReadonlyMap<string, number>;

const COLUMN: Readonly<Record<Dimension, string>> = {
  country: 'country',
  deviceType: 'device_type',
  os: 'os',
  browser: 'browser',
  connectionType: 'connection_type',
  rendition: 'rendition',
  appVersion: 'app_version',
  experiment: 'experiment',
  audience: 'audience',
};

/** Flagged views are nobody's, and those of an erased viewer are not anybody's any more. */
export function countViewers(sql: SqlStorage, request: RollupQuery): ViewerCounts {
  const { episodeId, fromMs, toMs, segment } = request;
  const dimension = dimensionOf(request);
  const size = bucketMs(request);
  const groups = [
    isByEpisode(request) ? 'episode_id' : 'NULL',
    size === null ? 'NULL' : `started_at - started_at % ${size}`,
    dimension === null ? 'NULL' : valueOf(dimension),
  ];
  const where = ['started_at >= ?', 'started_at < ?', 'is_flagged = 0', 'viewer IS NOT NULL'];
  const values: SqlStorageValue[] = [fromMs, toMs];
  if (episodeId !== null) {
    where.push('episode_id = ?');
    values.push(episodeId);
  }
  if (segment !== null && segment.dimension !== TOTAL.dimension) {
    where.push(`${valueOf(segment.dimension)} = ?`);
    values.push(segment.value);
  }
  const rows = sql.exec<{ e: string | null; t: number | null; v: string | null; viewers: number }>(
    `SELECT ${groups[0]} AS e, ${groups[1]} AS t, ${groups[2]} AS v, COUNT(DISTINCT viewer) AS viewers
     FROM views WHERE ${where.join(' AND ')} GROUP BY 1, 2, 3`,
    ...values,
  );
  return new Map([...rows].map(({ e, t, v, viewers }) => [keyOf({ episodeId: e, fromMs: t, value: v }), viewers]));
}

function valueOf(dimension: Dimension): string {
  return `COALESCE(${COLUMN[dimension]}, 'unknown')`;
}
