/**
 * What is left of a viewer who was erased: that it happened, until when nobody may come back under this id, and until
 * the call has ended what it has to put away elsewhere. `subject` and `guests` are emptied then.
 */
export const ERASURE = `
CREATE TABLE erasure (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  erased_at INTEGER NOT NULL,
  until INTEGER NOT NULL CHECK (until > erased_at),
  revoked_at INTEGER NOT NULL,
  subject TEXT,
  guests TEXT
) STRICT;
CREATE TABLE erased_txns (
  seq INTEGER PRIMARY KEY,
  txn TEXT NOT NULL
) STRICT;
`;
