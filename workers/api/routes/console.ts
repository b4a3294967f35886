import { Hono } from 'hono';
import { z } from 'zod';
import { identifyApiKey, type ApiKeyUse } from '#shared/http/api-key.ts';
import { CLEAR_CONSOLE_COOKIE, refuseForeign, setConsoleCookie } from '#shared/http/console-cookie.ts';
import { ProblemError } from '#shared/http/problem.ts';
import { CONSOLE_SESSION_SECONDS, sealConsoleSession } from '#shared/keys/console-session.ts';
import { findApiKey } from '../db/api-keys.ts';
import { readJson } from '../http/body.ts';
import { isoOrNull, type ApiContext, type ApiVariables } from '../http/context.ts';

/** The console signs in with an API key and keeps no key: what it gets is a cookie that no script can read. */
export const consoleRoutes = new Hono<{ Bindings: ApiEnv; Variables: ApiVariables }>();

export const signInInput = z.strictObject({ apiKey: z.string().trim().min(1).max(200) });

/** The same proof as of any write with the cookie: else another site could sign somebody in, with a key of its own. */
consoleRoutes.post('/session', async (c) => {
  requireOwnPage(c);
  const { apiKey } = await readJson(c.req.raw, signInInput);
  const key = await requireKey(c, apiKey);
  const expiresAtMs = c.var.nowMs + CONSOLE_SESSION_SECONDS * 1_000;
  const sealed = await sealConsoleSession(c.env.MASTER_SECRET, { secretSha256: key.secretSha256, expiresAtMs });
  return c.json(await sessionToWire(c, { ...key, sessionExpiresAtMs: expiresAtMs }), 201, {
    'Set-Cookie': setConsoleCookie(sealed),
    'Cache-Control': 'private, no-store',
  });
});

consoleRoutes.get('/session', async (c) => {
  const body = await sessionToWire(c, await requireKey(c));
  return c.json(body, 200, { 'Cache-Control': 'private, no-store' });
});

/** Without a session too: who signs out twice is out. */
consoleRoutes.delete('/session', (c) => {
  requireOwnPage(c);
  return c.body(null, 204, { 'Set-Cookie': CLEAR_CONSOLE_COOKIE });
});

function requireOwnPage(c: ApiContext): void {
  const foreign = refuseForeign(c.req.raw);
  if (foreign !== null) throw new ProblemError(foreign);
}

async function requireKey(c: ApiContext, presented?: string): Promise<ApiKeyUse> {
  const at = { nowMs: c.var.nowMs, waitUntil: (work: Promise<unknown>) => c.executionCtx.waitUntil(work) };
  const key = await identifyApiKey(c.env, c.req.raw, at, presented);
  c.set('apiKeyId', key.ok ? key.value.id : key.error.apiKeyId);
  if (!key.ok) throw new ProblemError(key.error.problem);
  return key.value;
}

async function sessionToWire(c: ApiContext, { id, scopes, sessionExpiresAtMs }: ApiKeyUse) {
  const label = (await findApiKey(c.var.db, id))?.label ?? null;
  return { apiKeyId: id, label, scopes, expiresAt: isoOrNull(sessionExpiresAtMs) };
}
