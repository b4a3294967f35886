/** What a SeriesViews object keeps in its SQLite. docs/storage.md describes every table; steps are never changed, only added. */
const STEPS = [
  `
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE journal (id INTEGER PRIMARY KEY, messages TEXT NOT NULL) STRICT;

CREATE TABLE views (
  session_id TEXT NOT NULL,
  view_id TEXT NOT NULL,
  episode_id TEXT NOT NULL,
  seq INTEGER NOT NULL,
  viewer TEXT,
  previous_viewer TEXT,
  started_at INTEGER NOT NULL,
  last_received_at INTEGER NOT NULL,
  not_before INTEGER,
  bot_rules TEXT,
  country TEXT,
  device_type TEXT,
  os TEXT,
  browser TEXT,
  connection_type TEXT,
  app_version TEXT,
  experiment TEXT,
  audience TEXT,
  rendition TEXT,
  is_flagged INTEGER NOT NULL,
  position INTEGER NOT NULL,
  has_next INTEGER NOT NULL,
  duration_seconds REAL,
  low_below_px INTEGER,
  state TEXT NOT NULL,
  PRIMARY KEY (session_id, view_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX views_audience ON views (
  episode_id, started_at, viewer, is_flagged,
  country, device_type, os, browser, connection_type, app_version, experiment, audience, rendition
);

CREATE TABLE rollups (
  scope TEXT NOT NULL,
  grain TEXT NOT NULL CHECK (grain IN ('hour', 'day')),
  at INTEGER NOT NULL,
  counts BLOB NOT NULL,
  sketches BLOB NOT NULL,
  curves BLOB NOT NULL,
  PRIMARY KEY (scope, grain, at)
) STRICT, WITHOUT ROWID;

CREATE TABLE segments (
  scope TEXT NOT NULL,
  grain TEXT NOT NULL CHECK (grain IN ('hour', 'day')),
  at INTEGER NOT NULL,
  segments BLOB NOT NULL,
  PRIMARY KEY (scope, grain, at)
) STRICT, WITHOUT ROWID;

CREATE TABLE erased (viewer_sha256 TEXT PRIMARY KEY, until INTEGER NOT NULL) STRICT, WITHOUT ROWID;
`,
  `
CREATE TABLE refused (
  id INTEGER PRIMARY KEY,
  refused_at INTEGER NOT NULL,
  reason TEXT NOT NULL,
  messages TEXT NOT NULL
) STRICT;
`,
  `
CREATE TABLE known_values (
  day INTEGER NOT NULL,
  dimension TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (day, dimension, value)
) STRICT, WITHOUT ROWID;
`,
  `
ALTER TABLE rollups RENAME TO old_rollups;
CREATE TABLE rollups (
  scope TEXT NOT NULL,
  grain TEXT NOT NULL CHECK (grain IN ('hour', 'day', 'week')),
  at INTEGER NOT NULL,
  counts BLOB NOT NULL,
  sketches BLOB NOT NULL,
  curves BLOB NOT NULL,
  PRIMARY KEY (scope, grain, at)
) STRICT, WITHOUT ROWID;
INSERT INTO rollups SELECT * FROM old_rollups;
DROP TABLE old_rollups;

ALTER TABLE segments RENAME TO old_segments;
CREATE TABLE segments (
  scope TEXT NOT NULL,
  grain TEXT NOT NULL CHECK (grain IN ('hour', 'day', 'week')),
  at INTEGER NOT NULL,
  segments BLOB NOT NULL,
  PRIMARY KEY (scope, grain, at)
) STRICT, WITHOUT ROWID;
INSERT INTO segments SELECT * FROM old_segments;
DROP TABLE old_segments;
`,
];

export function migrate({ sql }: Pick<DurableObjectStorage, 'sql'>): void {
  sql.exec('CREATE TABLE IF NOT EXISTS steps (done INTEGER NOT NULL) STRICT');
  const done = Number(sql.exec('SELECT COALESCE(MAX(done), 0) AS done FROM steps').one()['done']);
  for (const [index, step] of STEPS.entries()) {
    if (index < done) continue;
    sql.exec(step);
    sql.exec('INSERT INTO steps (done) VALUES (?)', index + 1);
  }
}
