import { log } from '#shared/log.ts';
import { MAX_REPLAYED, REPLAY_AFTER_MS } from '../limits.ts';

const DEAD_LETTERS = 'cliffhanger-beacons-dlq';

/**
 * Beacons that their queue gave up were whole, and something was down: they are sent once more, an hour at a time, until they are
 * counted or forgotten after 30 days. What is no beacon stays for a person to look at. Sent twice, they count once.
 */
export async function replayQuarantined(env: Pick<AnalyticsEnv, 'DB' | 'BEACONS'>, nowMs: number): Promise<void> {
  const { results } = await env.DB.prepare(
    `SELECT id, body FROM quarantined_messages
     WHERE queue = ? AND received_at < ? AND json_valid(body) AND body ->> 'formatVersion' = 1 ORDER BY received_at LIMIT ?`,
  )
    .bind(DEAD_LETTERS, nowMs - REPLAY_AFTER_MS, MAX_REPLAYED)
    .all<{ id: string; body: string }>();
  for (const { id, body } of results) {
    await env.BEACONS.send(JSON.parse(body));
    await env.DB.prepare('DELETE FROM quarantined_messages WHERE id = ?').bind(id).run();
  }
  if (results.length > 0) log('info', 'beacons_replayed', { messages: results.length });
}
