/** Corrections that are too large for one person; see pending-adjustments.ts. `txn_id` once a second one approved. */
export const PENDING_ADJUSTMENTS = `
CREATE TABLE pending_adjustments (
  id TEXT PRIMARY KEY,
  idempotency_key TEXT NOT NULL UNIQUE,
  request_sha256 TEXT NOT NULL,
  coins INTEGER NOT NULL CHECK (coins <> 0),
  kind TEXT NOT NULL CHECK (kind IN ('paid', 'bonus')),
  reason TEXT NOT NULL,
  actor TEXT NOT NULL,
  made_by TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'approved', 'rejected')),
  decided_by TEXT,
  txn_id TEXT UNIQUE REFERENCES txns (id),
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL CHECK (expires_at > created_at),
  CHECK ((state = 'approved') = (txn_id IS NOT NULL)),
  CHECK (state <> 'approved' OR decided_by <> made_by)
) STRICT;
`;
