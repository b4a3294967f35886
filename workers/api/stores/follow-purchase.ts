import { bonusReference, creditReference, nextStep } from '#core/stores/purchase.ts';
import { UnavailableError } from '#shared/binding-call.ts';
import { randomBytes, sha256Base64url, toBase64url } from '#shared/encoding.ts';
import { log } from '#shared/log.ts';
import * as purchases from '../db/store-purchases.ts';
import { findPassTerm } from '../db/stores.ts';
import { askOwner, ErasedError } from '../follow-merges.ts';
import type { Db } from '../http/context.ts';
import { MAX_PURCHASE_STEPS } from '../limits.ts';
import { ownerOf } from './owner-of.ts';
import { reverseCredit } from './reverse-credit.ts';
import type { StoreEnv } from './store-env.ts';

export interface FollowedPurchase {
  readonly purchase: purchases.PurchaseRecord;
  readonly viewerId: string | null;
  readonly state: 'applied' | 'parked' | 'revoked';
}

/**
 * Makes the viewer's object follow what the store said last. Every step can be done again and is found done: the object
 * keeps one credit for each reference, and a step that finds the row changed reads it anew. So any number of callers,
 * in any order, broken off anywhere, come to the same end.
 */
export async function followPurchase(
  env: StoreEnv,
  db: Db,
  reference: string,
  nowMs: number,
): Promise<FollowedPurchase> {
  for (let step = 0; step < MAX_PURCHASE_STEPS; step++) {
    const loaded = await purchases.loadPurchase(db, reference);
    if (loaded === null) throw new Error('a purchase that was recorded is gone');
    const followed = await takeStep(env, db, loaded, nowMs).catch((thrown: unknown) => {
      if (thrown instanceof ErasedError) return disown(db, loaded, nowMs);
      throw thrown;
    });
    if (followed !== null) return followed;
  }
  throw new UnavailableError('store', 'the purchase changes while it is applied');
}

/** null while there is more to do. */
async function takeStep(
  env: StoreEnv,
  db: Db,
  { purchase, product, viewerId }: purchases.LoadedPurchase,
  nowMs: number,
): Promise<FollowedPurchase | null> {
  const isRevoked = purchase.revokedAt !== null;
  const { quantity, credit } = purchase;
  const isOfErased = purchase.parked === 'viewer-erased';
  const step = nextStep({ quantity, credit, isRevoked, product, viewerId, isOfErased }, nowMs);
  switch (step.kind) {
    case 'park':
      if (!(await purchases.park(db, purchase, step.reason, nowMs))) return null;
      log('warn', 'purchase_parked', { purchaseId: purchase.id, reason: step.reason });
      return { purchase, viewerId, state: 'parked' };
    case 'begin':
      await purchases.beginCredit(db, purchase, step.order, await ownerOf(env, owner(viewerId)), nowMs);
      return null;
    case 'credit':
      await creditViewer(env, purchase, owner(viewerId), nowMs);
      await purchases.endCredit(db, purchase, nowMs);
      return null;
    case 'reverse':
      // First what cannot fail for good: a pass must not stay open because coins cannot be taken back.
      await putPass(env, db, purchase.chain, owner(viewerId), nowMs);
      await reverse(env, purchase, owner(viewerId), nowMs);
      await purchases.endReversal(db, purchase, nowMs);
      return null;
    case 'settled':
      if (purchase.parked !== null && !(await purchases.park(db, purchase, null, nowMs))) return null;
      if (viewerId !== null) await putPass(env, db, purchase.chain, viewerId, nowMs);
      return { purchase, viewerId, state: isRevoked ? 'revoked' : 'applied' };
  }
}

/**
 * The viewer is erased: no retry would change that, so the store is not kept trying. Coins that were not given wait for
 * a person to assign or refund them; what was given is a pseudonym's, as the erasure itself leaves payments.
 */
async function disown(db: Db, { purchase }: purchases.LoadedPurchase, nowMs: number): Promise<FollowedPurchase | null> {
  if (purchase.credit !== 'begun') {
    await purchases.giveToPseudonym(db, purchase, `erased-${toBase64url(randomBytes(15))}`, nowMs);
    return null;
  }
  if (!(await purchases.parkErased(db, purchase, nowMs))) return null;
  log('warn', 'purchase_parked', { purchaseId: purchase.id, reason: 'viewer-erased' });
  return { purchase: { ...purchase, parked: 'viewer-erased' }, viewerId: null, state: 'parked' };
}

/** Crediting begins with a viewer, so from there on there is one. */
function owner(viewerId: string | null): string {
  if (viewerId === null) throw new Error('a credit that belongs to nobody');
  return viewerId;
}

async function creditViewer(
  env: StoreEnv,
  { id, reference, round, coins, bonusCoins, bonusExpiresAt }: purchases.PurchaseRecord,
  viewerId: string,
  nowMs: number,
): Promise<void> {
  const lots = [
    { coins: coins ?? 0, kind: 'paid' as const, expiresAtMs: null, reference: creditReference(reference, round) },
    {
      coins: bonusCoins ?? 0,
      kind: 'bonus' as const,
      expiresAtMs: bonusExpiresAt,
      reference: bonusReference(reference, round),
    },
  ];
  for (const lot of lots) {
    if (lot.coins === 0) continue;
    // As a credit by the API is hashed: one that a backend made under this reference counts as this one.
    const requestSha256 = await sha256Base64url(
      JSON.stringify(['credit', lot.coins, lot.kind, lot.expiresAtMs, lot.reference]),
    );
    const idempotencyKey = `store ${lot.reference}`;
    const request = { ...lot, idempotencyKey, requestSha256, nowMs };
    const { reply } = await askOwner(env, viewerId, (viewer) => viewer.credit(request));
    // The payment has brought its coins, though not those that we would give. It must not bring both.
    if (reply.outcome === 'key-reused') log('warn', 'purchase_credited_elsewhere', { purchaseId: id });
  }
}

async function reverse(
  env: StoreEnv,
  { reference, round, coins, bonusCoins }: purchases.PurchaseRecord,
  viewerId: string,
  nowMs: number,
): Promise<void> {
  const references = [
    ...((coins ?? 0) > 0 ? [creditReference(reference, round)] : []),
    ...((bonusCoins ?? 0) > 0 ? [bonusReference(reference, round)] : []),
  ];
  for (const each of references) await reverseCredit(env, viewerId, each, nowMs);
}

async function putPass(env: StoreEnv, db: Db, chain: string, viewerId: string, nowMs: number): Promise<void> {
  const term = await findPassTerm(db, chain, viewerId);
  if (term === null) return;
  const { pass, version, endsAtMs: expiresAtMs } = term;
  const grant = { reference: chain, version, pass, expiresAtMs, nowMs };
  await askOwner(env, viewerId, (viewer) => viewer.putGrant(grant));
}
