import { sql } from 'drizzle-orm';
import { Hono } from 'hono';
import { z } from 'zod';
import { ProblemError } from '#shared/http/problem.ts';
import * as deliveries from '../db/webhook-deliveries.ts';
import { findEndpoint } from '../db/webhook-endpoints.ts';
import { readOptionalJson } from '../http/body.ts';
import { iso, isoOrNull, type ApiVariables } from '../http/context.ts';
import { requireScope } from '../http/guards.ts';
import { idempotent } from '../http/idempotent.ts';
import { readIdCursor, readPage } from '../http/paging.ts';
import { deliverSoon } from '../webhooks/deliver.ts';
import { wants } from '../webhooks/outbox.ts';

/** What endpoints were told, and telling it again. */
export const webhookEventRoutes = new Hono<{ Bindings: ApiEnv; Variables: ApiVariables }>();
webhookEventRoutes.use(requireScope('admin'), idempotent());

/** The newest first. */
webhookEventRoutes.get('/', async (c) => {
  const { cursor, limit } = readPage(c);
  const rows = await deliveries.listEvents(c.var.db, readIdCursor(cursor), limit + 1);
  const items = rows.slice(0, limit);
  return c.json({
    items: items.map(({ event, deliveries: sent }) => eventToWire(event, sent)),
    nextCursor: rows.length > limit ? (items.at(-1)?.event.id ?? null) : null,
  });
});

export const replayInput = z.strictObject({ endpointId: z.string().max(64).optional() });

/** The same event under the same webhook-id: to every endpoint that wants it, or to one, whatever it had before. */
webhookEventRoutes.post('/:event/replay', async (c) => {
  const { endpointId } = await readOptionalJson(c.req.raw, replayInput);
  const { db, nowMs } = c.var;
  const event = await deliveries.findEvent(db, c.req.param('event'));
  if (event === undefined) throw new ProblemError({ code: 'not-found', detail: 'No such event, or it is forgotten.' });
  if (endpointId !== undefined && (await findEndpoint(db, endpointId)) === undefined)
    throw new ProblemError({ code: 'not-found', detail: 'No such webhook endpoint.' });
  const which = endpointId === undefined ? wants(event.type) : sql`id = ${endpointId}`;
  const armed = await deliveries.rearm(db, event.id, which, nowMs);
  if (endpointId !== undefined && armed.length === 0)
    throw new ProblemError({
      code: 'conflict',
      detail: 'The endpoint is disabled. PATCH it to {"enabled": true} first.',
    });
  deliverSoon(c, [event.id]);
  return c.json(eventToWire(event, await deliveries.deliveriesOf(db, [event.id])), 202);
});

function eventToWire(event: deliveries.EventRecord, sent: readonly deliveries.DeliveryRecord[]) {
  const { data } = JSON.parse(event.payload) as { data: unknown };
  return {
    id: event.id,
    type: event.type,
    createdAt: iso(event.createdAt),
    data,
    deliveries: sent.map((row) => ({
      endpointId: row.endpointId,
      state: row.state,
      attempts: row.attempts,
      lastAttemptAt: isoOrNull(row.lastAttemptAt),
      lastStatus: row.lastStatus,
      lastFailure: row.lastFailure,
      nextAttemptAt: row.state === 'pending' ? iso(row.nextAttemptAt) : null,
    })),
  };
}
