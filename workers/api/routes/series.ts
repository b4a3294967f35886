import { Hono } from 'hono';
import { ID_PATTERN } from '#core/id.ts';
import { ProblemError } from '#shared/http/problem.ts';
import * as catalog from '../db/catalog.ts';
import { readJson } from '../http/body.ts';
import { iso, makeId, type ApiContext, type ApiVariables } from '../http/context.ts';
import { requireScope } from '../http/guards.ts';
import { readPage, readSeqCursor } from '../http/paging.ts';
import { accessPolicyInput, episodeInput, groupInput, seriesChange, seriesInput } from './catalog-schemas.ts';
import { episodeToWire, groupsOf } from './episodes.ts';

export const seriesRoutes = new Hono<{ Bindings: ApiEnv; Variables: ApiVariables }>();
seriesRoutes.use(requireScope('catalog'));

seriesRoutes.post('/', async (c) => {
  const input = await readJson(c.req.raw, seriesInput);
  const { nowMs } = c.var;
  const row = {
    id: makeId('ser', nowMs),
    slug: input.slug,
    title: input.title,
    synopsis: input.synopsis ?? null,
    protection: input.protection ?? 'none',
    createdAt: nowMs,
    updatedAt: nowMs,
  };
  if (!(await catalog.insertSeries(c.var.db, row))) {
    throw new ProblemError({ code: 'conflict', detail: `A series with the slug ${input.slug} is there already.` });
  }
  return c.json(seriesToWire(row), 201, { Location: `/v1/series/${row.id}` });
});

seriesRoutes.get('/', async (c) => {
  const { cursor, limit } = readPage(c);
  if (cursor !== null && !ID_PATTERN.test(cursor))
    throw new ProblemError({ code: 'invalid-request', detail: 'Use the nextCursor of the page before as cursor.' });
  const rows = await catalog.listSeries(c.var.db, cursor ?? '', limit + 1);
  const items = rows.slice(0, limit);
  return c.json({
    items: items.map(seriesToWire),
    nextCursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null,
  });
});

seriesRoutes.get('/:series', async (c) => c.json(seriesToWire(await requireSeries(c))));

seriesRoutes.patch('/:series', async (c) => {
  const row = await requireSeries(c);
  const input = await readJson(c.req.raw, seriesChange);
  const changed = await catalog.updateSeries(c.var.db, row.id, { ...withoutUndefined(input), updatedAt: c.var.nowMs });
  if (!changed)
    throw new ProblemError({ code: 'conflict', detail: `A series with the slug ${input.slug} is there already.` });
  return c.json(seriesToWire(await requireSeriesById(c, row.id)));
});

seriesRoutes.delete('/:series', async (c) => {
  const row = await requireSeries(c);
  await catalog.deleteSeries(c.var.db, row.id);
  return c.body(null, 204);
});

seriesRoutes.post('/:series/seasons', async (c) => {
  const { id: seriesId } = await requireSeries(c);
  const row = {
    id: makeId('sea', c.var.nowMs),
    seriesId,
    ...(await readJson(c.req.raw, groupInput)),
    createdAt: c.var.nowMs,
  };
  if (!(await catalog.insertSeason(c.var.db, row)))
    throw new ProblemError({ code: 'conflict', detail: `Season ${row.number} is there already.` });
  return c.json({ ...row, createdAt: iso(row.createdAt) }, 201);
});

seriesRoutes.post('/:series/arcs', async (c) => {
  const { id: seriesId } = await requireSeries(c);
  const row = {
    id: makeId('arc', c.var.nowMs),
    seriesId,
    ...(await readJson(c.req.raw, groupInput)),
    createdAt: c.var.nowMs,
  };
  if (!(await catalog.insertArc(c.var.db, row)))
    throw new ProblemError({ code: 'conflict', detail: `Arc ${row.number} is there already.` });
  return c.json({ ...row, createdAt: iso(row.createdAt) }, 201);
});

