/** Everything of this viewer that reports count. A wait that was given up opened nothing. */
export const ENQUEUE_ALL = `
INSERT INTO outbox (id, source, tell, due_at)
  SELECT id, 'txn', 0, 0 FROM txns WHERE sealed = 1
  UNION ALL SELECT id, 'ad', 0, 0 FROM ad_unlocks
  UNION ALL SELECT id, 'brought', 0, 0 FROM brought_unlocks
  UNION ALL SELECT id, 'wait', 0, ready_at FROM waits WHERE given_up_at IS NULL
  ON CONFLICT DO NOTHING;`;

/**
 * What reports and webhooks have not heard of yet. The rows are written by triggers, so no code can move a coin or open
 * an episode without one, and both are there or neither. A row only points: what it points at never changes, and is
 * read when the row is sent. `tell` = 0 is for reports alone. A wait is due when it is over, and forgotten when given up.
 */
export const OUTBOX = `
CREATE TABLE outbox (
  id TEXT PRIMARY KEY,
  source TEXT NOT NULL CHECK (source IN ('txn', 'ad', 'wait', 'brought')),
  tell INTEGER NOT NULL CHECK (tell IN (0, 1)),
  due_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX outbox_due ON outbox (due_at);

CREATE TABLE viewer_name (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  viewer_id TEXT NOT NULL
) STRICT;

CREATE TRIGGER outbox_txns AFTER UPDATE ON txns WHEN NEW.sealed = 1 BEGIN
  INSERT INTO outbox (id, source, tell, due_at) VALUES (NEW.id, 'txn', 1, 0);
END;
CREATE TRIGGER outbox_ads AFTER INSERT ON ad_unlocks BEGIN
  INSERT INTO outbox (id, source, tell, due_at) VALUES (NEW.id, 'ad', 1, 0);
END;
CREATE TRIGGER outbox_brought AFTER INSERT ON brought_unlocks BEGIN
  INSERT INTO outbox (id, source, tell, due_at) VALUES (NEW.id, 'brought', 0, 0);
END;
CREATE TRIGGER outbox_waits AFTER INSERT ON waits BEGIN
  INSERT INTO outbox (id, source, tell, due_at) VALUES (NEW.id, 'wait', 1, NEW.ready_at);
END;
CREATE TRIGGER outbox_waits_given_up AFTER UPDATE ON waits WHEN NEW.given_up_at IS NOT NULL BEGIN
  DELETE FROM outbox WHERE id = NEW.id;
END;
-- A wait that was not over goes along with a guest.
CREATE TRIGGER outbox_merged AFTER INSERT ON merge_out BEGIN
  DELETE FROM outbox WHERE id IN (SELECT id FROM waits WHERE ready_at > NEW.created_at);
END;
${ENQUEUE_ALL}
`;

/** How often a row could not be sent: it is sent by itself then, ever more rarely, and holds up no other. */
export const OUTBOX_ATTEMPTS = `
ALTER TABLE outbox ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0;
`;
