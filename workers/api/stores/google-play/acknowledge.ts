import { log, reasonOf } from '#shared/log.ts';
import {
  endAcknowledgement,
  forgetAcknowledgements,
  listDueAcknowledgements,
  takeAcknowledgement,
  type AcknowledgementRecord,
} from '../../db/stores.ts';
import type { Db } from '../../http/context.ts';
import {
  ACKNOWLEDGE_WITHIN_MS,
  MAX_ACKNOWLEDGE_RETRY_MS,
  MAX_PURCHASES_PER_SWEEP,
  PURCHASE_RETRY_MS,
} from '../../limits.ts';
import type { GooglePlaySettings } from '../settings.ts';
import { callGoogle } from './call-google.ts';

type DueAcknowledgement = AcknowledgementRecord & { readonly coins: number };

/** Right after the coins are there; what fails here is tried again by the cron. */
export async function acknowledgeNow(
  db: Db,
  settings: GooglePlaySettings,
  reference: string,
  nowMs: number,
): Promise<void> {
  const due = await listDueAcknowledgements(db, nowMs, MAX_PURCHASES_PER_SWEEP, reference);
  for (const order of due) await acknowledge(db, settings, order, nowMs);
}

/** Tells Google of each purchase whose coins are there: it gives the money of the others back after three days. */
export async function acknowledgeDue(db: Db, settings: GooglePlaySettings, nowMs: number): Promise<void> {
  for (const order of await listDueAcknowledgements(db, nowMs, MAX_PURCHASES_PER_SWEEP, null))
    await acknowledge(db, settings, order, nowMs);
  await forgetAcknowledgements(db, nowMs - ACKNOWLEDGE_WITHIN_MS);
}

async function acknowledge(
  db: Db,
  settings: GooglePlaySettings,
  order: DueAcknowledgement,
  nowMs: number,
): Promise<void> {
  const retryMs = Math.min(PURCHASE_RETRY_MS * 2 ** order.tries, MAX_ACKNOWLEDGE_RETRY_MS);
  if (!(await takeAcknowledgement(db, order, nowMs + retryMs))) return;
  try {
    const { status } = await callGoogle(settings, 'POST', pathOf(order), nowMs);
    // Another 4xx than those that callGoogle throws: it was consumed by the app already, or is no more.
    if (status !== 200 && status !== 204) log('warn', 'purchase_not_acknowledged', { status, tries: order.tries });
    await endAcknowledgement(db, order.reference);
  } catch (thrown) {
    log('warn', 'acknowledge_failed', { tries: order.tries, reason: reasonOf(thrown) });
  }
}

/** What is to be bought again must be consumed, which acknowledges it too. */
function pathOf({ kind, coins, productId, purchaseToken }: DueAcknowledgement): string {
  const place = `${encodeURIComponent(productId)}/tokens/${encodeURIComponent(purchaseToken)}`;
  if (kind === 'subscription') return `/purchases/subscriptions/${place}:acknowledge`;
  return `/purchases/products/${place}:${coins > 0 ? 'consume' : 'acknowledge'}`;
}
