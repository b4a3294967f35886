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
