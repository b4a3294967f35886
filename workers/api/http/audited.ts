import { createMiddleware } from 'hono/factory';
import { hashViewer } from '#shared/keys/viewer-hash.ts';
import { log, reasonOf } from '#shared/log.ts';
import { insertAuditEntry } from '../db/audit-log.ts';
import { makeId, type ApiContext, type ApiVariables } from '../http/context.ts';
import { routeOf } from './route-of.ts';

/** Changes nothing that is stored, and comes with every app session: it would be nine tenths of the log. */
const LEFT_OUT: ReadonlySet<string> = new Set(['POST /v1/viewer-tokens']);

const MAX_TARGET_LENGTH = 300;

/**
 * Notes every call of an operator that may change something, refused ones too, behind the answer. Whoever has no key of
 * ours, or asks too often, is not noted: a flood must not fill the database.
 */
export const audited = createMiddleware<{ Bindings: ApiEnv; Variables: ApiVariables }>(async (c, next) => {
  await next();
  const { apiKeyId } = c.var;
  if (apiKeyId === null || c.req.method === 'GET' || c.res.status === 429) return;
  const route = routeOf(c);
  if (route === null || LEFT_OUT.has(route) || isRehearsal(c, route)) return;
  c.executionCtx.waitUntil(note(c, apiKeyId, route, c.res.status, madeBy(c.res)));
});

/** One that answered changed nothing, so it is no action. By route: elsewhere the query means nothing and hides nothing. */
function isRehearsal(c: ApiContext, route: string): boolean {
  if (!c.res.ok) return false;
  return route === 'POST /v1/drops/preflight' || (route === 'POST /v1/drops' && c.req.query('dryRun') === '1');
}

async function note(
  c: ApiContext,
  apiKeyId: string,
  route: string,
  status: number,
  made: string | null,
): Promise<void> {
  const { db, nowMs, requestId } = c.var;
  try {
    const target = await targetOf(c, made ?? c.req.path);
    await insertAuditEntry(db, {
      id: makeId('aud', nowMs),
      apiKeyId,
      route,
      target,
      status,
      requestId,
      createdAt: nowMs,
    });
  } catch (thrown) {
    log('error', 'audit_failed', { apiKeyId, route, status, requestId, reason: reasonOf(thrown) });
  }
}

/** What came of the call; null where Location names the job that the work is done by, and not what it is done to. */
function madeBy(answer: Response): string | null {
  const location = answer.headers.get('Location');
  return location === null || location.startsWith('/v1/jobs/') ? null : location;
}

/** The path, with a keyed hash for the viewer: the log outlives the erasure of who is named in it. */
async function targetOf(c: ApiContext, path: string): Promise<string> {
  const [, viewerId, rest] = /^\/v1\/viewers\/([^/]+)(.*)$/.exec(path) ?? [];
  if (viewerId === undefined) return path.slice(0, MAX_TARGET_LENGTH);
  const hash = await hashViewer(c.env.MASTER_SECRET, tryDecodeURIComponent(viewerId));
  return `/v1/viewers/~${hash}${rest}`.slice(0, MAX_TARGET_LENGTH);
}

function tryDecodeURIComponent(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
