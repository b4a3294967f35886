import { log } from '#shared/log.ts';
import { someAtOnce } from '#shared/some-at-once.ts';
import { MAX_REPLAYED, REPLAY_AFTER_MS } from '../limits.ts';

const DEAD_LETTERS = 'cliffhanger-beacons-dlq';
/** A Worker waits for six connections at a time. */
const SENDS_AT_ONCE = 6;

/**
 * Beacons that their queue gave up were whole, and something was down: they are sent once more, some each minute, until they are
 * counted or forgotten after 30 days. What is no beacon stays for a person to look at. Sent twice, they count once.
 */
export async function replayQuarantined(env: Pick<AnalyticsEnv, 'DB' | 'BEACONS'>, nowMs: number): Promise<void> {
  const { results } = await env.DB.prepare(
    `SELECT id, body FROM quarantined_messages
     WHERE queue = ? AND received_at < ? AND json_valid(body) AND body ->> 'formatVersion' = 1 ORDER BY received_at LIMIT ?`,
  )
    .bind(DEAD_LETTERS, nowMs - REPLAY_AFTER_MS, MAX_REPLAYED)
    .all<{ id: string; body: string }>();
  if (results.length === 0) return;
  await someAtOnce(results, SENDS_AT_ONCE, ({ body }) => env.BEACONS.send(JSON.parse(body)));
  // After all were sent: to send one twice counts it once, to delete one that was not sent loses it.
  await env.DB.prepare('DELETE FROM quarantined_messages WHERE id IN (SELECT value FROM json_each(?))')
    .bind(JSON.stringify(results.map(({ id }) => id)))
    .run();
  log('info', 'beacons_replayed', { messages: results.length });
}
