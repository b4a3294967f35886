import { log, reasonOf } from '#shared/log.ts';
import { listOpenPurchases, postponePurchase } from '../db/store-purchases.ts';
import type { Db } from '../http/context.ts';
import { MAX_PURCHASES_PER_SWEEP, PURCHASE_RETRY_MS } from '../limits.ts';
import { followPurchase } from './follow-purchase.ts';
import { acknowledgeDue } from './google-play/acknowledge.ts';
import { googlePlaySettings } from './settings.ts';

/** Every minute: what a call left half done, and what Google was not told yet. */
export async function sweepPurchases(env: ApiEnv, db: Db, nowMs: number): Promise<void> {
  for (const reference of await listOpenPurchases(db, nowMs - PURCHASE_RETRY_MS, MAX_PURCHASES_PER_SWEEP)) {
    // One that fails must not keep the others from their turn.
    await followPurchase(env, db, reference, nowMs).catch(async (thrown: unknown) => {
      log('warn', 'purchase_still_open', { reason: reasonOf(thrown) });
      await postponePurchase(db, reference, nowMs);
    });
  }
  if (env.GOOGLE_PLAY_PACKAGE_NAME !== '') await acknowledgeDue(db, googlePlaySettings(env), nowMs);
}
