import type { BeaconMessage } from '#core/qoe/beacon-message.ts';

/** The later state of a view wins; an equal or older one changes nothing, so redelivery and reordering do not either.
 * Only the viewer who began a view can go on with it. */
const UPSERT = `
INSERT INTO views (id, seq, session_id, episode_id, viewer_pseudonym, watched, startup_ms, stalls, ended, left_by, started_at, updated_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET seq = excluded.seq, watched = excluded.watched, startup_ms = excluded.startup_ms, stalls = excluded.stalls,
  ended = excluded.ended, left_by = excluded.left_by, updated_at = excluded.updated_at
WHERE excluded.seq > views.seq AND views.viewer_pseudonym IN (excluded.viewer_pseudonym, ?) AND excluded.episode_id = views.episode_id`;

export async function storeBeacon(db: D1Database, message: BeaconMessage): Promise<void> {
  if (message.events.length === 0) return;
  const statement = db.prepare(UPSERT);
  await db.batch(
    message.events.map((view) =>
      statement.bind(
        view.viewId,
        view.seq,
        view.sessionId,
        view.episodeId,
        message.viewer,
        JSON.stringify(view.watched),
        view.startupMs,
        JSON.stringify(view.stalls),
        view.ended ? 1 : 0,
        view.leftBy,
        message.receivedAtMs,
        message.receivedAtMs,
        message.previousViewer,
      ),
    ),
  );
}