seriesRoutes.post('/:series/episodes', async (c) => {
  const { id: seriesId } = await requireSeries(c);
  const input = await readJson(c.req.raw, episodeInput);
  const { nowMs, db } = c.var;
  const groups = await groupsOf(db, seriesId, input);
  const row = {
    id: makeId('ep', nowMs),
    seriesId,
    ...groups,
    number: input.number,
    title: input.title,
    synopsis: input.synopsis ?? null,
    tier: input.tier ?? null,
    releaseAt: input.releaseAt == null ? null : Date.parse(input.releaseAt),
    publishedAt: null,
    withdrawnAt: null,
    createdAt: nowMs,
    updatedAt: nowMs,
  };
  if (!(await catalog.insertEpisode(db, row)))
    throw new ProblemError({ code: 'conflict', detail: `Episode ${row.number} is there already.` });
  return c.json(episodeToWire({ episode: row, state: 'draft', failure: null, durationSeconds: null }), 201, {
    Location: `/v1/episodes/${row.id}`,
  });
});

seriesRoutes.get('/:series/episodes', async (c) => {
  const { id } = await requireSeries(c);
  const { cursor, limit } = readPage(c);
  const views = await catalog.listEpisodes(c.var.db, id, readSeqCursor(cursor) ?? -1, limit + 1);
  const items = views.slice(0, limit);
  const last = items.at(-1);
  return c.json({
    items: items.map(episodeToWire),
    nextCursor: views.length > limit && last ? String(last.episode.number) : null,
  });
});

seriesRoutes.put('/:series/access', async (c) => {
  const { id } = await requireSeries(c);
  const stored = await catalog.storePolicy(
    c.var.db,
    'series',
    id,
    await readJson(c.req.raw, accessPolicyInput),
    c.var.nowMs,
  );
  return c.json({ ...stored.policy, version: stored.version });
});

seriesRoutes.get('/:series/access', async (c) => {
  const stored = await catalog.loadPolicy(c.var.db, 'series', (await requireSeries(c)).id);
  return c.json({ ...stored?.policy, version: stored?.version ?? 0 });
});

seriesRoutes.put('/:series/seasons/:season/access', async (c) => {
  const seasonId = await requireSeason(c);
  const stored = await catalog.storePolicy(
    c.var.db,
    'season',
    seasonId,
    await readJson(c.req.raw, accessPolicyInput),
    c.var.nowMs,
  );
  return c.json({ ...stored.policy, version: stored.version });
});

seriesRoutes.get('/:series/seasons/:season/access', async (c) => {
  const stored = await catalog.loadPolicy(c.var.db, 'season', await requireSeason(c));
  return c.json({ ...stored?.policy, version: stored?.version ?? 0 });
});

async function requireSeason(c: ApiContext): Promise<string> {
  const { id } = await requireSeries(c);
  const seasonId = c.req.param('season') ?? '';
  if (!(await catalog.belongsToSeries(c.var.db, 'season', seasonId, id)))
    throw new ProblemError({ code: 'not-found', detail: 'The series has no such season.' });
  return seasonId;
}

async function requireSeries(c: ApiContext): Promise<catalog.SeriesRecord> {
  return requireSeriesById(c, c.req.param('series') ?? '');
}

async function requireSeriesById(c: ApiContext, name: string): Promise<catalog.SeriesRecord> {
  const row = await catalog.findSeries(c.var.db, name);
  if (!row) throw new ProblemError({ code: 'series-not-found' });
  return row;
}

function seriesToWire(row: catalog.SeriesRecord) {
  const { id, slug, title, synopsis, protection } = row;
  return { id, slug, title, synopsis, protection, createdAt: iso(row.createdAt), updatedAt: iso(row.updatedAt) };
}

/** A field that a PATCH leaves out stays as it is; one that it sets to null is cleared. */
function withoutUndefined<T extends object>(input: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}
