import { Hono } from 'hono';
import { z } from 'zod';
import { DEFAULT_ENCODING_SETTINGS, type EncodingSettings } from '#core/ladder/settings.ts';
import * as catalog from '../db/catalog.ts';
import { readJson } from '../http/body.ts';
import type { ApiVariables } from '../http/context.ts';
import { matchedVersion, preconditionFailed, tagged } from '../http/entity-tag.ts';
import { languageTag } from './catalog-schemas.ts';
import { requireSeries, requireSeriesById } from './require-catalog.ts';

/** What is left out is as DEFAULT_ENCODING_SETTINGS has it. */
export const encodingInput = z.strictObject({
  landscape: z.enum(['crop', 'blur-pad', 'refuse']).default(DEFAULT_ENCODING_SETTINGS.landscape),
  av1: z.boolean().default(DEFAULT_ENCODING_SETTINGS.av1),
  publishPlayable: z.boolean().default(DEFAULT_ENCODING_SETTINGS.publishPlayable),
  mainLanguage: languageTag.nullable().default(DEFAULT_ENCODING_SETTINGS.mainLanguage),
}) satisfies z.ZodType<EncodingSettings>;

/** How the episodes of a series are encoded from now on; what is there stays as it is. */
export const encodingRoutes = new Hono<{ Bindings: ApiEnv; Variables: ApiVariables }>();

encodingRoutes.get('/:series/encoding', async (c) => tagged(c, represented(await requireSeries(c))));

encodingRoutes.put('/:series/encoding', async (c) => {
  const row = await requireSeries(c);
  const version = await matchedVersion(c, represented(row));
  const encoding = await readJson(c.req.raw, encodingInput);
  const outcome = await catalog.updateSeries(c.var.db, row.id, version, { encoding, updatedAt: c.var.nowMs });
  const now = await requireSeriesById(c, row.id);
  if (outcome === 'stale') throw preconditionFailed();
  return tagged(c, represented(now));
});

/** Part of the series, so its writes count as the series' do. */
function represented({ version, encoding }: catalog.SeriesRecord) {
  return { version, body: { ...DEFAULT_ENCODING_SETTINGS, ...encoding } };
}
