import { Hono } from 'hono';
import type { DubRequest } from '#core/dubs/plan-sounds.ts';
import { MAX_DUBS } from '#core/ladder/tracks.ts';
import { isImported } from '#core/token/media-pass.ts';
import { ProblemError } from '#shared/http/problem.ts';
import { listOpenDubs } from '../db/jobs.ts';
import { findCurrentVersion } from '../db/tracks.ts';
import { readJson, validate } from '../http/body.ts';
import type { ApiContext, ApiVariables } from '../http/context.ts';
import { requireScope } from '../http/guards.ts';
import { mainLanguageOf } from '../ingest/lease-dub.ts';
import { startPull } from '../ingest/pull-source.ts';
import { receiveSource } from '../ingest/receive-source.ts';
import { removeDub } from '../ingest/remove-dub.ts';
import { languageTag, sourcePullInput } from './catalog-schemas.ts';
import { jobToWire } from './jobs.ts';
import { requireEpisode } from './require-catalog.ts';
import { captionsQuery, trackToWire } from './tracks.ts';

/** Languages that an episode is heard in (docs/decisions/036-dubs.md). Mounted below `/v1/episodes`. */
export const audioRoutes = new Hono<{ Bindings: ApiEnv; Variables: ApiVariables }>();

export const audioQuery = captionsQuery.omit({ kind: true });

audioRoutes.get('/:episode/audio', requireScope('ingest'), async (c) => {
  const { episode } = await requireEpisode(c);
  const current = await findCurrentVersion(c.var.db, episode.id);
  const tracks = (current?.tracks ?? []).filter(({ kind }) => kind === 'audio');
  const jobs = await listOpenDubs(c.var.db, episode.id);
  return c.json({ version: current?.version ?? null, tracks: tracks.map(trackToWire), jobs: jobs.map(jobToWire) });
});

audioRoutes.put('/:episode/audio/:language', requireScope('ingest'), async (c) => {
  const { episodeId, dub } = await requireDub(c);
  const job = await receiveSource(c, episodeId, dub);
  return c.json({ job: jobToWire(job) }, 202, { Location: `/v1/jobs/${job.id}` });
});

audioRoutes.post('/:episode/audio/:language', requireScope('ingest'), async (c) => {
  const { episodeId, dub } = await requireDub(c);
  const { url } = await readJson(c.req.raw, sourcePullInput);
  const job = await startPull(c, episodeId, url, dub);
  return c.json({ job: jobToWire(job) }, 202, { Location: `/v1/jobs/${job.id}` });
});

audioRoutes.delete('/:episode/audio/:language', requireScope('ingest'), async (c) => {
  const { episode } = await requireEpisode(c);
  const language = validate(languageTag, c.req.param('language'));
  await removeDub({ db: c.var.db, media: c.env.MEDIA, nowMs: c.var.nowMs }, episode.id, language);
  return c.body(null, 204);
});

async function requireDub(c: ApiContext): Promise<{ episodeId: string; dub: DubRequest }> {
  const view = await requireEpisode(c);
  const { label = null, machineGenerated } = validate(audioQuery, c.req.query());
  const language = validate(languageTag, c.req.param('language'));
  await requireRoom(c, view, language);
  return { episodeId: view.episode.id, dub: { language, label, isMachineGenerated: machineGenerated === '1' } };
}

/** Asked before the file is read. What changes until the job is leased is seen then. */
async function requireRoom(
  c: ApiContext,
  { episode, state }: Awaited<ReturnType<typeof requireEpisode>>,
  language: string,
): Promise<void> {
  const current = await findCurrentVersion(c.var.db, episode.id);
  if (current === null) {
    const detail = `The episode is ${state}: it has no picture yet that a dub could be added to. Upload a source first.`;
    throw new ProblemError({ code: 'episode-not-ready', detail, members: { state } });
  }
  const refuse = (detail: string): never => {
    throw new ProblemError({ code: 'conflict', detail });
  };
  if (isImported(current.version))
    refuse('This episode is imported HLS. Put the dub into its playlists and import it again.');
  const sounds = current.tracks.filter(({ kind }) => kind === 'audio');
  const main = sounds.find(({ isDefault }) => isDefault);
  const mainLanguage = main ? main.language : await mainLanguageOf(c.var.db, episode.id, current);
  if (mainLanguage === language)
    refuse('This is the language that plays where nobody chose. It is replaced with the source.');
  const others = sounds.filter((track) => !track.isDefault && track.language !== language);
  if (others.length >= MAX_DUBS) refuse(`There are dubs in ${MAX_DUBS} languages already.`);
}
