import { log, reasonOf } from '#shared/log.ts';
import { app } from './app.ts';
import { runDueDrops } from './drops/run-due.ts';
import { openDb } from './http/context.ts';
import { sweepCaptions } from './ingest/apply-captions.ts';
import { consumePulls, PULLS_QUEUE, resendPulls } from './ingest/consume-pulls.ts';
import { sweepPrefixes } from './ingest/sweep-prefixes.ts';
import { sweepUploads } from './ingest/sweep-uploads.ts';
import { sweep } from './ingest/sweep.ts';
import { refreshSources } from './key-sources.ts';
import { consume } from './projection/consume.ts';
import { sweepPurchases } from './stores/sweep-purchases.ts';
import { deliverDue } from './webhooks/deliver.ts';

export { KeySources } from './key-sources-entrypoint.ts';
export { Viewer } from './viewer-object/viewer.ts';

export default {
  fetch: app.fetch,
  queue: (batch, env, ctx) => (batch.queue === PULLS_QUEUE ? consumePulls(batch, env) : consume(batch, env, ctx)),
  /** Drops first, as they are for a set minute. One part that fails leaves the others alone; all come again in a minute. */
  async scheduled(controller, env): Promise<void> {
    const db = openDb(env.DB);
    const nowMs = controller.scheduledTime;
    const drops = await Promise.allSettled([logged('drops_failed', runDueDrops(db, nowMs))]);
    const others = await Promise.allSettled([
      logged('sweep_failed', sweep(db, nowMs)),
      logged('prefix_sweep_failed', sweepPrefixes(db, env.MEDIA, nowMs)),
      logged('upload_sweep_failed', sweepUploads({ db, media: env.MEDIA }, nowMs)),
      logged('pulls_failed', resendPulls(env, nowMs)),
      logged('captions_sweep_failed', sweepCaptions(db, env.MEDIA, nowMs)),
      logged('key_sources_failed', refreshSources(env, 'due', nowMs)),
      logged('webhooks_failed', deliverDue(env)),
      logged('purchases_failed', sweepPurchases(env, db, nowMs)),
    ]);
    const failed = [...drops, ...others].find((each) => each.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  },
} satisfies ExportedHandler<ApiEnv>;

async function logged(event: string, work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (thrown) {
    log('error', event, { reason: reasonOf(thrown) });
    throw thrown;
  }
}
