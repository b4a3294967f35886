/** What the feed answers: the next episodes, each with its decision and what it takes to start it. */
import type { FeedItemWire, FeedWire, PlaybackWire } from '#core/catalog/feed-wire.ts';
import { HEARTBEAT_SECONDS } from '#core/entitlement/stream-limits.ts';
import { checkSeries } from '#core/entitlement/token-restrictions.ts';
import type { Problem } from '#core/problem/codes.ts';
import { err, ok, type Result } from '#core/result.ts';
import { isImported, multivariantName } from '#core/token/media-pass.ts';
import type { PlayableEpisode } from '#shared/db/playback-catalog.ts';
import { toBase64 } from '#shared/encoding.ts';
import { timed } from '#shared/http/server-timing.ts';
import { countryOf, restrictedProblem } from '#shared/http/viewer-auth.ts';
import { log, reasonOf } from '#shared/log.ts';
import { decisionToWire, viewerObject, type EpisodeDecision } from '#shared/playback/decide-episode.ts';
import type { ResumePoint } from '#shared/viewer/rpc.ts';
import type { Asker } from './asker.ts';
import { loadPage, type FeedStart } from './feed-page.ts';
import { loadInit } from './init-sections.ts';
import { findEpisodeNumber, findSeries } from './last-good-catalog.ts';
import { FEED_ITEMS_WITH_INITS } from './limits.ts';
import { localiseTitle, wantedLanguages } from './localised-title.ts';
import { mintForDecision, mintForImages, minterOf, type MintedPass, type Minter } from './mint.ts';
import { coveredRenditions, mediaText, multivariantText, type PassedVersion } from './playlists.ts';
import { segmentSigner } from './segment-signer.ts';
import { isUnplayedRental } from './start-rental.ts';

export const HOW_TO_NAME = 'Name a series as ?series= (id or slug), or an episode to go on from as ?after=.';

export interface FeedQuery {
  readonly series: string | null;
  /** Start behind this episode (`after`, `cursor`) or at it (`at`). */
  readonly anchor: string | null;
  readonly isInclusive: boolean;
  readonly limit: number;
  /** The episode that is about to play: its rental, if it has one, begins. Of all others the feed begins none. */
  readonly starting: string | null;
  /** Start where the viewer stopped, unless an episode is named. */
  readonly isResuming: boolean;
}

/** `start`: of `locate`; null where there is no such series or episode. */
export async function feedAnswer(
  { env, request, claims, nowMs }: Asker,
  query: FeedQuery,
  start: LocatedStart | null,
): Promise<Result<FeedWire, Problem>> {
  if (!start)
    return err({
      code: query.anchor === null ? 'series-not-found' : 'episode-not-found',
      detail: HOW_TO_NAME,
    });
  const covered = checkSeries(claims, start.series);
  if (!covered.ok) return err(restrictedProblem(covered.error));
  const place = { env, claims, country: countryOf(request), nowMs };
  const page = await loadPage({ request, place, start, limit: query.limit, starting: query.starting });
  if (!page.ok) return page;
  const { episodes, decided, nextCursor, end } = page.value;
  const languages = wantedLanguages(request);
  const shape = { env, origin: new URL(request.url).origin, minter: minterOf(place, decided), languages };
  const items = episodes.map(({ episode, decision }, index) => feedItem(shape, episode, decision, index));
  const { id, slug, episodeCount } = start.series;
  return ok({
    series: { id, slug, ...localiseTitle(start.series, languages), episodeCount },
    items: await timed(request, 'rewrite', Promise.all(items)),
    nextCursor,
    heartbeatSeconds: decided.isCounted ? HEARTBEAT_SECONDS : null,
    end,
    ...(query.isResuming && { resume: start.resume ?? null }),
  });
}

export type LocatedStart = FeedStart & { readonly resume: FeedWire['resume'] };

export async function locate({ env, claims, nowMs }: Asker, query: FeedQuery): Promise<LocatedStart | null> {
  const named = query.anchor === null ? null : await findEpisodeNumber(env.DB, query.anchor, nowMs);
  if (query.anchor !== null && named === null) return null;
  const name = query.series ?? named?.seriesId;
  const series = name === undefined ? null : await findSeries(env.DB, name, nowMs);
  // One without an episode that viewers may see is as unknown to them as that episode.
  if (series === null || series.episodeCount === 0 || (named !== null && named.seriesId !== series.id)) return null;
  if (query.anchor !== null && named !== null) {
    const anchor = { id: query.anchor, number: named.number };
    return { series, anchor, isInclusive: query.isInclusive, resume: null };
  }
  const resume = query.isResuming ? await findResume(env, claims.viewerId, series.id) : null;
  const place = resume === null ? null : await findEpisodeNumber(env.DB, resume.episodeId, nowMs);
  // The episode may be gone since.
  if (resume === null || place?.seriesId !== series.id)
    return { series, anchor: null, isInclusive: true, resume: null };
  const { episodeId, positionSeconds } = resume;
  const anchor = { id: episodeId, number: place.number };
  return { series, anchor, isInclusive: true, resume: { episodeId, positionSeconds } };
}

