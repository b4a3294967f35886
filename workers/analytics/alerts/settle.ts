import { newId } from '#core/id.ts';
import type { Measured } from '#core/qoe/alert-rule.ts';
import type { WebhookEvent } from '#core/webhooks/events.ts';
import { outboxStatements } from '#shared/db/webhook-outbox.ts';
import { randomBytes } from '#shared/encoding.ts';
import type { Alert } from './load.ts';

export interface Verdict {
  readonly outcome: 'fire' | 'resolve';
  readonly measured: Measured & { readonly value: number };
  readonly fromMs: number;
  readonly toMs: number;
}

/** As it was read. Two crons at once have read the same: the first writes, and the other finds something else. */
const AS_READ = `EXISTS (SELECT 1 FROM alerts WHERE id = ?1 AND updated_at = ?2 AND fired_at IS ?3 AND firing_since_at IS ?4)`;

/** What became of the alert, and what is told of it, in one transaction. False where another was first. */
export async function settleAlert(db: D1Database, alert: Alert, verdict: Verdict, nowMs: number): Promise<boolean> {
  const { id, state, updatedAtMs } = alert;
  const { outcome, measured } = verdict;
  const isFiring = outcome === 'fire';
  const binds = [id, updatedAtMs, state.firedAtMs, state.firingSinceMs];
  const firingSinceMs = state.firingSinceMs ?? nowMs;
  const event = eventOf(alert, verdict, firingSinceMs);
  const told = { eventId: newId('evt', nowMs, randomBytes(16)), atMs: nowMs };
  const results = await db.batch([
    ...outboxStatements(db, event, told, { sql: AS_READ, binds }),
    db
      .prepare(
        `UPDATE alerts SET fired_at = ?5, firing_since_at = ?6, value = ?7, views = ?8
         WHERE id = ?1 AND updated_at = ?2 AND fired_at IS ?3 AND firing_since_at IS ?4`,
      )
      .bind(
        ...binds,
        isFiring ? nowMs : state.firedAtMs,
        isFiring ? firingSinceMs : null,
        measured.value,
        measured.views,
      ),
  ]);
  return results.at(-1)?.meta.changes === 1;
}

function eventOf(alert: Alert, { outcome, measured, fromMs, toMs }: Verdict, firingSinceMs: number): WebhookEvent {
  const { id: alertId, name, episodeId, seriesId, rule } = alert;
  const { metric, comparison, threshold } = rule;
  const { value, views } = measured;
  const times = { from: iso(fromMs), to: iso(toMs), firingSince: iso(firingSinceMs) };
  const data = { alertId, name, episodeId, seriesId, metric, comparison, threshold, value, views, ...times };
  return { type: outcome === 'fire' ? 'alert.fired' : 'alert.resolved', data };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
