/** The outbox from inside: who hands events over may repeat itself, and rows grow old only here. */
import { env } from 'cloudflare:workers';
import { sql } from 'drizzle-orm';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { newId } from '#core/id.ts';
import type { WebhookEvent } from '#core/webhooks/events.ts';
import { insertAuditEntry } from '../../../../workers/api/db/audit-log.ts';
import { claimRequest } from '../../../../workers/api/db/idempotent-requests.ts';
import { claimDue, conclude, rearm } from '../../../../workers/api/db/webhook-deliveries.ts';
import { insertEndpoint } from '../../../../workers/api/db/webhook-endpoints.ts';
import type { Db } from '../../../../workers/api/http/context.ts';
import { sweep } from '../../../../workers/api/ingest/sweep.ts';
import { emitWebhookEvents, outboxOf } from '../../../../workers/api/webhooks/outbox.ts';
import { migratedDb } from './support/database.ts';
import { NOW_MS } from './support/viewer.ts';

const DAY_MS = 86_400_000;
let db: Db;
let made = 0;

beforeAll(async () => void (db = await migratedDb()));
beforeEach(async () => {
  await env.DB.exec('DELETE FROM webhook_deliveries');
  await env.DB.exec('DELETE FROM webhook_events');
  await env.DB.exec('DELETE FROM webhook_endpoints');
});

const id = (prefix: 'evt' | 'whe' | 'aud'): string => newId(prefix, NOW_MS, crypto.getRandomValues(new Uint8Array(16)));

async function endpoint(events: readonly string[] | null = null): Promise<string> {
  const row = { id: id('whe'), url: 'https://a.example/', description: null, events, secretSealed: 'x' };
  await insertEndpoint(db, { ...row, createdAt: NOW_MS });
  return row.id;
}

async function count(table: string): Promise<number> {
  const row = await env.DB.prepare(`SELECT COUNT(*) AS n FROM ${table}`).first<{ n: number }>();
  return row?.n ?? -1;
}

const credited = (): WebhookEvent => ({
  type: 'wallet.credited',
  data: { viewerId: 'v', creditId: `txn_${++made}`, coins: 5, kind: 'paid', reference: null, expiresAt: null },
});

describe('an event from another outbox', () => {
  test('that is told twice, or ten times at once, is delivered once', async () => {
    await endpoint();
    const event = { id: id('evt'), atMs: NOW_MS, viewerHash: null, event: credited() };
    await emitWebhookEvents(db, [event]);
    await Promise.all(Array.from({ length: 10 }, () => emitWebhookEvents(db, [event])));
    expect([await count('webhook_events'), await count('webhook_deliveries')]).toEqual([1, 1]);
  });

  test('that was delivered is not armed again when it is told again', async () => {
    const endpointId = await endpoint();
    const event = { id: id('evt'), atMs: NOW_MS, viewerHash: null, event: credited() };
    await emitWebhookEvents(db, [event]);
    const [claimed] = await claimDue(db, [endpointId], NOW_MS);
    if (claimed === undefined) throw new Error('nothing was due');
    await conclude(db, claimed, { state: 'delivered' });
    await emitWebhookEvents(db, [event]);
    expect(await claimDue(db, [endpointId], NOW_MS + DAY_MS)).toEqual([]);
  });

  test('that no endpoint wants is not kept; of many each goes where it is wanted', async () => {
    await emitWebhookEvents(db, [{ id: id('evt'), atMs: NOW_MS, viewerHash: null, event: credited() }]);
    await endpoint(['episode.ready']);
    await emitWebhookEvents(db, [{ id: id('evt'), atMs: NOW_MS, viewerHash: null, event: credited() }]);
    expect(await count('webhook_events')).toBe(0);
    const wallet = await endpoint(['wallet.credited']);
    await emitWebhookEvents(
      db,
      [1, 2, 3].map(() => ({ id: id('evt'), atMs: NOW_MS, viewerHash: null, event: credited() })),
    );
    expect(await claimDue(db, [wallet], NOW_MS)).toHaveLength(3);
    await emitWebhookEvents(db, []);
  });
});

