/**
 * One event into the outbox of the api Worker, from another Worker: rows of its tables, in the transaction of what they tell
 * of. The api Worker delivers them within a minute (workers/api/webhooks/outbox.ts does the same with drizzle).
 */
import { webhookPayload, type WebhookEvent } from '#core/webhooks/events.ts';

/** What must be true before the change for it to happen; its parameters are ?1 to ?{binds.length}. */
export interface Condition {
  readonly sql: string;
  readonly binds: readonly (string | number | null)[];
}

/**
 * They come first in the batch. An event that no endpoint wants is not kept; one that only disabled endpoints want is, for a
 * replay.
 */
export function outboxStatements(
  db: D1Database,
  event: WebhookEvent,
  { eventId, atMs }: { readonly eventId: string; readonly atMs: number },
  when: Condition,
): D1PreparedStatement[] {
  const payload = webhookPayload(event.type, event.data, new Date(atMs).toISOString());
  const [id, type, body, time] = [1, 2, 3, 4].map((at) => `?${when.binds.length + at}`);
  return [
    db
      .prepare(
        `INSERT INTO webhook_events (id, type, payload, created_at)
         SELECT ${id}, ${type}, ${body}, ${time}
         WHERE EXISTS (SELECT 1 FROM webhook_endpoints WHERE ${wants(type)}) AND ${when.sql}
         ON CONFLICT DO NOTHING`,
      )
      .bind(...when.binds, eventId, event.type, payload, atMs),
    db
      .prepare(
        `INSERT INTO webhook_deliveries (event_id, endpoint_id, state, attempts, armed_at, next_attempt_at)
         SELECT ?1, id, 'pending', 0, ?3, ?3 FROM webhook_endpoints
         WHERE disabled_at IS NULL AND ${wants('?2')} AND EXISTS (SELECT 1 FROM webhook_events WHERE id = ?1)
         ON CONFLICT DO NOTHING`,
      )
      .bind(eventId, event.type, atMs),
  ];
}

function wants(type: string | undefined): string {
  return `(events IS NULL OR EXISTS (SELECT 1 FROM json_each(events) WHERE value = ${type}))`;
}
