import { Hono } from 'hono';
import { z } from 'zod';
import { METRIC_NAMES } from '#core/qoe/metric-names.ts';
import { ProblemError } from '#shared/http/problem.ts';
import * as alerts from '../db/alerts.ts';
import { findEpisode, findSeries } from '../db/catalog.ts';
import { readJson } from '../http/body.ts';
import { iso, isoOrNull, makeId, type ApiContext, type ApiVariables } from '../http/context.ts';
import { matchedVersion, preconditionFailed, tagged, type Representation } from '../http/entity-tag.ts';
import { requireScope } from '../http/guards.ts';
import { idempotent } from '../http/idempotent.ts';
import { readIdCursor, readPage } from '../http/paging.ts';
import { MAX_ALERT_WINDOW_MINUTES, MAX_ALERTS, MIN_ALERT_WINDOW_MINUTES } from '../limits.ts';

/** Numbers that the operator is told of; the cron of analytics looks at them each minute (docs/decisions/044-reading-numbers.md). */
export const alertRoutes = new Hono<{ Bindings: ApiEnv; Variables: ApiVariables }>();
alertRoutes.use(requireScope('analytics'));

const id = z.string().max(80);
const scope = z
  .union([z.strictObject({ episodeId: id }), z.strictObject({ seriesId: id.describe('Id or slug.') })])
  .nullable()
  .describe('null: all series together.');
const minutes = (min: number, max: number) => z.int().min(min).max(max);
const rule = {
  name: z.string().trim().min(1).max(100),
  scope,
  metric: z.enum(METRIC_NAMES),
  comparison: z.enum(['above', 'below']),
  threshold: z.number().min(-1e15).max(1e15),
  minViews: z.int().min(1).max(1e9).describe('Of fewer views in the window nothing is said.'),
  windowMinutes: minutes(MIN_ALERT_WINDOW_MINUTES, MAX_ALERT_WINDOW_MINUTES).describe(
    'How far it looks back; widened to the whole hours that it touches.',
  ),
  coolDownMinutes: minutes(1, MAX_ALERT_WINDOW_MINUTES).describe('While it lasts it is told once in these.'),
  enabled: z.boolean(),
};

export const alertInput = z.strictObject({
  ...rule,
  scope: scope.default(null),
  minViews: rule.minViews.default(100),
  windowMinutes: rule.windowMinutes.default(MIN_ALERT_WINDOW_MINUTES),
  coolDownMinutes: rule.coolDownMinutes.default(60),
  enabled: rule.enabled.default(true),
});
export const alertChange = z.strictObject(rule).partial();

alertRoutes.post('/', idempotent(), async (c) => {
  const { scope: asked, ...input } = await readJson(c.req.raw, alertInput);
  const { db, nowMs } = c.var;
  const alertId = makeId('alr', nowMs);
  const row = { id: alertId, ...input, ...(await requireScoped(c, asked)), createdAt: nowMs };
  if (!(await alerts.insertAlert(db, row))) {
    const detail = `${MAX_ALERTS} alerts are there. Delete one first.`;
    throw new ProblemError({ code: 'conflict', detail });
  }
  return tagged(c, represented(await requireAlert(c, alertId)), 201, { Location: `/v1/alerts/${alertId}` });
});

alertRoutes.get('/', async (c) => {
  const { cursor, limit } = readPage(c);
  const rows = await alerts.listAlerts(c.var.db, readIdCursor(cursor) ?? '', limit + 1);
  const items = rows.slice(0, limit);
  return c.json({
    items: items.map(alertToWire),
    nextCursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null,
  });
});

alertRoutes.get('/:alert', async (c) => tagged(c, represented(await requireAlert(c, c.req.param('alert')))));

alertRoutes.patch('/:alert', async (c) => {
  const { scope: asked, ...change } = await readJson(c.req.raw, alertChange);
  const alertId = c.req.param('alert');
  const version = await insistedVersion(c, alertId);
  const { name: _name, ...others } = change;
  // Another rule begins anew: what the old one said is no word of it.
  const isOther = asked !== undefined || Object.keys(others).length > 0;
  const row = await alerts.updateAlert(c.var.db, alertId, version, {
    ...definedOnly(change),
    ...(asked === undefined ? {} : await requireScoped(c, asked)),
    ...(isOther ? { firingSince: null, firedAt: null, value: null, views: null } : {}),
    updatedAt: c.var.nowMs,
  });
  if (row === undefined) throw version === null ? noSuchAlert() : preconditionFailed();
  return tagged(c, represented(row));
});

alertRoutes.delete('/:alert', async (c) => {
  const alertId = c.req.param('alert');
  const version = await insistedVersion(c, alertId);
  if (!(await alerts.deleteAlert(c.var.db, alertId, version)))
    throw version === null ? noSuchAlert() : preconditionFailed();
  return c.body(null, 204);
});

async function requireScoped(
  c: ApiContext,
  asked: z.infer<typeof scope>,
): Promise<Pick<alerts.AlertRecord, 'episodeId' | 'seriesId'>> {
  if (asked === null) return { episodeId: null, seriesId: null };
  if ('episodeId' in asked) {
    const { episodeId } = asked;
    if ((await findEpisode(c.var.db, episodeId)) === undefined) throw new ProblemError({ code: 'episode-not-found' });
    return { episodeId, seriesId: null };
  }
  const series = await findSeries(c.var.db, asked.seriesId);
  if (series === undefined) throw new ProblemError({ code: 'series-not-found' });
  return { episodeId: null, seriesId: series.id };
}

/** What was not said stays as it is; `undefined` is nothing to a database. */
function definedOnly<T extends object>(change: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

function represented(row: alerts.AlertRecord): Representation {
  return { version: row.updatedAt, body: alertToWire(row) };
}

async function insistedVersion(c: ApiContext, alertId: string): Promise<number | null> {
  return matchedVersion(c, represented(await requireAlert(c, alertId)));
}

async function requireAlert(c: ApiContext, alertId: string): Promise<alerts.AlertRecord> {
  const row = await alerts.findAlert(c.var.db, alertId);
  if (row === undefined) throw noSuchAlert();
  return row;
}

function noSuchAlert(): ProblemError {
  return new ProblemError({ code: 'not-found', detail: 'No such alert.' });
}

function alertToWire(row: alerts.AlertRecord) {
  const { episodeId, seriesId, createdAt, updatedAt, firingSince, firedAt, value, views, ...same } = row;
  const of = episodeId === null ? { seriesId } : { episodeId };
  return {
    ...same,
    scope: episodeId === null && seriesId === null ? null : of,
    state: firingSince === null ? 'ok' : 'firing',
    firingSince: isoOrNull(firingSince),
    lastFiredAt: isoOrNull(firedAt),
    lastValue: value,
    lastViews: views,
    createdAt: iso(createdAt),
    updatedAt: iso(updatedAt),
  };
}
