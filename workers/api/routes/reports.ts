import { Hono } from 'hono';
import { z } from 'zod';
import { ProblemError } from '#shared/http/problem.ts';
import { findSeries } from '../db/catalog.ts';
import { iso, type ApiContext, type ApiVariables } from '../http/context.ts';
import { requireScope } from '../http/guards.ts';
import { MAX_REPORT_ROWS } from '../limits.ts';
import { reportUnlocks } from '../projection/report-unlocks.ts';

/** Counts over all viewers, from what their objects have told: seconds behind them. */
export const reportRoutes = new Hono<{ Bindings: ApiEnv; Variables: ApiVariables }>();

const time = z.iso.datetime({ offset: true });
export const reportQuery = z.strictObject({
  series: z.string().max(80).describe('Id or slug.').optional(),
  from: time.optional(),
  to: time.optional(),
  by: z.enum(['episode', 'series']).default('episode'),
});

reportRoutes.get('/unlocks', requireScope('analytics'), async (c) => {
  const { series, by, fromMs, toMs } = readQuery(c);
  const found = series === undefined ? undefined : await findSeries(c.var.db, series);
  if (series !== undefined && found === undefined) throw new ProblemError({ code: 'series-not-found' });
  const rows = await reportUnlocks(c.env.DB, { seriesId: found?.id ?? null, fromMs, toMs, by });
  const items = rows.slice(0, MAX_REPORT_ROWS);
  return c.json({ from: iso(fromMs), to: iso(toMs), by, items, isComplete: items.length === rows.length });
});

function readQuery(c: ApiContext) {
  const parsed = reportQuery.safeParse(c.req.query());
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new ProblemError({ code: 'invalid-request', detail: `${issue?.path.join('.')}: ${issue?.message}` });
  }
  const { from, to, ...rest } = parsed.data;
  const fromMs = from === undefined ? 0 : Date.parse(from);
  const toMs = to === undefined ? c.var.nowMs + 1 : Date.parse(to);
  if (fromMs >= toMs) throw new ProblemError({ code: 'invalid-request', detail: 'from must be before to.' });
  return { ...rest, fromMs, toMs };
}
