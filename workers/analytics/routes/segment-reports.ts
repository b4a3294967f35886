import { Hono } from 'hono';
import { addHours, EMPTY_HOUR } from '#core/cmcd/segment-report.ts';
import { quantile } from '#core/qoe/sketch.ts';
import { authorizeApiKey } from '#shared/http/api-key.ts';
import { problemResponse } from '#shared/http/problem.ts';

/** Mounted at `/v1/analytics`. */
export const segmentReportRoutes = new Hono<{ Bindings: AnalyticsEnv }>();

/** What players said with their segment requests, where that is sampled: stalls and throughput, and nothing of views. */
segmentReportRoutes.get('/episodes/:episode/segment-reports', async (c) => {
  const at = { nowMs: Date.now(), waitUntil: (work: Promise<unknown>) => c.executionCtx.waitUntil(work) };
  const authorized = await authorizeApiKey(c.env, c.req.raw, 'analytics', at);
  if (!authorized.ok) return problemResponse(authorized.error.problem);
  const period = readPeriod(c.req.query('from'), c.req.query('to'), at.nowMs);
  if (period === null)
    return problemResponse({ code: 'invalid-request', detail: 'from and to are ISO 8601 times, from before to.' });
  const episodeId = c.req.param('episode');
  const { results } = await c.env.DB.prepare(
    'SELECT e.id, a.id AS asset_id FROM episodes e LEFT JOIN assets a ON a.episode_id = e.id WHERE e.id = ?',
  )
    .bind(episodeId)
    .all<{ id: string; asset_id: string | null }>();
  if (results.length === 0) return problemResponse({ code: 'episode-not-found' });
  const assets = results.flatMap(({ asset_id: assetId }) => (assetId === null ? [] : [assetId]));
  const hours = await Promise.all(
    assets.map((assetId) => c.env.SEGMENT_REPORTS.getByName(assetId).read(period.fromMs, period.toMs)),
  );
  const { requests, starved, throughputKbps } = hours.reduce(addHours, EMPTY_HOUR);
  const bps = (share: number): number | null => {
    const kbps = quantile(throughputKbps, share);
    return kbps === null ? null : Math.round(kbps * 1_000);
  };
  return c.json({
    episodeId,
    from: new Date(period.fromMs).toISOString(),
    to: new Date(period.toMs).toISOString(),
    requests,
    starvedRequests: starved,
    starvedShare: requests === 0 ? null : starved / requests,
    throughputBps: { p5: bps(0.05), p25: bps(0.25), p50: bps(0.5) },
  });
});

const HOUR_MS = 3_600_000;
const DEFAULT_HOURS = 28 * 24;

/** Whole hours, since that is what is kept: the answer says which. null for what is none. */
function readPeriod(
  from: string | undefined,
  to: string | undefined,
  nowMs: number,
): { readonly fromMs: number; readonly toMs: number } | null {
  const toMs = to === undefined ? nowMs + 1 : Date.parse(to);
  const fromMs = from === undefined ? toMs - DEFAULT_HOURS * HOUR_MS : Date.parse(from);
  if (Number.isNaN(fromMs) || Number.isNaN(toMs) || fromMs >= toMs) return null;
  return { fromMs: Math.floor(fromMs / HOUR_MS) * HOUR_MS, toMs: Math.ceil(toMs / HOUR_MS) * HOUR_MS };
}
