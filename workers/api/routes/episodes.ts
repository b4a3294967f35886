import { sql } from 'drizzle-orm';
import { Hono } from 'hono';
import { z } from 'zod';
import { episodes } from '#shared/db/schema.ts';
import { ProblemError } from '#shared/http/problem.ts';
import * as catalog from '../db/catalog.ts';
import { readJson, readOptionalJson } from '../http/body.ts';
import { iso, isoOrNull, type ApiContext, type ApiVariables, type Db } from '../http/context.ts';
import { matchedVersion, preconditionFailed, tagged, taggedObject } from '../http/entity-tag.ts';
import { requireScope } from '../http/guards.ts';
import { importEpisodeHls, isImportPrefix } from '../ingest/import-hls.ts';
import { startPull } from '../ingest/pull-source.ts';
import { receiveSource } from '../ingest/receive-source.ts';
import { deliverSoon } from '../webhooks/deliver.ts';
import { episodePublished, isUnpublished } from '../webhooks/episode-events.ts';
import { outboxOf } from '../webhooks/outbox.ts';
import { getPolicy, putPolicy } from './access.ts';
import { audioRoutes } from './audio.ts';
import { episodeChange, noInput, publishInput, sourcePullInput } from './catalog-schemas.ts';
import { jobToWire } from './jobs.ts';
import { episodeLocalisationRoutes } from './localisations.ts';
import { requireEpisode } from './require-catalog.ts';
import { trackRoutes } from './tracks.ts';

export const hlsImportInput = z.strictObject({
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

episodeRoutes.post('/:episode/source', requireScope('ingest'), async (c) => {
  const { episode } = await requireEpisode(c);
  const { url } = await readJson(c.req.raw, sourcePullInput);
  const job = await startPull(c, episode.id, url);
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

episodeRoutes.route('/', trackRoutes);
episodeRoutes.route('/', audioRoutes);

episodeRoutes.use(requireScope('catalog'));
episodeRoutes.route('/', episodeLocalisationRoutes);

episodeRoutes.get('/:episode', async (c) => tagged(c, represented(await requireEpisode(c))));

/** What the console shows of an episode, published or not: no viewer, so no pass. An import has neither. */
const IMAGES: ReadonlySet<string> = new Set(['poster.jpg', 'storyboard.jpg']);

episodeRoutes.get('/:episode/images/:image', async (c) => {
  const { episode } = await requireEpisode(c);
  const image = c.req.param('image');
  const prefix = IMAGES.has(image) ? await catalog.findMediaPrefix(c.var.db, episode.id) : null;
  const object = prefix === null ? null : await c.env.MEDIA.get(prefix + image);
  if (object === null) throw new ProblemError({ code: 'not-found', detail: 'The episode has no such image.' });
  return taggedObject(c, object, 'image/jpeg');
});

episodeRoutes.patch('/:episode', async (c) => {
  const view = await requireEpisode(c);
  const { episode } = view;
  const version = await matchedVersion(c, represented(view));
  const input = await readJson(c.req.raw, episodeChange);
  const { title, number, synopsis, tier, releaseAt } = input;
  const outcome = await catalog.updateEpisode(c.var.db, episode.id, version, {
    ...(await groupsOf(c.var.db, episode.seriesId, input)),
    ...(title === undefined ? {} : { title }),
    ...(number === undefined ? {} : { number }),
    ...(synopsis === undefined ? {} : { synopsis }),
    ...(tier === undefined ? {} : { tier }),
    ...(releaseAt === undefined ? {} : { releaseAt: releaseAt === null ? null : Date.parse(releaseAt) }),
    updatedAt: c.var.nowMs,
  });
  if (outcome === 'taken') throw new ProblemError({ code: 'conflict', detail: `Episode ${number} is there already.` });
  return answerWritten(c, outcome);
});

episodeRoutes.delete('/:episode', async (c) => {
  const view = await requireEpisode(c);
  const version = await matchedVersion(c, represented(view));
  if (!(await catalog.deleteEpisode(c.var.db, view.episode.id, version, c.var.nowMs)) && version !== null)
    throw preconditionFailed();
  return c.body(null, 204);
});

episodeRoutes.put('/:episode/access', async (c) => putPolicy(c, 'episode', (await requireEpisode(c)).episode.id));

episodeRoutes.get('/:episode/access', async (c) => getPolicy(c, 'episode', (await requireEpisode(c)).episode.id));

episodeRoutes.post('/:episode/publish', async (c) => {
  const view = await requireEpisode(c);
  if (view.state !== 'ready' && view.state !== 'published') {
    const detail = `The episode is ${view.state}. Upload a source and wait until its job has succeeded, then publish.`;
    throw new ProblemError({ code: 'episode-not-ready', detail, members: { state: view.state } });
  }
  const version = await matchedVersion(c, represented(view));
  const { at } = await readOptionalJson(c.req.raw, publishInput);
  const { db, nowMs } = c.var;
  const { episode } = view;
  const release = at == null ? {} : { releaseAt: Date.parse(at) };
  const event = episodePublished({ ...episode, ...release, publishedAt: nowMs });
  const change = { publishedAt: sql`COALESCE(${episodes.publishedAt}, ${nowMs})`, ...release, updatedAt: nowMs };
  const told = outboxOf(db, event, nowMs, isUnpublished(episode.id, version));
  const outcome = await catalog.updateEpisode(db, episode.id, version, change, told.statements);
  deliverSoon(c, [told.eventId]);
  return answerWritten(c, outcome);
});

episodeRoutes.post('/:episode/unpublish', async (c) => {
  const view = await requireEpisode(c);
  const version = await matchedVersion(c, represented(view));
  await readOptionalJson(c.req.raw, noInput);
  const { episode } = view;
  const withdrawnAt = episode.publishedAt === null ? episode.withdrawnAt : c.var.nowMs;
  const change = { publishedAt: null, withdrawnAt, updatedAt: c.var.nowMs };
  return answerWritten(c, await catalog.updateEpisode(c.var.db, episode.id, version, change));
});

/** The episode as it is after the write; one that was deleted in between is gone, not stale. */
async function answerWritten(c: ApiContext, outcome: catalog.WriteOutcome): Promise<Response> {
  const view = await requireEpisode(c);
  if (outcome === 'stale') throw preconditionFailed();
  return tagged(c, represented(view));
}

function represented(view: catalog.EpisodeView) {
  return { version: view.episode.version, body: episodeToWire(view) };
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

type WireRow = Omit<catalog.EpisodeRecord, 'seasonId' | 'arcId' | 'version'> & {
  readonly seasonId?: string | null;
  readonly arcId?: string | null;
};

export function episodeToWire(view: Omit<catalog.EpisodeView, 'episode'> & { readonly episode: WireRow }) {
  const { episode, state, failure, durationSeconds, presentation } = view;
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
    presentation,
    releaseAt: isoOrNull(episode.releaseAt),
    publishedAt: isoOrNull(episode.publishedAt),
    createdAt: iso(episode.createdAt),
    updatedAt: iso(episode.updatedAt),
  };
}
