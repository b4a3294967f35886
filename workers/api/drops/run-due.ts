import { sql, type SQL } from 'drizzle-orm';
import { randomBytes, toBase64url } from '#shared/encoding.ts';
import { log, reasonOf } from '#shared/log.ts';
import type { EpisodeRecord } from '../db/catalog.ts';
import { endScheduledDrop, executeDrop, isRunBy, listDueDrops, type DropRecord } from '../db/drops.ts';
import type { Db } from '../http/context.ts';
import { MAX_DROPS_PER_SWEEP } from '../limits.ts';
import { forgetCatalogue } from '../series-catalogue.ts';
import { episodePublished, isUnpublished } from '../webhooks/episode-events.ts';
import { outboxOf, type Told } from '../webhooks/outbox.ts';
import { checkDrop } from './check.ts';

/** What the cron does each minute. A drop that could not be tried stays scheduled, and the next minute tries again. */
export async function runDueDrops(db: Db, nowMs: number): Promise<void> {
  const due = await listDueDrops(db, nowMs, MAX_DROPS_PER_SWEEP);
  for (const drop of due) {
    try {
      await runDrop(db, drop, nowMs);
    } catch (thrown) {
      log('error', 'drop_not_tried', { dropId: drop.id, reason: reasonOf(thrown) });
    }
  }
  // Most minutes change nothing, and then what this isolate has read stays good.
  if (due.length > 0) forgetCatalogue();
}

/**
 * Checks again, as the world has gone on since the drop was made; then does all of it, or fails whole and says why.
 * Answers the ids of the webhook events that it wrote.
 */
export async function runDrop(db: Db, drop: DropRecord, nowMs: number): Promise<readonly string[]> {
  const { missing, unpublished } = await checkDrop(db, drop);
  if (missing.length > 0) {
    const failed = await endScheduledDrop(db, drop.id, { state: 'failed', failure: missing, finishedAt: nowMs });
    if (failed) log('error', 'drop_failed', { dropId: drop.id, missing: missing.map(({ code }) => code).join(' ') });
    return [];
  }
  const run = toBase64url(randomBytes(16));
  const told = unpublished.map((episode) => publication(db, isRunBy(drop.id, run), episode, nowMs));
  if (!(await executeDrop(db, drop.id, run, { nowMs, told }))) return [];
  log('info', 'drop_done', { dropId: drop.id, episodes: drop.episodes.length, events: told.length });
  return told.map(({ eventId }) => eventId);
}

/** What the operator's webhooks are told of an episode that the drop publishes. */
function publication(db: Db, isMine: SQL, episode: EpisodeRecord, nowMs: number): Told {
  const releaseAt = episode.releaseAt === null ? null : Math.min(episode.releaseAt, nowMs);
  const event = episodePublished({ ...episode, publishedAt: nowMs, releaseAt });
  return outboxOf(db, event, nowMs, sql`${isMine} AND ${isUnpublished(episode.id, null)}`);
}
