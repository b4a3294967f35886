import type { BeaconMessage } from '#core/qoe/beacon-message.ts';
import { log, reasonOf } from '#shared/log.ts';
import { app } from './app.ts';
import { consume } from './consumer/consume.ts';
import { refreshSurvival } from './refresh-survival.ts';

export { SeriesViews } from './series-views/series-views.ts';

export default {
  fetch: app.fetch,
  queue: (batch, env) => consume(batch, env),
  /** Once a minute; the next one tries again. */
  async scheduled(_event, env): Promise<void> {
    await refreshSurvival(env.DB, Date.now()).catch((thrown: unknown) =>
      log('error', 'survival_failed', { reason: reasonOf(thrown) }),
    );
  },
} satisfies ExportedHandler<AnalyticsEnv, BeaconMessage>;
