/** Who may read, and how an answer leaves: as JSON, or as a table for a spreadsheet. */
import { createMiddleware } from 'hono/factory';
import { toCsv, type Table } from '#core/csv/to-csv.ts';
import { authorizeApiKey } from '#shared/http/api-key.ts';
import { problemResponse } from '#shared/http/problem.ts';
import { wantsCsv } from './query.ts';

export const requireAnalytics = createMiddleware<{ Bindings: AnalyticsEnv }>(async (c, next) => {
  const at = { nowMs: Date.now(), waitUntil: (work: Promise<unknown>) => c.executionCtx.waitUntil(work) };
  const authorized = await authorizeApiKey(c.env, c.req.raw, 'analytics', at);
  return authorized.ok ? next() : problemResponse(authorized.error.problem);
});

/** Numbers of a moment, and nobody else's business. */
const PRIVATE = { 'Cache-Control': 'private, no-store' };

/** `name`: of the file that a spreadsheet opens. */
export function answer(request: Request, name: string, body: object, table: () => Table): Response {
  if (!wantsCsv(request)) return Response.json(body, { headers: PRIVATE });
  return new Response(toCsv(table()), {
    headers: {
      ...PRIVATE,
      'Content-Type': 'text/csv; charset=utf-8; header=present',
      'Content-Disposition': `attachment; filename="${name}.csv"`,
    },
  });
}
