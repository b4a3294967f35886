import { app } from './app.ts';
import { openDb } from './http/context.ts';
import { sweep } from './ingest/sweep.ts';

export { Viewer } from './viewer-object/viewer.ts';

export default {
  fetch: app.fetch,
  async scheduled(controller, env): Promise<void> {
    await sweep(openDb(env.DB), controller.scheduledTime);
  },
} satisfies ExportedHandler<ApiEnv>;
