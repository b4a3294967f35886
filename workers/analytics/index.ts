import { log, reasonOf } from '#shared/log.ts';
import { app } from './app.ts';
import { consume } from './consumer/consume.ts';
import { forgetOld } from './forget-old.ts';

export { SeriesViews } from './series-views/series-views.ts';

export default {
  fetch: app.fetch,
  queue: (batch, env) => consume(batch, env, Date.now()),
  /** Every minute; what is old goes once an hour, since each look at the bucket is paid for. */
  async scheduled({ scheduledTime }, env): Promise<void> {
    if (new Date(scheduledTime).getUTCMinutes() !== FORGETTING_MINUTE) return;
    await forgetOld(env, scheduledTime).catch((thrown: unknown) =>
      log('error', 'forgetting_failed', { reason: reasonOf(thrown) }),
    );
  },
} satisfies ExportedHandler<AnalyticsEnv>;

const FORGETTING_MINUTE = 23;
