import { isoOrNull } from '../http/context.ts';
import type { OutsideEvent } from '../webhooks/outbox.ts';
import type { LedgerMessage } from './ledger-message.ts';

/** What backends are told of a fact. The id follows from the fact's, so that a second telling is the same event. */
export function webhookEventsOf(
  { viewerId, tell, txn, unlocks }: LedgerMessage,
  viewerHash: string | null,
): OutsideEvent[] {
  if (!tell) return [];
  if (txn === null || txn.kind === 'unlock' || txn.kind === 'rental') {
    return unlocks.map(({ id: unlockId, episodeId, method, coins, createdAtMs }) => ({
      id: eventId(unlockId),
      atMs: createdAtMs,
      viewerHash,
      event: { type: 'viewer.unlocked', data: { viewerId, unlockId, episodeId, method, coins } },
    }));
  }
  const { id, createdAtMs: atMs, reference } = txn;
  if (txn.kind === 'refund') {
    return unlocks.map(({ id: unlockId, episodeId, coins }) => ({
      id: eventId(id),
      atMs,
      viewerHash,
      event: { type: 'viewer.refunded', data: { viewerId, refundId: id, unlockId, episodeId, coins } },
    }));
  }
  if (txn.kind !== 'credit') return [];
  const [coins, kind] = txn.paid > 0 ? ([txn.paid, 'paid'] as const) : ([txn.bonus, 'bonus'] as const);
  const data = { viewerId, creditId: id, coins, kind, reference, expiresAt: isoOrNull(txn.expiresAtMs) };
  return [{ id: eventId(id), atMs, viewerHash, event: { type: 'wallet.credited', data } }];
}

/** `txn_01j…` → `evt_01j…`: ids hold the time and 80 random bits, so this one belongs to nothing else. */
function eventId(id: string): string {
  return `evt_${id.slice(id.indexOf('_') + 1)}`;
}
