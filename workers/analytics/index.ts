import type { BeaconMessage } from '#core/qoe/beacon-message.ts';
import { log, reasonOf } from '#shared/log.ts';
import { app } from './app.ts';
import { refreshSurvival } from './refresh-survival.ts';
import { storeBeacon } from './store-views.ts';

export default {
  fetch: app.fetch,
  /** Each message is acknowledged by itself, so one that fails does not bring the others back. */
  async queue(batch, env): Promise<void> {
    for (const message of batch.messages) {
      try {
        await storeBeacon(env.DB, message.body);
        message.ack();
      } catch (thrown) {
        log('error', 'beacon_failed', { messageId: message.id, attempts: message.attempts, reason: reasonOf(thrown) });
        message.retry();
      }
    }
  },
  /** Once a minute; the next one tries again. */
  async scheduled(_event, env): Promise<void> {
    await refreshSurvival(env.DB, Date.now()).catch((thrown: unknown) =>
      log('error', 'survival_failed', { reason: reasonOf(thrown) }),
    );
  },
} satisfies ExportedHandler<AnalyticsEnv, BeaconMessage>;
