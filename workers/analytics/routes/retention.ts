import { Hono } from 'hono';
import { retentionCurve } from '#core/qoe/retention.ts';
import { authorizeApiKey } from '#shared/http/api-key.ts';
import { problemResponse } from '#shared/http/problem.ts';
import { MAX_VIEWS_PER_CURVE } from '../limits.ts';

/** Mounted at `/v1/analytics`. */
export const retentionRoutes = new Hono<{ Bindings: AnalyticsEnv }>();

retentionRoutes.get('/episodes/:episode/retention', async (c) => {
  const at = { nowMs: Date.now(), waitUntil: (work: Promise<unknown>) => c.executionCtx.waitUntil(work) };
  const authorized = await authorizeApiKey(c.env, c.req.raw, 'analytics', at);
  if (!authorized.ok) return problemResponse(authorized.error.problem);
  const range = readRange(c.req.query('from'), c.req.query('to'), Date.now());
  if (range === null)
    return problemResponse({ code: 'invalid-request', detail: 'from and to are ISO 8601 times, from before to.' });
  const episodeId = c.req.param('episode');
  const episode = await c.env.DB.prepare(
    'SELECT v.duration_seconds FROM episodes e LEFT JOIN assets a ON a.episode_id = e.id LEFT JOIN asset_versions v ON v.version = a.current_version WHERE e.id = ?',
  )
    .bind(episodeId)
    .first<{ duration_seconds: number | null }>();
  if (!episode) return problemResponse({ code: 'episode-not-found' });
  const { results } = await c.env.DB.prepare(
    'SELECT watched, ended FROM views WHERE episode_id = ? AND started_at >= ? AND started_at < ? LIMIT ?',
  )
    .bind(episodeId, range.fromMs, range.toMs, MAX_VIEWS_PER_CURVE)
    .all<{ watched: string; ended: number }>();
  const views = results.map((row) => ({
    watched: JSON.parse(row.watched) as [number, number][],
    ended: row.ended === 1,
  }));
  const durationSeconds = episode.duration_seconds ?? 0;
  const completed = views.filter((view) => view.ended).length;
  return c.json({
    episodeId,
    from: new Date(range.fromMs).toISOString(),
    to: new Date(range.toMs).toISOString(),
    durationSeconds,
    views: views.length,
    isSample: results.length === MAX_VIEWS_PER_CURVE,
    completionRate: views.length === 0 ? 0 : completed / views.length,
    curve: retentionCurve(views, durationSeconds),
  });
});

function readRange(
  from: string | undefined,
  to: string | undefined,
  nowMs: number,
): { fromMs: number; toMs: number } | null {
  const fromMs = from === undefined ? 0 : Date.parse(from);
  const toMs = to === undefined ? nowMs + 1 : Date.parse(to);
  return Number.isNaN(fromMs) || Number.isNaN(toMs) || fromMs >= toMs ? null : { fromMs, toMs };
}
