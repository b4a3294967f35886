import { Hono } from 'hono';
import { z } from 'zod';
import { ProblemError } from '#shared/http/problem.ts';
import * as catalog from '../db/catalog.ts';
import { readJson, readOptionalJson } from '../http/body.ts';
import { iso, isoOrNull, type ApiContext, type ApiVariables, type Db } from '../http/context.ts';
import { requireScope } from '../http/guards.ts';
import { importEpisodeHls, isImportPrefix } from '../ingest/import-hls.ts';
import { receiveSource } from '../ingest/receive-source.ts';
import { accessPolicyInput, episodeChange, noInput, publishInput } from './catalog-schemas.ts';
import { jobToWire } from './jobs.ts';

const hlsImportInput = z.strictObject({
  prefix: z
    .string()
    .max(512)
    .refine(isImportPrefix, 'a folder of the bucket or a playlist in one, without a leading slash'),
});

export const episodeRoutes = new Hono<{ Bindings: ApiEnv; Variables: ApiVariables }>();

episodeRoutes.put('/:episode/source', requireScope('ingest'), async (c) => {
  const { episode } = await requireEpisode(c);
  const job = await receiveSource(c, episode.id);
  return c.json({ job: jobToWire(job) }, 202, { Location: `/v1/jobs/${job.id}` });
});

episodeRoutes.post('/:episode/hls', requireScope('ingest'), async (c) => {
  const { episode } = await requireEpisode(c);
  const { prefix } = await readJson(c.req.raw, hlsImportInput);
  const { job, isNew, warnings } = await importEpisodeHls(c, episode.id, prefix);
  return c.json({ job: jobToWire(job), version: job.version, warnings }, isNew ? 201 : 200, {
    Location: `/v1/jobs/${job.id}`,
  });
});

episodeRoutes.use(requireScope('catalog'));

episodeRoutes.get('/:episode', async (c) => c.json(episodeToWire(await requireEpisode(c))));

episodeRoutes.patch('/:episode', async (c) => {
  const { episode } = await requireEpisode(c);
  const input = await readJson(c.req.raw, episodeChange);
  const { title, number, synopsis, tier, releaseAt } = input;
  const changed = await catalog.updateEpisode(c.var.db, episode, {
    ...(await groupsOf(c.var.db, episode.seriesId, input)),
    ...(title === undefined ? {} : { title }),
    ...(number === undefined ? {} : { number }),
    ...(synopsis === undefined ? {} : { synopsis }),
    ...(tier === undefined ? {} : { tier }),
    ...(releaseAt === undefined ? {} : { releaseAt: releaseAt === null ? null : Date.parse(releaseAt) }),
    updatedAt: c.var.nowMs,
  });
  if (!changed) throw new ProblemError({ code: 'conflict', detail: `Episode ${number} is there already.` });
  return c.json(episodeToWire(await requireEpisode(c)));
});

episodeRoutes.delete('/:episode', async (c) => {
  const { episode } = await requireEpisode(c);
  await catalog.deleteEpisode(c.var.db, episode.id);
  return c.body(null, 204);
});

episodeRoutes.put('/:episode/access', async (c) => {
  const { episode } = await requireEpisode(c);
  const stored = await catalog.storePolicy(
    c.var.db,
    'episode',
    episode.id,
    await readJson(c.req.raw, accessPolicyInput),
    c.var.nowMs,
  );
  return c.json({ ...stored.policy, version: stored.version });
});

episodeRoutes.get('/:episode/access', async (c) => {
  const stored = await catalog.loadPolicy(c.var.db, 'episode', (await requireEpisode(c)).episode.id);
  return c.json({ ...stored?.policy, version: stored?.version ?? 0 });
});

episodeRoutes.post('/:episode/publish', async (c) => {
  const view = await requireEpisode(c);
  if (view.state !== 'ready' && view.state !== 'published') {
    const detail = `The episode is ${view.state}. Upload a source and wait until its job has succeeded, then publish.`;
    throw new ProblemError({ code: 'episode-not-ready', detail, members: { state: view.state } });
  }
  const { at } = await readOptionalJson(c.req.raw, publishInput);
  const publishedAt = view.episode.publishedAt ?? c.var.nowMs;
  const release = at == null ? {} : { releaseAt: Date.parse(at) };
  await catalog.updateEpisode(c.var.db, view.episode, { publishedAt, ...release, updatedAt: c.var.nowMs });
  return c.json(episodeToWire(await requireEpisode(c)));
});

episodeRoutes.post('/:episode/unpublish', async (c) => {
  const { episode } = await requireEpisode(c);
  await readOptionalJson(c.req.raw, noInput);
  const withdrawnAt = episode.publishedAt === null ? episode.withdrawnAt : c.var.nowMs;
  await catalog.updateEpisode(c.var.db, episode, { publishedAt: null, withdrawnAt, updatedAt: c.var.nowMs });
  return c.json(episodeToWire(await requireEpisode(c)));
});

async function requireEpisode(c: ApiContext): Promise<catalog.EpisodeView> {
  const view = await catalog.findEpisode(c.var.db, c.req.param('episode') ?? '');
  if (!view) throw new ProblemError({ code: 'episode-not-found' });
  return view;
}

/** Only the groups that the input names; a season or an arc must be of the episode's own series. */
export async function groupsOf(
  db: Db,
  seriesId: string,
  input: { seasonId?: string | null | undefined; arcId?: string | null | undefined },
): Promise<{ seasonId?: string | null; arcId?: string | null }> {
  for (const [kind, id] of [
    ['season', input.seasonId],
    ['arc', input.arcId],
  ] as const) {
    if (id != null && !(await catalog.belongsToSeries(db, kind, id, seriesId))) {
      throw new ProblemError({ code: 'invalid-request', detail: `${kind}Id: the series has no such ${kind}.` });
    }
  }
  return {
    ...(input.seasonId === undefined ? {} : { seasonId: input.seasonId }),
    ...(input.arcId === undefined ? {} : { arcId: input.arcId }),
  };
}

type WireRow = Omit<catalog.EpisodeRecord, 'seasonId' | 'arcId'> & {
  readonly seasonId?: string | null;
  readonly arcId?: string | null;
};

export function episodeToWire(view: Omit<catalog.EpisodeView, 'episode'> & { readonly episode: WireRow }) {
  const { episode, state, failure, durationSeconds } = view;
  return {
    id: episode.id,
    seriesId: episode.seriesId,
    seasonId: episode.seasonId ?? null,
    arcId: episode.arcId ?? null,
    number: episode.number,
    title: episode.title,
    synopsis: episode.synopsis,
    tier: episode.tier,
    state,
    ...(failure === null ? {} : { failure }),
    durationSeconds,
    releaseAt: isoOrNull(episode.releaseAt),
    publishedAt: isoOrNull(episode.publishedAt),
    createdAt: iso(episode.createdAt),
    updatedAt: iso(episode.updatedAt),
  };
}