/** Without it the viewer begins at the beginning: no reason to show nothing. */
async function findResume(env: PlaybackEnv, viewerId: string, seriesId: string): Promise<ResumePoint | null> {
  try {
    return await viewerObject(env.VIEWERS, viewerId).resume({ seriesId });
  } catch (thrown) {
    log('error', 'viewer_unavailable', { reason: reasonOf(thrown) });
    return null;
  }
}

interface ItemShape {
  readonly env: PlaybackEnv;
  readonly origin: string;
  readonly minter: Minter;
  readonly languages: readonly string[];
}

async function feedItem(
  shape: ItemShape,
  episode: PlayableEpisode,
  decision: EpisodeDecision,
  index: number,
): Promise<FeedItemWire> {
  const minted = isUnplayedRental(decision) ? null : await mintForDecision(shape.minter, episode, decision);
  const images = minted ?? (await mintForImages(shape.minter, episode));
  const { id, seriesId, number, durationSeconds, survival, presentation } = episode;
  const { thumbhash, hasStoryboard } = presentation;
  const base = shape.origin + images.pathPrefix;
  return {
    episode: {
      ...{ id, seriesId, number, ...localiseTitle(episode, shape.languages), durationSeconds },
      ...(survival !== null && { survival }),
      ...(thumbhash !== null && { thumbhash }),
    },
    decision: decisionToWire(decision),
    playback: minted && (await playbackOf(shape, episode, minted, index < FEED_ITEMS_WITH_INITS)),
    posterUrl: `${base}/poster.jpg`,
    ...(hasStoryboard && decision.access === 'full' && { images: { storyboardUrl: `${base}/storyboard.vtt` } }),
  };
}

/** Playlists travel with the item: a start then needs no round trip before its first segment. */
async function playbackOf(
  { env, origin, minter }: ItemShape,
  episode: PlayableEpisode,
  minted: MintedPass,
  withInits: boolean,
): Promise<PlaybackWire | null> {
  const at = { assetId: episode.assetId, version: episode.version, pass: minted.pass };
  const base = origin + minted.pathPrefix;
  const url = `${base}/${multivariantName(episode.revision)}`;
  const renditions = coveredRenditions(minted.pass);
  const signer = segmentSigner(env, minter.nowSeconds);
  const { contentKey, presentation } = episode;
  // Of an imported version nobody knows what begins it, and a CDN serves what is stored and nothing else.
  const hasBundle = signer === null && !isImported(episode.version);
  const [inits, multivariant, ...media] = await Promise.all([
    hasBundle && withInits ? initsOf(env.MEDIA, at, base, renditions) : null,
    multivariantText(env.MEDIA, at, '', episode.revision),
    ...renditions.map((rendition) =>
      mediaText(env.MEDIA, at, { kind: 'media-playlist', rendition }, { signer, contentKey: () => contentKey }),
    ),
  ]);
  if (multivariant == null) return null;
  const playlists: Record<string, string> = { [url]: multivariant };
  for (const [index, text] of media.entries()) {
    if (text !== null) playlists[`${base}/v${renditions[index]}/media.m3u8`] = text;
  }
  return {
    url,
    expiresAt: new Date(minted.pass.expiresAtSeconds * 1_000).toISOString(),
    playableSeconds: minted.plan.playableSeconds,
    posterUrl: `${base}/poster.jpg`,
    playlists,
    startUrl: hasBundle ? `${base}/{rendition}/start` : null,
    ...(inits !== null && { inits }),
    ...(presentation.startBytes !== null && { startBytes: byRendition(presentation.startBytes, renditions) }),
    ...(contentKey?.scheme === 'cbcs' && { licenseUrl: `${base}/${contentKey.sealed}.license` }),
  };
}

/** One that is not stored is left out: the player asks for it, and hears why. */
async function initsOf(
  media: R2Bucket,
  at: PassedVersion,
  base: string,
  renditions: readonly number[],
): Promise<Record<string, string>> {
  const inits = renditions.map(async (rendition) => {
    const bytes = await loadInit(media, { ...at, object: { kind: 'init', rendition } });
    return bytes === null ? [] : [[`${base}/v${rendition}/init.mp4`, toBase64(bytes)] as const];
  });
  return Object.fromEntries((await Promise.all(inits)).flat());
}

function byRendition(values: readonly number[], renditions: readonly number[]): Record<string, number> {
  return Object.fromEntries(renditions.map((rendition) => [`v${rendition}`, values[rendition] ?? 0]));
}
