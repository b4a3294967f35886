import { Hono } from 'hono';
import { addHours, EMPTY_HOUR, type SegmentHour } from '#core/cmcd/segment-report.ts';
import { quantile } from '#core/qoe/sketch.ts';
import { readBinding } from '#shared/binding-call.ts';
import { answer, requireAnalytics } from '../read/answer.ts';
import { requireEpisode } from '../read/catalog.ts';
import { readQuery } from '../read/query.ts';

/** Mounted at `/v1/analytics`. */
export const segmentReportRoutes = new Hono<{ Bindings: AnalyticsEnv }>();

/** What players said with their segment requests, where that is sampled: stalls and throughput, and nothing of views. */
segmentReportRoutes.get('/episodes/:episode/segment-reports', requireAnalytics, async (c) => {
  const { part } = readQuery(c.req.url, Date.now(), { isShareable: false });
  const { id: episodeId } = await requireEpisode(c.env.DB, c.req.param('episode'));
  const { fromMs, toMs } = part;
  const [from, to] = [new Date(fromMs).toISOString(), new Date(toMs).toISOString()];
  const counts = countsOf(await readHours(c.env, episodeId, fromMs, toMs));
  return answer(c.req.raw, `segment-reports-${episodeId}`, { episodeId, from, to, ...counts }, () => {
    const { throughputBps, ...rest } = counts;
    const cells = { episodeId, from, to, ...rest, ...throughputBps };
    return { columns: Object.keys(cells), rows: [Object.values(cells)] };
  });
});

async function readHours(env: AnalyticsEnv, episodeId: string, fromMs: number, toMs: number): Promise<SegmentHour> {
  const { results } = await readBinding('catalogue', () =>
    env.DB.prepare('SELECT id FROM assets WHERE episode_id = ?').bind(episodeId).all<{ id: string }>(),
  );
  const hours = await Promise.all(results.map(({ id }) => env.SEGMENT_REPORTS.getByName(id).read(fromMs, toMs)));
  return hours.reduce(addHours, EMPTY_HOUR);
}

function countsOf({ requests, starved, throughputKbps }: SegmentHour) {
  const bps = (share: number): number | null => {
    const kbps = quantile(throughputKbps, share);
    return kbps === null ? null : Math.round(kbps * 1_000);
  };
  return {
    requests,
    starvedRequests: starved,
    starvedShare: requests === 0 ? null : starved / requests,
    throughputBps: { p5: bps(0.05), p25: bps(0.25), p50: bps(0.5) },
  };
}
