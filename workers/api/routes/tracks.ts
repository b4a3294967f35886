import { Hono } from 'hono';
import { z } from 'zod';
import { captionsFailureText, readCaptions } from '#core/captions/read-captions.ts';
import { MAX_LANGUAGES } from '#core/catalog/limits.ts';
import { isImported } from '#core/token/media-pass.ts';
import { ProblemError } from '#shared/http/problem.ts';
import { listSidecars, storeSidecar, type SidecarRecord } from '../db/caption-sidecars.ts';
import { findCurrentVersion, type CurrentVersion, type TrackRecord } from '../db/tracks.ts';
import { readText, validate } from '../http/body.ts';
import { iso, makeId, type ApiContext, type ApiVariables } from '../http/context.ts';
import { requireScope } from '../http/guards.ts';
import { applyCaptions } from '../ingest/apply-captions.ts';
import { MAX_CAPTIONS_BYTES } from '../limits.ts';
import { languageTag } from './catalog-schemas.ts';
import { requireEpisode } from './require-catalog.ts';

/** Languages and captions of an episode. Mounted below `/v1/episodes`, before the scope of its other calls. */
export const trackRoutes = new Hono<{ Bindings: ApiEnv; Variables: ApiVariables }>();

const kind = z.enum(['subtitles', 'captions']);
export const captionsKindQuery = z.object({ kind: kind.default('subtitles') });
export const captionsQuery = captionsKindQuery.extend({
  label: z.string().trim().min(1).max(60).optional(),
  machineGenerated: z.enum(['0', '1']).default('0'),
});

trackRoutes.get('/:episode/tracks', requireScope('ingest'), async (c) => {
  const { episode } = await requireEpisode(c);
  const current = await findCurrentVersion(c.var.db, episode.id);
  const { version = null, revision = 0, tracks = [] } = current ?? {};
  return c.json({ version, revision, tracks: tracks.map(trackToWire) });
});

trackRoutes.put('/:episode/captions/:language', requireScope('ingest'), async (c) => {
  const { episode } = await requireEpisode(c);
  const asked = validate(captionsQuery, c.req.query());
  const language = readLanguage(c);
  const text = await readText(c.req.raw, MAX_CAPTIONS_BYTES);
  const captions = readCaptions(text);
  if (!captions.ok) {
    const detail = captionsFailureText(captions.error);
    throw new ProblemError({ code: 'captions-invalid', detail, members: { ...captions.error } });
  }
  await requireOwnVersion(c, episode.id);
  const { db, nowMs } = c.var;
  const others = (await listSidecars(db, episode.id)).filter((each) => each.language !== language);
  // Not exact: two calls at once may both get the last place.
  if (new Set(others.map((each) => each.language)).size >= MAX_LANGUAGES)
    throw new ProblemError({ code: 'conflict', detail: `There are captions in ${MAX_LANGUAGES} languages already.` });
  const id = makeId('cap', nowMs);
  const fileKey = `s/${episode.id}/captions/${id}`;
  await c.env.MEDIA.put(fileKey, text, { httpMetadata: { contentType: 'text/plain; charset=utf-8' } });
  const row = {
    ...{ episodeId: episode.id, language, kind: asked.kind, id, fileKey, label: asked.label ?? null },
    ...{ isMachineGenerated: asked.machineGenerated === '1', updatedAt: nowMs },
  };
  const current = await change(c, row);
  return c.json(captionsToWire(row, current));
});

trackRoutes.delete('/:episode/captions/:language', requireScope('ingest'), async (c) => {
  const { episode } = await requireEpisode(c);
  const asked = validate(captionsKindQuery, c.req.query());
  const language = readLanguage(c);
  const current = await requireOwnVersion(c, episode.id);
  const isIt = (each: Pick<TrackRecord, 'language' | 'kind'>): boolean =>
    each.language === language && each.kind === asked.kind;
  const sidecar = (await listSidecars(c.var.db, episode.id)).find(isIt);
  if (sidecar?.fileKey == null && !current?.tracks.some(isIt))
    throw new ProblemError({ code: 'not-found', detail: `There are no ${asked.kind} in this language.` });
  await change(c, {
    ...{ episodeId: episode.id, language, kind: asked.kind, id: makeId('cap', c.var.nowMs), fileKey: null },
    ...{ label: null, isMachineGenerated: false, updatedAt: c.var.nowMs },
  });
  return c.body(null, 204);
});

/** The row first: a version that is published from now on gets it, and the one that is there gets it here. */
async function change(c: ApiContext, row: SidecarRecord): Promise<CurrentVersion | null> {
  const { db, nowMs } = c.var;
  await storeSidecar(db, row);
  await applyCaptions(db, c.env.MEDIA, row.episodeId, nowMs);
  return findCurrentVersion(db, row.episodeId);
}

/** The playlists of imported HLS are another encoder's, and the version's id says what is in them. */
async function requireOwnVersion(c: ApiContext, episodeId: string): Promise<CurrentVersion | null> {
  const current = await findCurrentVersion(c.var.db, episodeId);
  if (current === null || !isImported(current.version)) return current;
  const detail =
    'Nothing was changed. Name the captions in the Multivariant Playlist (EXT-X-MEDIA:TYPE=SUBTITLES) and send POST …/hls again.';
  throw new ProblemError({ code: 'captions-of-imported-hls', detail });
}

function readLanguage(c: ApiContext): string {
  return validate(languageTag, c.req.param('language') ?? '');
}

export function trackToWire(track: TrackRecord) {
  const { name, kind: ofWhat, language, label, isMachineGenerated, isDefault } = track;
  const { channels, codecs, bandwidthBps, averageBandwidthBps } = track;
  const sound = { channels, codecs, bandwidthBps, averageBandwidthBps };
  return { name, kind: ofWhat, language, label, isMachineGenerated, isDefault, ...(ofWhat === 'audio' ? sound : {}) };
}

export function captionsToWire(row: SidecarRecord, current: CurrentVersion | null) {
  const { language, kind: ofWhat, isMachineGenerated, updatedAt } = row;
  const track = current?.tracks.find(({ sidecarId }) => sidecarId === row.id);
  return { language, kind: ofWhat, isMachineGenerated, track: track?.name ?? null, updatedAt: iso(updatedAt) };
}
