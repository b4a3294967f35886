/** Tables of D1 that are in the export. test/workers/viewers/erasure.test.ts holds the two lists against the database. */
export const EXPORTED_D1_TABLES: readonly string[] = [
  'store_accounts',
  'store_purchases',
  'revocations',
  'pass_revocations',
];

/** Tables of D1 that are not in the export of a viewer, and why. */
export const D1_TABLES_LEFT_OUT: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    [
      'series',
      'seasons',
      'arcs',
      'episodes',
      'access_policies',
      'assets',
      'asset_versions',
      'asset_tracks',
      'caption_sidecars',
      'content_keys',
      'renditions',
      'jobs',
      'prefixes_to_sweep',
      'uploads',
      'edges',
      'localisations',
      'drops',
      'signing_keys',
      'signing_key_sources',
      'api_keys',
      'received_webhooks',
      'webhook_endpoints',
      'webhook_deliveries',
      'store_products',
      'store_notifications',
      'store_acknowledgements',
    ].map((table) => [table, 'is of the operator, and names no viewer']),
  ),
  ledger_txns: 'a copy, under a keyed hash, of what is in the export',
  ledger_unlocks: 'a copy, under a keyed hash, of what is in the export',
  quarantined_messages: 'messages that could not be read, kept for 30 days; of facts that are in the export',
  erased_viewers: 'a keyed hash for thirty days after an erasure, so that nothing late brings the viewer back',
  views: 'names viewers by a pseudonym of the month that nothing leads back from',
  audit_log: 'what operators did; a viewer stands in it as a keyed hash',
  idempotent_requests: 'answers kept for a day for retries, of facts that are in the export',
  webhook_events: 'messages to the operator kept for 14 days, of facts that are in the export',
};
