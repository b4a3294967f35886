import { log, reasonOf } from '#shared/log.ts';
import { app } from './app.ts';
import { openDb } from './http/context.ts';
import { sweep } from './ingest/sweep.ts';
import { refreshSources } from './key-sources.ts';
import { sweepPurchases } from './stores/sweep-purchases.ts';

export { KeySources } from './key-sources-entrypoint.ts';
export { Viewer } from './viewer-object/viewer.ts';

export default {
  fetch: app.fetch,
  async scheduled(controller, env): Promise<void> {
    try {
      await sweep(openDb(env.DB), controller.scheduledTime);
      await refreshSources(env, 'due', controller.scheduledTime);
      await sweepPurchases(env, openDb(env.DB), controller.scheduledTime);
    } catch (thrown) {
      log('error', 'sweep_failed', { reason: reasonOf(thrown) });
      throw thrown;
    }
  },
} satisfies ExportedHandler<ApiEnv>;
