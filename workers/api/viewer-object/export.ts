import type { ExportedRow, ViewerExport } from '#shared/viewer/rights-rpc.ts';

/**
 * Every table of a viewer that is in the export, under the name that it has there. A table that is in neither list fails
 * test/workers/api/viewer-object/export.test.ts: whoever adds one decides.
 *
 * @see security.md PRV-6
 */
export const EXPORTED_TABLES: Readonly<Record<string, string>> = {
  accounts: 'accounts',
  txns: 'transactions',
  entries: 'entries',
  lots: 'lots',
  draws: 'draws',
  returns: 'returns',
  unlocks: 'unlocks',
  shares: 'unlockShares',
  unlock_ends: 'unlockEnds',
  rentals: 'rentals',
  grants: 'grants',
  answers: 'answers',
  quotes: 'quotes',
  parked_chargebacks: 'parkedChargebacks',
  pending_adjustments: 'pendingAdjustments',
  absorbed_references: 'absorbedPayments',
  merge_out: 'mergedInto',
  merge_in: 'mergesOpen',
  moved_txns: 'paymentsOfGuests',
  moved_coins: 'coinsSpentByGuests',
  waits: 'waits',
  ad_intents: 'adIntents',
  ad_views: 'adViews',
  ad_unlocks: 'adUnlocks',
  brought_ad_views: 'adViewsOfGuests',
  auto_unlock: 'autoUnlockSetting',
  auto_unlocks: 'autoUnlocks',
  brought_unlocks: 'unlocksOfGuests',
  resume_points: 'resumePoints',
  stream_leases: 'streams',
  devices: 'devices',
  revocation: 'tokensRevoked',
  pass_revocation: 'passesRevoked',
};

/** Tables that are not in the export, and why. */
export const TABLES_LEFT_OUT: Readonly<Record<string, string>> = {
  schema_version: 'says nothing of the viewer: the version of the tables',
  reconciliation: 'whether an operator has stopped this ledger after a restore; of the operator',
  outbox: 'messages to the operator on their way, of facts that are in the export',
  viewer_name: 'the id that the export begins with',
  merge_out_parts: 'has rows only while everything is on its way to another viewer, whose export has it',
  erasure: 'has a row only when everything else is gone',
  erased_txns: 'has rows only when everything else is gone',
};

export function exportAll(sql: SqlStorage): ViewerExport {
  const tables = Object.entries(EXPORTED_TABLES).map(([table, name]) => [
    name,
    sql.exec<Record<string, string | number | null>>(`SELECT * FROM ${table}`).toArray(),
  ]);
  return { tables: Object.fromEntries(tables) as Record<string, ExportedRow[]>, guests: guestsOf(sql) };
}

/** Who was merged into this viewer. */
export function guestsOf(sql: SqlStorage): string[] {
  return sql
    .exec<{ guest: string }>(
      "SELECT DISTINCT json_extract(result, '$.merge.from') AS guest FROM txns WHERE kind = 'transfer-in'",
    )
    .toArray()
    .map(({ guest }) => guest);
}
