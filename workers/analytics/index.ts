import { log, reasonOf } from '#shared/log.ts';
import { evaluateAlerts } from './alerts/evaluate.ts';
import { app } from './app.ts';
import { consume } from './consumer/consume.ts';
import { replayQuarantined } from './consumer/replay.ts';
import { forgetOld } from './forget-old.ts';
import { SEGMENT_REPORTS_PATH, takeSegmentReports } from './segments/take-reports.ts';

export { SeriesViews } from './series-views/series-views.ts';
export { ViewerRights } from './viewer-rights.ts';

export { CmcdSession } from './cmcd/cmcd-session.ts';
export { SegmentReports } from './segments/segment-reports.ts';

export default {
  async fetch(request, env, ctx): Promise<Response> {
    const isReport = new URL(request.url).pathname === SEGMENT_REPORTS_PATH;
    return isReport ? takeSegmentReports(request, env) : app.fetch(request, env, ctx);
  },
  queue: (batch, env) => consume(batch, env, Date.now()),
  /** Every minute. Once an hour what is old goes, since each look at the bucket is paid for. */
  async scheduled({ scheduledTime: nowMs }, env): Promise<void> {
    const isHourly = new Date(nowMs).getUTCMinutes() === HOURLY_MINUTE;
    await Promise.all([
      logged('alerts_failed', evaluateAlerts(env, nowMs)),
      logged('replay_failed', replayQuarantined(env, nowMs)),
      ...(isHourly ? [logged('forgetting_failed', forgetOld(env, nowMs))] : []),
    ]);
  },
} satisfies ExportedHandler<AnalyticsEnv>;

const HOURLY_MINUTE = 23;

async function logged(event: string, work: Promise<void>): Promise<void> {
  await work.catch((thrown: unknown) => log('error', event, { reason: reasonOf(thrown) }));
}
