import type { CreditRecord, CreditReply, CreditRequest } from '#shared/viewer/rpc.ts';
import { takeBackParked } from './chargeback.ts';
import { insertLot, lapseLots, NOTHING_SETTLED, readWallet } from './lots.ts';
import { merged } from './merge-state.ts';
import { findMoved, replayOf } from './moved-txns.ts';
import { readParked } from './parked.ts';
import { findTxn, KEY_REUSED, openTxn, postEntries, seal } from './posting.ts';
import { planSettlement, settle } from './settle.ts';

type CreditAnswer = Omit<Extract<CreditReply, { outcome: 'credited' | 'replayed' }>, 'outcome'>;

/** Coins that come in. A debt is paid back first, and a chargeback that came before its payment is applied now. */
export function credit(storage: DurableObjectStorage, request: CreditRequest): CreditReply {
  return storage.transactionSync(() => {
    const { sql } = storage;
    const { coins, kind, expiresAtMs, reference, nowMs } = request;
    lapseLots(sql, nowMs);
    const earlier = findTxn(sql, 'credit', request.idempotencyKey, reference) ?? findMoved(sql, 'credit', reference);
    if (earlier && earlier.requestSha256 !== request.requestSha256) return KEY_REUSED;
    if (earlier) return { ...replayOf<CreditAnswer>(sql, earlier, nowMs), outcome: 'replayed' };
    const gone = merged(sql);
    if (gone) return gone;
    const id = openTxn(sql, { ...request, kind: 'credit' });
    postEntries(sql, id, { [`wallet:${kind}`]: coins, 'system:issued': -coins });
    const lotId = insertLot(sql, id, { kind, coins, expiresAtMs, reference }, nowMs);
    const income = { lotId, kind, coins, reference };
    const parked = reference === null ? null : readParked(sql, reference);
    const settlement = parked === null ? planSettlement(sql, [income]) : { ...NOTHING_SETTLED, taken: [income] };
    const record: CreditRecord = { id, coins, kind, expiresAtMs, reference, createdAtMs: nowMs };
    const result = { credit: record, wallet: readWallet(sql, nowMs, settlement) };
    seal(sql, id, result);
    if (parked === null) settle(sql, settlement, nowMs);
    else takeBackParked(sql, parked, nowMs);
    return { ...result, outcome: 'credited' };
  });
}