describe('an event', () => {
  test('is not told when its change did not happen', async () => {
    await endpoint();
    const { statements } = outboxOf(db, credited(), NOW_MS, sql`1 = 0`);
    await db.batch(statements);
    expect([await count('webhook_events'), await count('webhook_deliveries')]).toEqual([0, 0]);
  });

  test('is tried by one of many that come for it, and again by another when that one died', async () => {
    const endpointId = await endpoint();
    await emitWebhookEvents(db, [{ id: id('evt'), atMs: NOW_MS, viewerHash: null, event: credited() }]);
    const claims = await Promise.all(Array.from({ length: 10 }, () => claimDue(db, [endpointId], NOW_MS)));
    expect(claims.flat()).toHaveLength(1);
    expect(await claimDue(db, [endpointId], NOW_MS + 59_000)).toEqual([]);
    expect(await claimDue(db, [endpointId], NOW_MS + 60_000)).toMatchObject([{ attempts: 2 }]);
  });

  test('that is replayed in the middle of a try begins anew: the late outcome says nothing', async () => {
    const endpointId = await endpoint();
    const event = { id: id('evt'), atMs: NOW_MS, viewerHash: null, event: credited() };
    await emitWebhookEvents(db, [event]);
    const [claimed] = await claimDue(db, [endpointId], NOW_MS);
    if (claimed === undefined) throw new Error('nothing was due');
    expect(await rearm(db, event.id, sql`1`, NOW_MS)).toEqual([endpointId]);
    await conclude(db, claimed, { state: 'failed' });
    expect(await claimDue(db, [endpointId], NOW_MS)).toMatchObject([{ eventId: event.id, attempts: 1 }]);
  });
});

test('the sweep forgets events after 14 days, answers after one, and audit entries after 400', async () => {
  // The database is that of the other files too.
  const tables = ['webhook_deliveries', 'webhook_events', 'idempotent_requests', 'audit_log'];
  await env.DB.batch(tables.map((table) => env.DB.prepare(`DELETE FROM ${table}`)));
  await endpoint();
  await emitWebhookEvents(db, [{ id: id('evt'), atMs: NOW_MS, viewerHash: null, event: credited() }]);
  const request = { apiKeyId: 'root', route: 'POST /x', idempotencyKey: 'k', requestSha256: 'x', claim: 'c' };
  await claimRequest(db, { ...request, createdAt: NOW_MS });
  const entry = { apiKeyId: 'root', route: 'POST /x', target: '/x', status: 201, requestId: 'r', createdAt: NOW_MS };
  await insertAuditEntry(db, { id: id('aud'), ...entry });
  const rows = async () =>
    Promise.all(['webhook_events', 'webhook_deliveries', 'idempotent_requests', 'audit_log'].map(count));
  const after: number[][] = [];
  for (const days of [0.9, 1.1, 13.9, 14.1, 399.9, 400.1]) {
    await sweep(db, NOW_MS + days * DAY_MS);
    after.push(await rows());
  }
  expect(after).toEqual([
    [1, 1, 1, 1],
    [1, 1, 0, 1],
    [1, 1, 0, 1],
    [0, 0, 0, 1],
    [0, 0, 0, 1],
    [0, 0, 0, 0],
  ]);
});

test('an Idempotency-Key whose request died is free after a minute, and any after a day', async () => {
  const key = { apiKeyId: 'root', route: 'POST /y', idempotencyKey: 'k', requestSha256: 'x' };
  const at = (ms: number, claim: string) => claimRequest(db, { ...key, claim, createdAt: NOW_MS + ms });
  expect(await at(0, 'first')).toBeNull();
  expect(await at(59_000, 'second')).toMatchObject({ claim: 'first', status: null });
  expect(await at(61_000, 'third')).toBeNull();
});
