import type { BeaconMessage } from '#core/qoe/beacon-message.ts';
import { log, reasonOf } from '#shared/log.ts';
import { evaluateAlerts } from './alerts/evaluate.ts';
import { app } from './app.ts';
import { consume } from './consumer/consume.ts';
import { refreshSurvival } from './refresh-survival.ts';
import { SEGMENT_REPORTS_PATH, takeSegmentReports } from './segments/take-reports.ts';

export { SeriesViews } from './series-views/series-views.ts';

export { CmcdSession } from './cmcd/cmcd-session.ts';
export { SegmentReports } from './segments/segment-reports.ts';

export default {
  async fetch(request, env, ctx): Promise<Response> {
    const isReport = new URL(request.url).pathname === SEGMENT_REPORTS_PATH;
    return isReport ? takeSegmentReports(request, env) : app.fetch(request, env, ctx);
  },
  queue: (batch, env) => consume(batch, env),
  /** Once a minute; the next one tries again. */
  async scheduled(_event, env): Promise<void> {
    const nowMs = Date.now();
    await Promise.all([
      logged('survival_failed', refreshSurvival(env.DB, nowMs)),
      logged('alerts_failed', evaluateAlerts(env, nowMs)),
    ]);
  },
} satisfies ExportedHandler<AnalyticsEnv, BeaconMessage>;

async function logged(event: string, work: Promise<void>): Promise<void> {
  await work.catch((thrown: unknown) => log('error', event, { reason: reasonOf(thrown) }));
}
