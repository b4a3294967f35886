/** Migrations of the viewer's object for what merges have to remember since they were first made. */

/**
 * Of payments that guests brought along, the coins that are in no lot and no unlock: they stay in the guests' books, and
 * a chargeback must find them all the same. A guest's debt that such coins had paid back would be gone for nothing.
 */
export const MOVED_COINS = `
CREATE TABLE moved_coins (
  reference TEXT PRIMARY KEY,
  lapsed INTEGER NOT NULL CHECK (lapsed >= 0),
  adjusted INTEGER NOT NULL CHECK (adjusted >= 0),
  repaid INTEGER NOT NULL CHECK (repaid >= 0)
) STRICT, WITHOUT ROWID;
`;

/** What does not fit into the one row of merge_out of a transfer that is on its way. */
export const TRANSFER_PARTS = `
CREATE TABLE merge_out_parts (
  seq INTEGER PRIMARY KEY,
  part TEXT NOT NULL
) STRICT;
`;

/**
 * Ads that a guest had watched for what is open by now, of the day of the merge alone: the caps of that day count them,
 * or a new guest would be a new allowance. Those on the way to an unlock are rows of ad_views.
 */
export const BROUGHT_ADS = `
CREATE TABLE brought_ad_views (
  network TEXT NOT NULL,
  transaction_id TEXT NOT NULL,
  series_id TEXT NOT NULL,
  watched_at INTEGER NOT NULL,
  PRIMARY KEY (network, transaction_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX brought_ad_views_watched ON brought_ad_views (watched_at);
`;
