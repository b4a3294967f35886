/** One viewer's object as the Workers call it, and a look at its tables that they never have. */
import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import type {
  BundleRequest,
  ChargebackRequest,
  CreditRequest,
  RefundRequest,
  RentRequest,
  UnlockReply,
  UnlockRequest,
  ViewerRpc,
} from '../../../../../workers/shared/viewer/rpc.ts';

/** As the Workers see it: plain promises of plain values. */
export type ViewerStub = DurableObjectStub & ViewerRpc;

/** Noon of a day in 2026; the object has no clock of its own. */
export const NOW_MS = 1_795_348_800_000;

export function newViewer(viewerId: string = crypto.randomUUID()): ViewerStub {
  return env.VIEWERS.getByName(`viewer:${viewerId}`) as unknown as ViewerStub;
}

export function creditOf(coins: number, more: Partial<CreditRequest> = {}): CreditRequest {
  const request = {
    idempotencyKey: crypto.randomUUID(),
    coins,
    kind: 'paid' as const,
    expiresAtMs: null,
    reference: null,
    nowMs: NOW_MS,
    ...more,
  };
  const { kind, expiresAtMs, reference } = request;
  return { requestSha256: JSON.stringify([coins, kind, expiresAtMs, reference]), ...request };
}

export function unlockOf(episodeId: string, coins: number, more: Partial<UnlockRequest> = {}): UnlockRequest {
  return {
    idempotencyKey: crypto.randomUUID(),
    requestSha256: `unlock ${episodeId}`,
    grantsVersion: '',
    episodeId,
    coins,
    nowMs: NOW_MS,
    ...more,
  };
}

export function bundleOf(prices: Readonly<Record<string, number>>, coins: number, more: Partial<BundleRequest> = {}) {
  const episodes = Object.entries(prices).map(([id, price]) => ({ id, coins: price }));
  const listCoins = episodes.reduce((sum, episode) => sum + episode.coins, 0);
  return {
    idempotencyKey: crypto.randomUUID(),
    requestSha256: `bundle ${Object.keys(prices).join(' ')}`,
    grantsVersion: '',
    episodes,
    coins,
    bundle: { listCoins, discountPercent: 0 },
    nowMs: NOW_MS,
    ...more,
  };
}

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

export function rentOf(episodeId: string, coins: number, more: Partial<RentRequest> = {}): RentRequest {
  const terms = { hours: 48, startByMs: (more.nowMs ?? NOW_MS) + 30 * DAY_MS };
  return { ...unlockOf(episodeId, coins), requestSha256: `rent ${episodeId}`, ...terms, ...more };
}

export function refundOf(unlockId: string, more: Partial<RefundRequest> = {}): RefundRequest {
  const key = { idempotencyKey: crypto.randomUUID(), requestSha256: `refund ${unlockId}` };
  return { ...key, unlockId, reason: null, nowMs: NOW_MS, ...more };
}

export function chargebackOf(reference: string, more: Partial<ChargebackRequest> = {}): ChargebackRequest {
  return { reference, policy: 'debt', reason: null, nowMs: NOW_MS, ...more };
}

/** Unlocks, rents or buys a bundle, and answers the ids of what the viewer has then. */
export async function bought(reply: Promise<UnlockReply>): Promise<string[]> {
  const answer = await reply;
  if (answer.outcome !== 'unlocked') throw new Error(`not unlocked: ${JSON.stringify(answer)}`);
  return answer.unlocks.map(({ id }) => id);
}

export function inside<T>(
  viewer: ViewerStub,
  look: (sql: SqlStorage, storage: DurableObjectStorage) => T | Promise<T>,
): Promise<T> {
  return runInDurableObject(viewer, (_, state) => look(state.storage.sql, state.storage));
}

/** The names of the rules that are broken: none. */
export async function audit(viewer: ViewerStub): Promise<string[]> {
  return (await viewer.audit()).map(({ rule }) => rule);
}

/** Every row of the ledger, to tell whether anything changed. */
export function dump(viewer: ViewerStub): Promise<string> {
  const tables = [
    'accounts',
    'txns',
    'entries',
    'lots',
    'draws',
    'returns',
    'unlocks',
    'shares',
    'unlock_ends',
    'rentals',
    'grants',
    'parked_chargebacks',
    'merge_out',
    'merge_out_parts',
    'moved_txns',
    'moved_coins',
  ];
  return inside(viewer, (sql) =>
    JSON.stringify(tables.map((table) => sql.exec(`SELECT * FROM ${table} ORDER BY 1`).toArray())),
  );
}
