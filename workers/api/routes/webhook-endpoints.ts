import { Hono } from 'hono';
import { z } from 'zod';
import { checkPublicUrl } from '#core/net/public-url.ts';
import { WEBHOOK_EVENT_TYPES, webhookPayload } from '#core/webhooks/events.ts';
import { ProblemError } from '#shared/http/problem.ts';
import { seal } from '#shared/keys/seal.ts';
import * as endpoints from '../db/webhook-endpoints.ts';
import { readJson, readOptionalJson } from '../http/body.ts';
import { iso, isoOrNull, makeId, type ApiContext, type ApiVariables } from '../http/context.ts';
import { matchedVersion, preconditionFailed, tagged, type Representation } from '../http/entity-tag.ts';
import { requireScope } from '../http/guards.ts';
import { idempotent } from '../http/idempotent.ts';
import { readIdCursor, readPage } from '../http/paging.ts';
import { DEFAULT_OVERLAP_SECONDS, MAX_OVERLAP_SECONDS, MAX_WEBHOOK_ENDPOINTS } from '../limits.ts';
import { urlRules } from '../webhooks/deliver.ts';
import { makeWebhookSecret, sealOf, signingSecrets } from '../webhooks/secrets.ts';
import { sendWebhook } from '../webhooks/send.ts';
import { noInput } from './catalog-schemas.ts';

/** Where the operator's backends are told what happened. */
export const webhookEndpointRoutes = new Hono<{ Bindings: ApiEnv; Variables: ApiVariables }>();
webhookEndpointRoutes.use(requireScope('admin'));
const showingSecret = idempotent({ showsSecret: true });

const events = z.array(z.enum(WEBHOOK_EVENT_TYPES)).min(1).max(WEBHOOK_EVENT_TYPES.length).nullish();
const description = z.string().trim().max(200).nullish();
export const endpointInput = z.strictObject({ url: z.string(), events, description });
export const endpointChange = z.strictObject({
  url: z.string().optional(),
  events,
  description,
  enabled: z.boolean().optional(),
});

webhookEndpointRoutes.post('/', showingSecret, async (c) => {
  const input = await readJson(c.req.raw, endpointInput);
  const { db, nowMs } = c.var;
  const id = makeId('whe', nowMs);
  const secret = makeWebhookSecret();
  const row = {
    id,
    url: requirePublicUrl(c, input.url),
    description: input.description ?? null,
    events: input.events == null ? null : [...new Set(input.events)],
    secretSealed: await seal(sealOf(c.env.MASTER_SECRET, id), secret),
    createdAt: nowMs,
  };
  if (!(await endpoints.insertEndpoint(db, row))) {
    const detail = `${MAX_WEBHOOK_ENDPOINTS} endpoints are there. Delete one first.`;
    throw new ProblemError({ code: 'conflict', detail });
  }
  const body = { ...endpointToWire(await requireEndpoint(c, id), nowMs), secret };
  return c.json(body, 201, { Location: `/v1/webhook-endpoints/${id}` });
});

webhookEndpointRoutes.get('/', async (c) => {
  const { cursor, limit } = readPage(c);
  const rows = await endpoints.listEndpoints(c.var.db, readIdCursor(cursor) ?? '', limit + 1);
  const items = rows.slice(0, limit);
  return c.json({
    items: items.map((row) => endpointToWire(row, c.var.nowMs)),
    nextCursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null,
  });
});

webhookEndpointRoutes.get('/:endpoint', async (c) =>
  tagged(c, represented(await requireEndpoint(c, c.req.param('endpoint')), c.var.nowMs)),
);

webhookEndpointRoutes.patch('/:endpoint', async (c) => {
  const input = await readJson(c.req.raw, endpointChange);
  const { db, nowMs } = c.var;
  const id = c.req.param('endpoint');
  const version = await insistedVersion(c, id);
  const row = await endpoints.updateEndpoint(db, id, version, {
    ...(input.url === undefined ? {} : { url: requirePublicUrl(c, input.url) }),
    ...(input.events === undefined ? {} : { events: input.events }),
    ...(input.description === undefined ? {} : { description: input.description }),
    ...(input.enabled === true ? { disabledAt: null, disabledReason: null } : {}),
    ...(input.enabled === false ? { disabledAt: nowMs, disabledReason: 'By the operator.' } : {}),
    updatedAt: nowMs,
  });
  if (row === undefined) throw version === null ? noSuchEndpoint() : preconditionFailed();
  return tagged(c, represented(row, nowMs));
});

