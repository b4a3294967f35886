import { Hono } from 'hono';
import { metricsOf } from '#core/qoe/metrics.ts';
import { retentionCurvesOf } from '#core/qoe/retention-curves.ts';
import { emptyRollup } from '#core/qoe/rollup.ts';
import { authorizeApiKey } from '#shared/http/api-key.ts';
import { problemResponse } from '#shared/http/problem.ts';
import { querySeries } from '../query-series.ts';

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
    'SELECT e.series_id, v.duration_seconds FROM episodes e LEFT JOIN assets a ON a.episode_id = e.id LEFT JOIN asset_versions v ON v.version = a.current_version WHERE e.id = ?',
  )
    .bind(episodeId)
    .first<{ series_id: string; duration_seconds: number | null }>();
  if (!episode) return problemResponse({ code: 'episode-not-found' });
  const [group] = await querySeries(c.env, episode.series_id, { episodeId, ...range, by: [], segment: null });
  const rollup = group?.rollup ?? emptyRollup();
  const durationSeconds = episode.duration_seconds ?? 0;
  const { views, completionRate } = metricsOf(rollup, group?.uniqueViewers ?? null);
  return c.json({
    episodeId,
    from: new Date(range.fromMs).toISOString(),
    to: new Date(range.toMs).toISOString(),
    durationSeconds,
    views,
    /** Once a curve was of some of the views only. */
    isSample: false,
    completionRate: completionRate ?? 0,
    curve: retentionCurvesOf(rollup, durationSeconds).bySecond.map(({ viewers, share }, atSeconds) => ({
      atSeconds,
      viewers,
      share: share ?? 0,
    })),
  });
});

const HOUR_MS = 3_600_000;

/** Whole hours, since that is what is kept: the answer says which. */
function readRange(
  from: string | undefined,
  to: string | undefined,
  nowMs: number,
): { fromMs: number; toMs: number } | null {
  const fromMs = from === undefined ? 0 : Date.parse(from);
  const toMs = to === undefined ? nowMs + 1 : Date.parse(to);
  if (Number.isNaN(fromMs) || Number.isNaN(toMs) || fromMs >= toMs) return null;
  return { fromMs: Math.floor(fromMs / HOUR_MS) * HOUR_MS, toMs: Math.ceil(toMs / HOUR_MS) * HOUR_MS };
}
