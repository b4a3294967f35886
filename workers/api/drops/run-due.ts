import type { DropEpisode } from '#core/catalog/preflight.ts';
import { randomBytes, toBase64url } from '#shared/encoding.ts';
import { log, reasonOf } from '#shared/log.ts';
import { endScheduledDrop, executeDrop, listDueDrops, type DropRecord } from '../db/drops.ts';
import { iso, type Db } from '../http/context.ts';
import { MAX_DROPS_PER_SWEEP } from '../limits.ts';
import { checkDrop } from './check.ts';

/** What the cron does each minute. A drop that could not be tried stays scheduled, and the next minute tries again. */
export async function runDueDrops(db: Db, nowMs: number): Promise<void> {
  for (const drop of await listDueDrops(db, nowMs, MAX_DROPS_PER_SWEEP)) {
    try {
      await runDrop(db, drop, nowMs);
    } catch (thrown) {
      log('error', 'drop_not_tried', { dropId: drop.id, reason: reasonOf(thrown) });
    }
  }
}

/** Checks again, as the world has gone on since the drop was made; then does all of it, or fails whole and says why. */
export async function runDrop(db: Db, drop: DropRecord, nowMs: number): Promise<void> {
  const { missing, unpublished } = await checkDrop(db, drop);
  if (missing.length > 0) {
    const failed = await endScheduledDrop(db, drop.id, { state: 'failed', failure: missing, finishedAt: nowMs });
    if (failed) log('error', 'drop_failed', { dropId: drop.id, missing: missing.map(({ code }) => code).join(' ') });
    return;
  }
  if (!(await executeDrop(db, drop.id, toBase64url(randomBytes(16)), nowMs))) return;
  const events = dropEvents(drop, unpublished, nowMs);
  log('info', 'drop_done', { dropId: drop.id, episodes: drop.episodes.length, events: events.length });
}

/** What the operator's webhooks are told of a drop: each episode that it published. */
function dropEvents(drop: DropRecord, unpublished: readonly DropEpisode[], nowMs: number) {
  return unpublished.map(({ id }) => ({
    type: 'episode.published' as const,
    data: { episodeId: id, dropId: drop.id, publishedAt: iso(nowMs) },
  }));
}
