import { Hono } from 'hono';
import { z } from 'zod';
import { randomBytes, sha256Base64url, toBase64url } from '#shared/encoding.ts';
import { SCOPES } from '#shared/http/api-key.ts';
import { ProblemError } from '#shared/http/problem.ts';
import * as keys from '../db/keys.ts';
import { readJson } from '../http/body.ts';
import { iso, makeId, type ApiVariables } from '../http/context.ts';
import { requireScope } from '../http/guards.ts';

export const apiKeyRoutes: Hono<{ Bindings: ApiEnv; Variables: ApiVariables }> = new Hono();
apiKeyRoutes.use(requireScope('admin'));

apiKeyRoutes.post('/', async (c) => {
  const { label, scopes } = await readJson(
    c.req.raw,
    z.strictObject({ label: z.string().trim().min(1).max(100), scopes: z.array(z.enum(SCOPES)).min(1) }),
  );
  const id = makeId('key', c.var.nowMs);
  const secret = `sk_live_${id.slice(-8)}_${toBase64url(randomBytes(48)).replaceAll(/[-_]/g, '').slice(0, 43)}`;
  await keys.insertApiKey(c.var.db, {
    id,
    label,
    scopes: [...new Set(scopes)],
    secretSha256: await sha256Base64url(secret),
    createdAt: c.var.nowMs,
  });
  return c.json({ id, label, scopes, key: secret, createdAt: iso(c.var.nowMs) }, 201);
});

apiKeyRoutes.get('/', async (c) => {
  const items = (await keys.listApiKeys(c.var.db)).map(({ id, label, scopes, createdAt }) => ({
    id,
    label,
    scopes,
    createdAt: iso(createdAt),
  }));
  return c.json({ items, nextCursor: null });
});

apiKeyRoutes.delete('/:key', async (c) => {
  if (!(await keys.revokeApiKey(c.var.db, c.req.param('key'), c.var.nowMs)))
    throw new ProblemError({ code: 'not-found', detail: 'No such API key.' });
  return c.body(null, 204);
});
