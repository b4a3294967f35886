/** Migrations of the viewer's object for what is unlocked without coins, and for coins spent without asking. */

/**
 * A wait's end is fixed when it begins; when it has come the row is the unlock. One runs at a time for each series. A
 * wait is given up where the episode was unlocked in another way before it was over.
 */
export const WAITS = `
CREATE TABLE waits (
  id TEXT PRIMARY KEY,
  episode_id TEXT NOT NULL,
  series_id TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  ready_at INTEGER NOT NULL CHECK (ready_at > started_at),
  given_up_at INTEGER
) STRICT;
CREATE UNIQUE INDEX waits_episode ON waits (episode_id) WHERE given_up_at IS NULL;
CREATE INDEX waits_ready ON waits (ready_at) WHERE given_up_at IS NULL;

CREATE TRIGGER waits_one_a_series BEFORE INSERT ON waits
  WHEN EXISTS (SELECT 1 FROM waits WHERE id = NEW.id OR (given_up_at IS NULL
    AND (episode_id = NEW.episode_id OR (series_id = NEW.series_id AND ready_at > NEW.started_at))))
  BEGIN SELECT RAISE(ABORT, 'one wait a series'); END;
CREATE TRIGGER waits_keep_their_end BEFORE UPDATE ON waits
  WHEN OLD.given_up_at IS NOT NULL OR NEW.given_up_at IS NULL OR OLD.id <> NEW.id OR OLD.episode_id <> NEW.episode_id
    OR OLD.series_id <> NEW.series_id OR OLD.started_at <> NEW.started_at OR OLD.ready_at <> NEW.ready_at
  BEGIN SELECT RAISE(ABORT, 'a wait never changes'); END;
CREATE TRIGGER waits_no_delete BEFORE DELETE ON waits BEGIN SELECT RAISE(ABORT, 'a wait never changes'); END;
`;

/**
 * An intent is one ad that may be counted; a view is one that was, under the network's name for it, for good. An unlock
 * uses up the views of its episode: what was watched beyond its price opens nothing else.
 */
export const ADS = `
CREATE TABLE ad_intents (
  id TEXT PRIMARY KEY,
  seq INTEGER NOT NULL UNIQUE,
  episode_id TEXT NOT NULL,
  series_id TEXT NOT NULL,
  network TEXT,
  ads_per_unlock INTEGER NOT NULL CHECK (ads_per_unlock > 0),
  daily_cap INTEGER NOT NULL CHECK (daily_cap > 0),
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL CHECK (expires_at > created_at)
) STRICT;

CREATE TABLE ad_unlocks (
  id TEXT PRIMARY KEY,
  episode_id TEXT NOT NULL UNIQUE,
  ads INTEGER NOT NULL CHECK (ads > 0),
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE ad_views (
  network TEXT NOT NULL,
  transaction_id TEXT NOT NULL,
  intent_id TEXT NOT NULL UNIQUE,
  episode_id TEXT NOT NULL,
  series_id TEXT NOT NULL,
  unlock_id TEXT REFERENCES ad_unlocks (id),
  watched_at INTEGER NOT NULL,
  PRIMARY KEY (network, transaction_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX ad_views_open ON ad_views (episode_id) WHERE unlock_id IS NULL;
CREATE INDEX ad_views_watched ON ad_views (watched_at);

CREATE TRIGGER ad_views_once BEFORE INSERT ON ad_views
  WHEN NEW.unlock_id IS NOT NULL OR EXISTS (SELECT 1 FROM ad_views WHERE intent_id = NEW.intent_id
    OR (network = NEW.network AND transaction_id = NEW.transaction_id))
  BEGIN SELECT RAISE(ABORT, 'an ad counts once'); END;
CREATE TRIGGER ad_views_only_used BEFORE UPDATE ON ad_views
  WHEN OLD.unlock_id IS NOT NULL OR NEW.unlock_id IS NULL OR OLD.network <> NEW.network
    OR OLD.transaction_id <> NEW.transaction_id OR OLD.intent_id <> NEW.intent_id OR OLD.episode_id <> NEW.episode_id
    OR OLD.series_id <> NEW.series_id OR OLD.watched_at <> NEW.watched_at
  BEGIN SELECT RAISE(ABORT, 'an ad counts once'); END;
CREATE TRIGGER ad_views_no_delete BEFORE DELETE ON ad_views BEGIN SELECT RAISE(ABORT, 'an ad counts once'); END;

CREATE TRIGGER ad_unlocks_watched BEFORE INSERT ON ad_unlocks
  WHEN EXISTS (SELECT 1 FROM ad_unlocks WHERE id = NEW.id OR episode_id = NEW.episode_id)
    OR (SELECT COUNT(*) FROM ad_views WHERE episode_id = NEW.episode_id AND unlock_id IS NULL) < NEW.ads
  BEGIN SELECT RAISE(ABORT, 'too few ads for an unlock'); END;
CREATE TRIGGER ad_unlocks_use_views AFTER INSERT ON ad_unlocks BEGIN
  UPDATE ad_views SET unlock_id = NEW.id WHERE episode_id = NEW.episode_id AND unlock_id IS NULL;
END;
CREATE TRIGGER ad_unlocks_no_update BEFORE UPDATE ON ad_unlocks
  BEGIN SELECT RAISE(ABORT, 'unlocks never change'); END;
CREATE TRIGGER ad_unlocks_no_delete BEFORE DELETE ON ad_unlocks
  BEGIN SELECT RAISE(ABORT, 'unlocks never change'); END;
`;

