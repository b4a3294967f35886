import { Hono } from 'hono';
import { MAX_LANGUAGES } from '#core/catalog/limits.ts';
import { ProblemError } from '#shared/http/problem.ts';
import {
  deleteLocalisation,
  listLocalisations,
  storeLocalisation,
  type LocalisationRecord,
  type Localised,
} from '../db/localisations.ts';
import { readJson, validate } from '../http/body.ts';
import { iso, type ApiContext, type ApiVariables } from '../http/context.ts';
import {
  matchedOrAbsent,
  matchedVersion,
  preconditionFailed,
  tagged,
  type Representation,
} from '../http/entity-tag.ts';
import { languageTag, localisationInput } from './catalog-schemas.ts';
import { requireEpisode, requireGroup, requireSeries } from './require-catalog.ts';

type Routes = Hono<{ Bindings: ApiEnv; Variables: ApiVariables }>;

/** Titles in other languages. Mounted below `/v1/series` and `/v1/episodes`, behind their scope. */
export const groupLocalisationRoutes: Routes = new Hono();
export const episodeLocalisationRoutes: Routes = new Hono();

serve(groupLocalisationRoutes, '/:series', async (c) => ({ scope: 'series', scopeId: (await requireSeries(c)).id }));
serve(groupLocalisationRoutes, '/:series/seasons/:season', async (c) => ({
  scope: 'season',
  scopeId: await requireGroup(c, 'season'),
}));
serve(groupLocalisationRoutes, '/:series/arcs/:arc', async (c) => ({
  scope: 'arc',
  scopeId: await requireGroup(c, 'arc'),
}));
serve(episodeLocalisationRoutes, '/:episode', async (c) => ({
  scope: 'episode',
  scopeId: (await requireEpisode(c)).episode.id,
}));

function serve(routes: Routes, path: string, find: (c: ApiContext) => Promise<Localised>): void {
  routes.get(`${path}/localisations`, async (c) => {
    const rows = await listLocalisations(c.var.db, await find(c));
    return c.json({ items: rows.map(toWire), nextCursor: null });
  });

  routes.put(`${path}/localisations/:language`, async (c) => {
    const localised = await find(c);
    const { title, synopsis } = await readJson(c.req.raw, localisationInput);
    const row = { ...localised, language: readLanguage(c), title, synopsis: synopsis ?? null, updatedAt: c.var.nowMs };
    const all = await listLocalisations(c.var.db, localised);
    const known = all.find(({ language }) => language === row.language);
    const version = await matchedOrAbsent(c, known === undefined ? null : represented(known));
    const others = all.filter((each) => each !== known);
    // Not exact: two calls at once may both get the last place.
    if (others.length >= MAX_LANGUAGES)
      throw new ProblemError({ code: 'conflict', detail: `There are ${MAX_LANGUAGES} languages already.` });
    const stored = await storeLocalisation(c.var.db, row, version);
    if (stored === undefined) throw preconditionFailed();
    return tagged(c, represented(stored));
  });

  routes.get(`${path}/localisations/:language`, async (c) =>
    tagged(c, represented(await requireLocalisation(c, await find(c)))),
  );

  routes.delete(`${path}/localisations/:language`, async (c) => {
    const localised = await find(c);
    const row = await requireLocalisation(c, localised);
    const version = await matchedVersion(c, represented(row));
    if (!(await deleteLocalisation(c.var.db, localised, row.language, version)) && version !== null)
      throw preconditionFailed();
    return c.body(null, 204);
  });
}

async function requireLocalisation(c: ApiContext, localised: Localised): Promise<LocalisationRecord> {
  const wanted = readLanguage(c);
  const row = (await listLocalisations(c.var.db, localised)).find(({ language }) => language === wanted);
  if (row === undefined) throw new ProblemError({ code: 'not-found', detail: 'There is nothing in this language.' });
  return row;
}

function represented(row: LocalisationRecord): Representation {
  return { version: row.updatedAt, body: toWire(row) };
}

function readLanguage(c: ApiContext): string {
  return validate(languageTag, c.req.param('language') ?? '');
}

function toWire({ language, title, synopsis, updatedAt }: LocalisationRecord) {
  return { language, title, synopsis, updatedAt: iso(updatedAt) };
}
