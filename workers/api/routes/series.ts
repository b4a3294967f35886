import { Hono } from 'hono';
import { MAX_SERIES_EPISODES } from '#core/catalog/limits.ts';
import { ProblemError } from '#shared/http/problem.ts';
import * as catalog from '../db/catalog.ts';
import { readJson } from '../http/body.ts';
import { iso, makeId, type ApiVariables } from '../http/context.ts';
import { matchedVersion, preconditionFailed, tagged } from '../http/entity-tag.ts';
import { requireScope } from '../http/guards.ts';
import { idempotent } from '../http/idempotent.ts';
import { readIdCursor, readPage, readSeqCursor } from '../http/paging.ts';
import { getPolicy, putPolicy } from './access.ts';
import { episodeInput, groupInput, seriesChange, seriesInput } from './catalog-schemas.ts';
import { encodingRoutes } from './encoding.ts';
import { episodeToWire, groupsOf } from './episodes.ts';
import { graphRoutes } from './graph.ts';
import { groupLocalisationRoutes } from './localisations.ts';
import { reorderRoutes } from './reorder.ts';
import { requireGroup, requireSeries, requireSeriesById } from './require-catalog.ts';

export const seriesRoutes = new Hono<{ Bindings: ApiEnv; Variables: ApiVariables }>();
seriesRoutes.use(requireScope('catalog'), idempotent());
seriesRoutes.route('/', graphRoutes);
seriesRoutes.route('/', encodingRoutes);
seriesRoutes.route('/', reorderRoutes);
seriesRoutes.route('/', groupLocalisationRoutes);

seriesRoutes.post('/', async (c) => {
  const input = await readJson(c.req.raw, seriesInput);
  const { nowMs } = c.var;
  const row = {
    id: makeId('ser', nowMs),
    slug: input.slug,
    title: input.title,
    synopsis: input.synopsis ?? null,
    protection: input.protection ?? 'none',
    defaultLanguage: input.defaultLanguage ?? null,
    encoding: null,
    graphVersion: 0,
    createdAt: nowMs,
    updatedAt: nowMs,
  };
  if (!(await catalog.insertSeries(c.var.db, row))) {
    throw new ProblemError({ code: 'conflict', detail: `A series with the slug ${input.slug} is there already.` });
  }
  return tagged(c, { version: 1, body: seriesToWire(row) }, 201, { Location: `/v1/series/${row.id}` });
});

seriesRoutes.get('/', async (c) => {
  const { cursor, limit } = readPage(c);
  const rows = await catalog.listSeries(c.var.db, readIdCursor(cursor) ?? '', limit + 1);
  const items = rows.slice(0, limit);
  return c.json({
    items: items.map(seriesToWire),
    nextCursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null,
  });
});

seriesRoutes.get('/:series', async (c) => tagged(c, represented(await requireSeries(c))));

seriesRoutes.patch('/:series', async (c) => {
  const row = await requireSeries(c);
  const version = await matchedVersion(c, represented(row));
  const input = await readJson(c.req.raw, seriesChange);
  const change = { ...withoutUndefined(input), updatedAt: c.var.nowMs };
  const outcome = await catalog.updateSeries(c.var.db, row.id, version, change);
  if (outcome === 'taken')
    throw new ProblemError({ code: 'conflict', detail: `A series with the slug ${input.slug} is there already.` });
  const now = await requireSeriesById(c, row.id);
  if (outcome === 'stale') throw preconditionFailed();
  return tagged(c, represented(now));
});

seriesRoutes.delete('/:series', async (c) => {
  const row = await requireSeries(c);
  const version = await matchedVersion(c, represented(row));
  if (!(await catalog.deleteSeries(c.var.db, row.id, version, c.var.nowMs)) && version !== null)
    throw preconditionFailed();
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
  const outcome = await catalog.insertEpisode(db, row);
  if (outcome === 'taken')
    throw new ProblemError({ code: 'conflict', detail: `Episode ${row.number} is there already.` });
  if (outcome === 'full')
    throw new ProblemError({ code: 'conflict', detail: `A series has at most ${MAX_SERIES_EPISODES} episodes.` });
  const body = episodeToWire({
    episode: row,
    state: 'draft',
    failure: null,
    durationSeconds: null,
    presentation: null,
  });
  return tagged(c, { version: 1, body }, 201, { Location: `/v1/episodes/${row.id}` });
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

seriesRoutes.put('/:series/access', async (c) => putPolicy(c, 'series', (await requireSeries(c)).id));

seriesRoutes.get('/:series/access', async (c) => getPolicy(c, 'series', (await requireSeries(c)).id));

seriesRoutes.put('/:series/seasons/:season/access', async (c) =>
  putPolicy(c, 'season', await requireGroup(c, 'season')),
);

seriesRoutes.get('/:series/seasons/:season/access', async (c) =>
  getPolicy(c, 'season', await requireGroup(c, 'season')),
);

function represented(row: catalog.SeriesRecord) {
  return { version: row.version, body: seriesToWire(row) };
}

function seriesToWire(row: Omit<catalog.SeriesRecord, 'version'>) {
  const { id, slug, title, synopsis, defaultLanguage, protection } = row;
  const times = { createdAt: iso(row.createdAt), updatedAt: iso(row.updatedAt) };
  return { id, slug, title, synopsis, defaultLanguage, protection, ...times };
}

/** A field that a PATCH leaves out stays as it is; one that it sets to null is cleared. */
function withoutUndefined<T extends object>(input: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}
