import { hashViewer } from '#shared/keys/viewer-hash.ts';
import { log, reasonOf } from '#shared/log.ts';
import type { LedgerComparison } from '#shared/viewer/rpc.ts';
import { LEDGER_RECONCILING } from '../ledger-reconciling.ts';
import { merged } from './merge-state.ts';

/** One row once the ledger was found to be behind, or was stopped by hand; none before. */
export const RECONCILIATION = `
CREATE TABLE reconciliation (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  stopped_at INTEGER,
  accepted TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(accepted))
) STRICT;
`;

/** Reports that do not answer are asked again by the first move of coins after this. */
const ASK_AGAIN_MS = 10_000;

/** A restore takes the newest away, so these tell. */
const MAX_COMPARED = 100;
const NEWEST_TOLD = 'SELECT txn_id FROM ledger_txns WHERE viewer_hash = ? ORDER BY created_at DESC LIMIT ?';

type GuardEnv = Pick<ApiEnv, 'DB' | 'MASTER_SECRET' | 'LEDGER_WRITES'>;

/**
 * Lets no coin move in an object that was set back (docs/decisions/028-after-a-restore.md). What reports have heard of
 * was stored here before it was told, so a ledger that lacks a transaction which reports have is an old one. A restore
 * ends the object's session, so one look before the first move of each session sees every restore.
 *
 * @see security.md LED-24
 */
export class LedgerGuard {
  readonly #sql: SqlStorage;
  readonly #env: GuardEnv;
  #look: Promise<void> | null = null;
  #askAgainMs = 0;

  constructor(sql: SqlStorage, env: GuardEnv) {
    this.#sql = sql;
    this.#env = env;
  }

  async pass(viewerId: string | null): Promise<void> {
    if (this.#env.LEDGER_WRITES === 'off') throw new Error(LEDGER_RECONCILING);
    if (viewerId !== null && merged(this.#sql) === null) {
      if (this.#look === null && Date.now() >= this.#askAgainMs) this.#look = this.#compare(viewerId);
      await this.#look;
    }
    if (readStoppedAt(this.#sql) !== null) throw new Error(LEDGER_RECONCILING);
  }

  async #compare(viewerId: string): Promise<void> {
    try {
      const viewerHash = await hashViewer(this.#env.MASTER_SECRET, viewerId);
      const newest = this.#env.DB.prepare(NEWEST_TOLD).bind(viewerHash, MAX_COMPARED);
      const { results } = await newest.all<{ txn_id: string }>();
      const told = results.map((row) => row.txn_id);
      // An erasure may have come in meanwhile; then there is nothing to compare.
      const { missing } = compareLedger(this.#sql, told);
      if (merged(this.#sql) === null && missing.length > 0) {
        log('error', 'ledger_behind', { viewerHash, missing: missing.length });
        stopLedger(this.#sql, Date.now());
      }
    } catch (thrown) {
      log('error', 'ledger_not_compared', { reason: reasonOf(thrown) });
      this.#look = null;
      this.#askAgainMs = Date.now() + ASK_AGAIN_MS;
    }
  }
}

function readStoppedAt(sql: SqlStorage): number | null {
  const rows = sql.exec<{ stopped_at: number | null }>('SELECT stopped_at FROM reconciliation').toArray();
  return rows[0]?.stopped_at ?? null;
}

export function stopLedger(sql: SqlStorage, nowMs: number): void {
  sql.exec(
    `INSERT INTO reconciliation (id, stopped_at) VALUES (1, ?)
     ON CONFLICT (id) DO UPDATE SET stopped_at = COALESCE(stopped_at, excluded.stopped_at)`,
    nowMs,
  );
}

/** What is missing here of what was told, and since when nothing moves. What a person has seen to is not missed. */
export function compareLedger(sql: SqlStorage, toldTxnIds: readonly string[]): LedgerComparison {
  const missing = sql
    .exec<{ id: string }>(
      `SELECT value AS id FROM json_each(?) WHERE value NOT IN (SELECT id FROM txns)
         AND value NOT IN (SELECT each.value FROM reconciliation, json_each(accepted) each)`,
      JSON.stringify(toldTxnIds),
    )
    .toArray();
  return { stoppedAtMs: readStoppedAt(sql), missing: missing.map(({ id }) => id) };
}

/** `accepted`: these are told and not here, and a person has seen to them. */
export function resumeLedger(sql: SqlStorage, accepted: readonly string[]): void {
  sql.exec(
    `INSERT INTO reconciliation (id, stopped_at, accepted) VALUES (1, NULL, ?1) ON CONFLICT (id) DO UPDATE
     SET stopped_at = NULL, accepted = (SELECT json_group_array(value)
       FROM (SELECT value FROM json_each(reconciliation.accepted) UNION SELECT value FROM json_each(?1)))`,
    JSON.stringify(accepted),
  );
}
