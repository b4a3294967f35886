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
    const others = (await listLocalisations(c.var.db, localised)).filter(({ language }) => language !== row.language);
    // Not exact: two calls at once may both get the last place.
    if (others.length >= MAX_LANGUAGES)
      throw new ProblemError({ code: 'conflict', detail: `There are ${MAX_LANGUAGES} languages already.` });
    await storeLocalisation(c.var.db, row);
    return c.json(toWire(row));
  });

  routes.delete(`${path}/localisations/:language`, async (c) => {
    if (!(await deleteLocalisation(c.var.db, await find(c), readLanguage(c))))
      throw new ProblemError({ code: 'not-found', detail: 'There is nothing in this language.' });
    return c.body(null, 204);
  });
}

function readLanguage(c: ApiContext): string {
  return validate(languageTag, c.req.param('language') ?? '');
}

function toWire({ language, title, synopsis, updatedAt }: LocalisationRecord) {
  return { language, title, synopsis, updatedAt: iso(updatedAt) };
}
