import type { EpisodeUnlockRecord, UnlockRecord } from '#shared/viewer/rpc.ts';

/** Reads of what the viewer has unlocked. */
type Row = {
  id: string;
  episode_id: string;
  method: UnlockRecord['method'];
  coins: number;
  created_at: number;
  hours: number | null;
  start_by: number | null;
  started_at: number | null;
  ended_at: number | null;
};

const SELECT_UNLOCK = `SELECT u.id, u.episode_id, u.method, u.coins, u.created_at, r.hours, r.start_by, r.started_at,
    (SELECT t.created_at FROM unlock_ends e JOIN txns t ON t.id = e.txn_id WHERE e.unlock_id = u.id) AS ended_at
  FROM unlocks u LEFT JOIN rentals r ON r.unlock_id = u.id`;

export function findUnlockById(sql: SqlStorage, unlockId: string): UnlockRecord | null {
  const [row] = sql.exec<Row>(`${SELECT_UNLOCK} WHERE u.id = ?`, unlockId).toArray();
  return row ? toRecord(row) : null;
}

/** Those that neither a refund nor a transfer ended; rentals that are over among them. */
export function liveUnlocks(sql: SqlStorage, episodeIds: readonly string[]): UnlockRecord[] {
  const rows = sql.exec<Row>(
    `${SELECT_UNLOCK} WHERE u.episode_id IN (SELECT value FROM json_each(?)) AND ended_at IS NULL ORDER BY u.rowid`,
    JSON.stringify(episodeIds),
  );
  return rows.toArray().map(toRecord);
}

export function allLiveUnlocks(sql: SqlStorage): UnlockRecord[] {
  return sql.exec<Row>(`${SELECT_UNLOCK} WHERE ended_at IS NULL ORDER BY u.rowid`).toArray().map(toRecord);
}

export function findOwned(sql: SqlStorage, episodeId: string): UnlockRecord | null {
  return liveUnlocks(sql, [episodeId]).find(({ method }) => method === 'coins') ?? null;
}

/** The rental that plays, or could: the one that lasts longest. */
export function findRental(sql: SqlStorage, episodeId: string, nowMs: number): UnlockRecord | null {
  const rentals = liveUnlocks(sql, [episodeId]).filter((unlock) => rentalEndMs(unlock) > nowMs);
  return rentals.toSorted((a, b) => rank(b) - rank(a))[0] ?? null;
}

/** A rental that runs comes before one that waits: nobody shall begin a second clock. */
function rank(unlock: UnlockRecord): number {
  return (unlock.rental?.startedAtMs == null ? 0 : 1e15) + rentalEndMs(unlock);
}

/** When the rental is over, or can be begun no more; never for what is no rental. */
export function rentalEndMs({ rental }: Pick<UnlockRecord, 'rental'>): number {
  if (rental === null) return Number.NEGATIVE_INFINITY;
  const { startedAtMs, startByMs, hours } = rental;
  return startedAtMs === null ? startByMs : startedAtMs + hours * 3_600_000;
}

/** Of each episode that was paid for the strongest claim. */
export function paidUnlocks(sql: SqlStorage, episodeIds: readonly string[], nowMs: number): EpisodeUnlockRecord[] {
  const best = new Map<string, UnlockRecord>();
  for (const unlock of liveUnlocks(sql, episodeIds)) {
    const isRental = unlock.method === 'rental';
    if (isRental && rentalEndMs(unlock) <= nowMs) continue;
    const known = best.get(unlock.episodeId);
    if (known === undefined || !isRental || (known.method === 'rental' && rank(unlock) > rank(known)))
      best.set(unlock.episodeId, unlock);
  }
  return [...best.values()].map(toStateRecord);
}

function toStateRecord(unlock: UnlockRecord): EpisodeUnlockRecord {
  const { episodeId, method, rental } = unlock;
  if (rental === null) return { episodeId, method, untilMs: null, rental: null };
  if (rental.startedAtMs !== null) return { episodeId, method, untilMs: rentalEndMs(unlock), rental: null };
  return { episodeId, method, untilMs: null, rental: { hours: rental.hours, startByMs: rental.startByMs } };
}

function toRecord(row: Row): UnlockRecord {
  const { hours, start_by: startByMs } = row;
  return {
    id: row.id,
    episodeId: row.episode_id,
    method: row.method,
    coins: row.coins,
    rental: hours === null || startByMs === null ? null : { hours, startByMs, startedAtMs: row.started_at },
    createdAtMs: row.created_at,
    endedAtMs: row.ended_at,
  };
}