webhookEndpointRoutes.delete('/:endpoint', async (c) => {
  const id = c.req.param('endpoint');
  const version = await insistedVersion(c, id);
  if (!(await endpoints.deleteEndpoint(c.var.db, id, version)))
    throw version === null ? noSuchEndpoint() : preconditionFailed();
  return c.body(null, 204);
});

export const rotateInput = z.strictObject({ overlapSeconds: z.int().min(0).max(MAX_OVERLAP_SECONDS).optional() });

/** Until the overlap ends each delivery carries both signatures, so the receiver changes over when it likes. */
webhookEndpointRoutes.post('/:endpoint/rotate-secret', showingSecret, async (c) => {
  const { overlapSeconds = DEFAULT_OVERLAP_SECONDS } = await readOptionalJson(c.req.raw, rotateInput);
  const { db, nowMs } = c.var;
  const id = c.req.param('endpoint');
  const version = await insistedVersion(c, id);
  const secret = makeWebhookSecret();
  const secretSealed = await seal(sealOf(c.env.MASTER_SECRET, id), secret);
  const previousUntil = nowMs + overlapSeconds * 1_000;
  const row = await endpoints.rotateEndpointSecret(db, id, { secretSealed, previousUntil, version, nowMs });
  if (row !== undefined) return c.json({ ...endpointToWire(row, nowMs), secret });
  const now = await requireEndpoint(c, id);
  if (version !== null && now.updatedAt !== version) throw preconditionFailed();
  const until = isoOrNull(now.previousUntil);
  const detail = `The rotation before still overlaps, until ${until}. With "overlapSeconds": 0 both older secrets end now.`;
  throw new ProblemError({ code: 'conflict', detail });
});

/** One try, now, whose outcome is the answer; it is not stored and not repeated. */
webhookEndpointRoutes.post('/:endpoint/test', async (c) => {
  await readOptionalJson(c.req.raw, noInput);
  const endpoint = await requireEndpoint(c, c.req.param('endpoint'));
  const { nowMs } = c.var;
  const id = makeId('evt', nowMs);
  const payload = webhookPayload('webhook.test', { endpointId: endpoint.id }, iso(nowMs));
  const secrets = await signingSecrets(c.env.MASTER_SECRET, endpoint, nowMs);
  const { status, failure } = await sendWebhook(endpoint.url, { id, payload, secrets }, urlRules(c.env));
  return c.json({ webhookId: id, delivered: failure === null, status, failure });
});

function requirePublicUrl(c: ApiContext, text: string): string {
  const url = checkPublicUrl(text, urlRules(c.env));
  if (!url.ok) throw new ProblemError({ code: 'invalid-request', detail: `url: ${url.error}.` });
  return url.value;
}

function represented(row: endpoints.EndpointRecord, nowMs: number): Representation {
  return { version: row.updatedAt, body: endpointToWire(row, nowMs) };
}

async function insistedVersion(c: ApiContext, id: string): Promise<number | null> {
  return matchedVersion(c, represented(await requireEndpoint(c, id), c.var.nowMs));
}

async function requireEndpoint(c: ApiContext, id: string): Promise<endpoints.EndpointRecord> {
  const row = await endpoints.findEndpoint(c.var.db, id);
  if (row === undefined) throw noSuchEndpoint();
  return row;
}

function noSuchEndpoint(): ProblemError {
  return new ProblemError({ code: 'not-found', detail: 'No such webhook endpoint.' });
}

function endpointToWire(row: endpoints.EndpointRecord, nowMs: number) {
  const { id, url, description: text, events: wanted, disabledAt, disabledReason, previousUntil } = row;
  return {
    id,
    url,
    description: text,
    events: wanted ?? WEBHOOK_EVENT_TYPES,
    enabled: disabledAt === null,
    ...(disabledAt === null ? {} : { disabledAt: iso(disabledAt), disabledReason }),
    /** Until when the secret before the last rotation still signs, too. */
    previousUntil: previousUntil !== null && previousUntil > nowMs ? iso(previousUntil) : null,
    createdAt: iso(row.createdAt),
    updatedAt: iso(row.updatedAt),
  };
}
