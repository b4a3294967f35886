import { log, reasonOf } from '#shared/log.ts';
import { app } from './routes.ts';
import { storeBeacon, type BeaconMessage } from './store-views.ts';

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
} satisfies ExportedHandler<AnalyticsEnv, BeaconMessage>;
