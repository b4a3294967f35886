import { Hono } from 'hono';
import { ProblemError } from '#shared/http/problem.ts';
import { listAuditEntries } from '../db/audit-log.ts';
import { iso, type ApiVariables } from '../http/context.ts';
import { requireScope } from '../http/guards.ts';
import { readIdCursor, readPage } from '../http/paging.ts';

export const auditRoutes = new Hono<{ Bindings: ApiEnv; Variables: ApiVariables }>();
auditRoutes.use(requireScope('admin'));

/** The newest first. */
auditRoutes.get('/', async (c) => {
  const { cursor, limit } = readPage(c);
  const page = { beforeId: readIdCursor(cursor), sinceMs: readSince(c.req.query('since')), limit: limit + 1 };
  const rows = await listAuditEntries(c.var.db, page);
  const items = rows.slice(0, limit);
  return c.json({
    items: items.map(({ createdAt, ...entry }) => ({ ...entry, at: iso(createdAt) })),
    nextCursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null,
  });
});

function readSince(since: string | undefined): number {
  const ms = since === undefined ? 0 : Date.parse(since);
  if (!Number.isNaN(ms)) return ms;
  throw new ProblemError({ code: 'invalid-request', detail: 'since must be an ISO 8601 time.' });
}
