import { Hono } from 'hono';
import { z } from 'zod';
import { API_KEY_RANDOM_BYTES, formatApiKey } from '#core/api-key/format.ts';
import { randomBytes, sha256Base64url } from '#shared/encoding.ts';
import { SCOPES } from '#shared/http/api-key.ts';
import { ProblemError } from '#shared/http/problem.ts';
import * as keys from '../db/api-keys.ts';
import { readJson, readOptionalJson } from '../http/body.ts';
import { iso, isoOrNull, makeId, type ApiContext, type ApiVariables } from '../http/context.ts';
import { requireScope } from '../http/guards.ts';
import { idempotent } from '../http/idempotent.ts';
import { readIdCursor, readPage } from '../http/paging.ts';
import { DEFAULT_OVERLAP_SECONDS, MAX_OVERLAP_SECONDS } from '../limits.ts';

export const apiKeyRoutes = new Hono<{ Bindings: ApiEnv; Variables: ApiVariables }>();
apiKeyRoutes.use(requireScope('admin'), idempotent({ showsSecret: true }));

export const keyInput = z.strictObject({
  label: z.string().trim().min(1).max(100),
  scopes: z.array(z.enum(SCOPES)).min(1).max(SCOPES.length),
  expiresAt: z.iso.datetime({ offset: true }).nullish(),
});

apiKeyRoutes.post('/', async (c) => {
  const { label, scopes, expiresAt } = await readJson(c.req.raw, keyInput);
  const { nowMs } = c.var;
  const expiresAtMs = expiresAt == null ? null : Date.parse(expiresAt);
  if (expiresAtMs !== null && expiresAtMs <= nowMs)
    throw new ProblemError({ code: 'invalid-request', detail: 'expiresAt lies in the past.' });
  const id = makeId('key', nowMs);
  const made = await makeKey(c, id);
  const record = await keys.insertApiKey(c.var.db, {
    id,
    label,
    scopes: [...new Set(scopes)],
    secretSha256: made.secretSha256,
    expiresAt: expiresAtMs,
    createdAt: nowMs,
  });
  return c.json({ ...keyToWire(record, nowMs), key: made.key }, 201, { Location: `/v1/api-keys/${id}` });
});

apiKeyRoutes.get('/', async (c) => {
  const { cursor, limit } = readPage(c);
  const rows = await keys.listApiKeys(c.var.db, readIdCursor(cursor) ?? '', limit + 1);
  const items = rows.slice(0, limit);
  return c.json({
    items: items.map((row) => keyToWire(row, c.var.nowMs)),
    nextCursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null,
  });
});

export const rotateInput = z.strictObject({ overlapSeconds: z.int().min(0).max(MAX_OVERLAP_SECONDS).optional() });

/** A new secret for the same key: scopes, label and history stay. The old one opens until the overlap ends. */
apiKeyRoutes.post('/:key/rotate', async (c) => {
  const { overlapSeconds = DEFAULT_OVERLAP_SECONDS } = await readOptionalJson(c.req.raw, rotateInput);
  const { db, nowMs } = c.var;
  const id = c.req.param('key');
  const { key, secretSha256 } = await makeKey(c, id);
  const previousUntil = nowMs + overlapSeconds * 1_000;
  const record = await keys.rotateApiKey(db, id, { secretSha256, previousUntil, nowMs });
  if (record === undefined) throw await notRotated(c, id);
  return c.json({ ...keyToWire(record, nowMs), key }, 200);
});

apiKeyRoutes.delete('/:key', async (c) => {
  if (!(await keys.revokeApiKey(c.var.db, c.req.param('key'), c.var.nowMs))) throw noSuchKey();
  return c.body(null, 204);
});

async function makeKey(c: ApiContext, id: string): Promise<{ key: string; secretSha256: string }> {
  const name = /[0-9a-z]{8}$/.exec(id)?.[0];
  if (name === undefined) throw noSuchKey();
  const key = formatApiKey(c.env.ENVIRONMENT, name, randomBytes(API_KEY_RANDOM_BYTES));
  return { key, secretSha256: await sha256Base64url(key) };
}

async function notRotated(c: ApiContext, id: string): Promise<ProblemError> {
  const row = await keys.findApiKey(c.var.db, id);
  if (row === undefined) return noSuchKey();
  if (row.expiresAt !== null && row.expiresAt <= c.var.nowMs)
    return new ProblemError({ code: 'conflict', detail: 'The key has expired. Make a new one.' });
  const until = isoOrNull(row.previousUntil);
  const detail = `The rotation before still overlaps, until ${until}. With "overlapSeconds": 0 both older keys end now.`;
  return new ProblemError({ code: 'conflict', detail });
}

function noSuchKey(): ProblemError {
  return new ProblemError({ code: 'not-found', detail: 'No such API key.' });
}

function keyToWire(row: keys.ApiKeyRecord, nowMs: number) {
  const { id, label, scopes, createdAt, expiresAt, lastUsedAt, previousUntil } = row;
  return {
    id,
    label,
    scopes,
    createdAt: iso(createdAt),
    expiresAt: isoOrNull(expiresAt),
    lastUsedAt: isoOrNull(lastUsedAt),
    /** Until when the key before the last rotation still opens. */
    previousUntil: previousUntil !== null && previousUntil > nowMs ? iso(previousUntil) : null,
  };
}