/** The viewer's switch, off until it is set, and what was spent under it. No code can spend past the limit of the day. */
export const AUTO_UNLOCK = `
CREATE TABLE auto_unlock (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  enabled INTEGER NOT NULL CHECK (enabled IN (0, 1)),
  daily_cap_coins INTEGER NOT NULL CHECK (daily_cap_coins >= 0),
  updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE auto_unlocks (
  unlock_id TEXT PRIMARY KEY,
  coins INTEGER NOT NULL CHECK (coins >= 0),
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX auto_unlocks_created ON auto_unlocks (created_at);

CREATE TRIGGER auto_unlocks_within_cap BEFORE INSERT ON auto_unlocks
  WHEN EXISTS (SELECT 1 FROM auto_unlocks WHERE unlock_id = NEW.unlock_id)
    OR COALESCE((SELECT daily_cap_coins FROM auto_unlock WHERE enabled = 1), -1) < NEW.coins + (
      SELECT COALESCE(SUM(coins), 0) FROM auto_unlocks WHERE created_at >= NEW.created_at - NEW.created_at % 86400000)
  BEGIN SELECT RAISE(ABORT, 'over the limit of automatic unlocks'); END;
CREATE TRIGGER auto_unlocks_no_update BEFORE UPDATE ON auto_unlocks
  BEGIN SELECT RAISE(ABORT, 'automatic unlocks never change'); END;
CREATE TRIGGER auto_unlocks_no_delete BEFORE DELETE ON auto_unlocks
  BEGIN SELECT RAISE(ABORT, 'automatic unlocks never change'); END;
`;

/** What a wait or ads had opened for a guest who became part of this viewer. Their own rows stay behind in the guest. */
export const BROUGHT_UNLOCKS = `
CREATE TABLE brought_unlocks (
  id TEXT PRIMARY KEY,
  episode_id TEXT NOT NULL UNIQUE,
  method TEXT NOT NULL CHECK (method IN ('ad', 'wait')),
  created_at INTEGER NOT NULL
) STRICT;
CREATE TRIGGER brought_unlocks_once BEFORE INSERT ON brought_unlocks
  WHEN EXISTS (SELECT 1 FROM brought_unlocks WHERE id = NEW.id OR episode_id = NEW.episode_id)
  BEGIN SELECT RAISE(ABORT, 'unlocks never change'); END;
CREATE TRIGGER brought_unlocks_no_update BEFORE UPDATE ON brought_unlocks
  BEGIN SELECT RAISE(ABORT, 'unlocks never change'); END;
CREATE TRIGGER brought_unlocks_no_delete BEFORE DELETE ON brought_unlocks
  BEGIN SELECT RAISE(ABORT, 'unlocks never change'); END;
`;
