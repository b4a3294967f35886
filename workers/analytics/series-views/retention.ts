/** How long an object keeps what: views 90 days, hours 90 days, days and weeks 25 months. docs/storage.md */
import { DAYS_KEPT_MS, HOURS_KEPT_MS, RAW_KEPT_MS, VIEWS_KEPT_MS } from '../limits.ts';
import { readMeta, writeMeta } from './meta.ts';
import type { Grain } from './rollup-rows.ts';
import { listEpisodesOfViews, listScopes } from './scopes.ts';
import { dayOf, weekOf } from './time.ts';

/** From when on views are kept: of earlier ones it is not known any more who saw them. */
export function viewsFrom(sql: SqlStorage): number {
  return Number(readMeta(sql, 'viewsFrom') ?? Number.NEGATIVE_INFINITY);
}

export function hoursFrom(sql: SqlStorage): number {
  return Number(readMeta(sql, 'hoursFrom') ?? Number.NEGATIVE_INFINITY);
}

/** Within a transaction, after the days that are over were closed. */
export function forgetOld(sql: SqlStorage, nowMs: number): void {
  forgetViews(sql, dayOf(nowMs - VIEWS_KEPT_MS));
  forgetRollups(sql, 'hour', dayOf(nowMs - HOURS_KEPT_MS));
  // To the end of a week, so that none is there without its days.
  for (const grain of ['day', 'week'] as const) forgetRollups(sql, grain, weekOf(nowMs - DAYS_KEPT_MS));
  sql.exec('DELETE FROM known_values WHERE day < ?', dayOf(nowMs - VIEWS_KEPT_MS));
  sql.exec('DELETE FROM refused WHERE refused_at < ?', nowMs - RAW_KEPT_MS);
}

/** Nothing is left that a later night would have to do something about. */
export function isForgotten(sql: SqlStorage): boolean {
  const tables = ['rollups', 'views', 'journal', 'refused', 'known_values', 'erased'];
  return tables.every((table) => sql.exec(`SELECT 1 FROM ${table} LIMIT 1`).toArray().length === 0);
}

/** A session goes as a whole: while one of its views is kept, its part of the rollups may have to be taken out again. */
function forgetViews(sql: SqlStorage, beforeMs: number): void {
  const isLater = 'EXISTS (SELECT 1 FROM views l WHERE l.session_id = views.session_id AND l.started_at >= ?2)';
  const deleteOld = `DELETE FROM views WHERE episode_id = ?1 AND started_at < ?2 AND (session_id = '' OR NOT ${isLater})`;
  let deleted = 0;
  for (const episodeId of listEpisodesOfViews(sql)) deleted += sql.exec(deleteOld, episodeId, beforeMs).rowsWritten;
  if (deleted > 0) writeMeta(sql, 'viewsFrom', String(beforeMs));
}

function forgetRollups(sql: SqlStorage, grain: Grain, beforeMs: number): void {
  let deleted = 0;
  for (const table of ['rollups', 'segments'] as const) {
    const deleteOld = `DELETE FROM ${table} WHERE scope = ? AND grain = ? AND at < ?`;
    for (const scope of listScopes(sql, table)) deleted += sql.exec(deleteOld, scope, grain, beforeMs).rowsWritten;
  }
  if (grain === 'hour' && deleted > 0) writeMeta(sql, 'hoursFrom', String(beforeMs));
}
