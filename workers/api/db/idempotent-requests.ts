import { and, eq, isNull, lt, or, sql } from 'drizzle-orm';
import { idempotentRequests } from '#shared/db/schema.ts';
import type { Db } from '../http/context.ts';
import { IDEMPOTENCY_MEMORY_MS, IN_FLIGHT_MS, MAX_FORGOTTEN_PER_SWEEP } from '../limits.ts';

export type EarlierRequest = typeof idempotentRequests.$inferSelect;

interface RequestName {
  readonly apiKeyId: string;
  readonly route: string;
  readonly idempotencyKey: string;
}

/** null when the caller has the key now; else the request that has it. Of many at once one insert wins. */
export async function claimRequest(
  db: Db,
  request: RequestName & { requestSha256: string; claim: string; createdAt: number },
): Promise<EarlierRequest | null> {
  const { createdAt: nowMs } = request;
  const isOver = or(
    lt(idempotentRequests.createdAt, nowMs - IDEMPOTENCY_MEMORY_MS),
    and(isNull(idempotentRequests.status), lt(idempotentRequests.createdAt, nowMs - IN_FLIGHT_MS)),
  );
  const [, [row]] = await db.batch([
    db.delete(idempotentRequests).where(and(named(request), isOver)),
    db
      .insert(idempotentRequests)
      .values(request)
      // A write that changes nothing, so that RETURNING gives the row in either case.
      .onConflictDoUpdate({ target: KEY, set: { claim: sql`${idempotentRequests.claim}` } })
      .returning(),
  ]);
  if (row === undefined) throw new Error('the request was neither inserted nor found');
  return row.claim === request.claim ? null : row;
}

export async function storeAnswer(
  db: Db,
  request: RequestName & { claim: string },
  answer: { status: number; headers: Readonly<Record<string, string>>; body: string | null },
): Promise<void> {
  await db.update(idempotentRequests).set(answer).where(held(request));
}

export async function forgetRequest(db: Db, request: RequestName & { claim: string }): Promise<void> {
  await db.delete(idempotentRequests).where(held(request));
}

export async function forgetOldRequests(db: Db, nowMs: number): Promise<void> {
  const old = sql`SELECT rowid FROM idempotent_requests WHERE created_at < ${nowMs - IDEMPOTENCY_MEMORY_MS} LIMIT ${MAX_FORGOTTEN_PER_SWEEP}`;
  await db.delete(idempotentRequests).where(sql`rowid IN (${old})`);
}

const KEY = [idempotentRequests.apiKeyId, idempotentRequests.route, idempotentRequests.idempotencyKey];

function named({ apiKeyId, route, idempotencyKey }: RequestName) {
  return and(
    eq(idempotentRequests.apiKeyId, apiKeyId),
    eq(idempotentRequests.route, route),
    eq(idempotentRequests.idempotencyKey, idempotencyKey),
  );
}

function held(request: RequestName & { claim: string }) {
  return and(named(request), eq(idempotentRequests.claim, request.claim));
}
