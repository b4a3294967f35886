import type { Context } from 'hono';
import type { FeedItemWire, FeedWire, PlaybackWire } from '#core/catalog/feed-wire.ts';
import { checkEpisode, checkSeries } from '#core/entitlement/token-restrictions.ts';
import type { PlayableEpisode } from '#shared/db/playback-catalog.ts';
import { problemResponse } from '#shared/http/problem.ts';
import { timed } from '#shared/http/server-timing.ts';
import { authenticateViewer, countryOf, restrictedProblem } from '#shared/http/viewer-auth.ts';
import { decideForViewer, decisionToWire, UNAVAILABLE, type EpisodeDecision } from '#shared/playback/decide-episode.ts';
import { withBundleOffers } from '#shared/playback/series-access.ts';
import { findEpisodeNumber, findSeries, listPlayableEpisodes } from '../last-good-catalog.ts';
import { DEFAULT_FEED_LIMIT, MAX_FEED_LIMIT } from '../limits.ts';
import { mintForDecision, mintForImages, minterOf, type MintedPass, type Minter } from '../mint.ts';
import { coveredRenditions, mediaText, multivariantText } from '../playlists.ts';
import { segmentSigner } from '../segment-signer.ts';
import { isUnplayedRental, startRental } from '../start-rental.ts';

interface FeedQuery {
  readonly series: string | null;
  /** Start behind this episode (`after`, `cursor`) or at it (`at`). */
  readonly anchor: string | null;
  readonly isInclusive: boolean;
  readonly limit: number;
  /** The episode that is about to play: its rental, if it has one, begins. Of all others the feed begins none. */
  readonly starting: string | null;
}

/** `GET /v1/feed?series=&after=&limit=&start=`: the next episodes, each with its decision and what it takes to start it. */
export async function handleFeed(c: Context<{ Bindings: PlaybackEnv }>): Promise<Response> {
  const nowMs = Date.now();
  const claims = await timed(c.req.raw, 'verify', authenticateViewer(c.env.DB, c.req.raw, nowMs));
  if (!claims.ok) return problemResponse(claims.error);
  const url = new URL(c.req.url);
  const query = parseQuery(url.searchParams);
  if (query === null)
    return problemResponse({
      code: 'invalid-request',
      detail: `limit must be a whole number from 1 to ${MAX_FEED_LIMIT}.`,
    });
  if (query.series === null && query.anchor === null)
    return problemResponse({
      code: 'invalid-request',
      detail: 'Name a series as ?series= (id or slug), or an episode to go on from as ?after=.',
    });
  const start = await timed(c.req.raw, 'load', locate(c.env.DB, query, nowMs));
  if (!start)
    return problemResponse({
      code: query.anchor === null ? 'series-not-found' : 'episode-not-found',
      detail: 'Name a series by id or slug, or an episode to start from.',
    });
  const covered = checkSeries(claims.value, start.series);
  if (!covered.ok) return problemResponse(restrictedProblem(covered.error));
  const range = { seriesId: start.series.id, fromNumber: start.fromNumber, limit: query.limit + 1, nowMs };
  const found = await timed(c.req.raw, 'load', listPlayableEpisodes(c.env.DB, range));
  const page = found.slice(0, query.limit);
  const episodes = page.filter((episode) => checkEpisode(claims.value, episode).ok);
  const place = { env: c.env, claims: claims.value, country: countryOf(c.req.raw), nowMs };
  const decided = await timed(c.req.raw, 'decide', decideForViewer(place, episodes));
  if (!decided.ok) return problemResponse(decided.error);
  const asked = { ...place, viewerId: claims.value.viewerId };
  const offered = await timed(c.req.raw, 'decide', withBundleOffers(asked, episodes, decided.value.decisions));
  const startingAt = episodes.findIndex(({ id }) => id === query.starting);
  const decisions = [...offered];
  const starting = decisions[startingAt];
  if (query.starting !== null && starting !== undefined)
    decisions[startingAt] = await startRental(place, query.starting, starting);
  const minter = minterOf(place, decided.value);
  const shape = { env: c.env, origin: url.origin, minter };
  const items = episodes.map((episode, index) => feedItem(shape, episode, decisions[index] ?? UNAVAILABLE));
  const body: FeedWire = {
    series: start.series,
    items: await timed(c.req.raw, 'rewrite', Promise.all(items)),
    nextCursor: found.length > query.limit ? (page.at(-1)?.id ?? null) : null,
  };
  return c.json(body, 200, { 'Cache-Control': 'private, no-store' });
}

interface ItemShape {
  readonly env: PlaybackEnv;
  readonly origin: string;
  readonly minter: Minter;
}

async function feedItem(shape: ItemShape, episode: PlayableEpisode, decision: EpisodeDecision): Promise<FeedItemWire> {
  const minted = isUnplayedRental(decision) ? null : await mintForDecision(shape.minter, episode, decision);
  const images = minted ?? (await mintForImages(shape.minter, episode));
  const { id, seriesId, number, title, durationSeconds } = episode;
  return {
    episode: { id, seriesId, number, title, durationSeconds },
    decision: decisionToWire(decision),
    playback: minted && (await playbackOf(shape, episode, minted)),
    posterUrl: `${shape.origin}${images.pathPrefix}/poster.jpg`,
  };
}

/** Playlists travel with the item: a start then needs no round trip before its first segment. */
async function playbackOf(
  { env, origin, minter }: ItemShape,
  episode: PlayableEpisode,
  minted: MintedPass,
): Promise<PlaybackWire | null> {
  const at = { assetId: episode.assetId, version: episode.version, pass: minted.pass };
  const base = origin + minted.pathPrefix;
  const renditions = coveredRenditions(minted.pass);
  const signer = segmentSigner(env, minter.nowSeconds);
  const [multivariant, ...media] = await Promise.all([
    multivariantText(env.MEDIA, at, ''),
    ...renditions.map((rendition) => mediaText(env.MEDIA, at, rendition, signer)),
  ]);
  if (multivariant == null) return null;
  const playlists: Record<string, string> = { [`${base}/multivariant.m3u8`]: multivariant };
  for (const [index, text] of media.entries()) {
    if (text !== null) playlists[`${base}/v${renditions[index]}/media.m3u8`] = text;
  }
  return {
    url: `${base}/multivariant.m3u8`,
    expiresAt: new Date(minted.pass.expiresAtSeconds * 1_000).toISOString(),
    playableSeconds: minted.plan.playableSeconds,
    posterUrl: `${base}/poster.jpg`,
    playlists,
  };
}

function parseQuery(params: URLSearchParams): FeedQuery | null {
  const limit = params.get('limit') ?? String(DEFAULT_FEED_LIMIT);
  if (!/^[0-9]{1,3}$/.test(limit) || Number(limit) < 1 || Number(limit) > MAX_FEED_LIMIT) return null;
  const at = params.get('at');
  return {
    series: params.get('series'),
    anchor: at ?? params.get('after') ?? params.get('cursor'),
    isInclusive: at !== null,
    limit: Number(limit),
    starting: params.get('start'),
  };
}

async function locate(db: D1Database, query: FeedQuery, nowMs: number) {
  const anchor = query.anchor === null ? null : await findEpisodeNumber(db, query.anchor, nowMs);
  if (query.anchor !== null && anchor === null) return null;
  const name = query.series ?? anchor?.seriesId;
  const series = name === undefined ? null : await findSeries(db, name, nowMs);
  if (series === null || (anchor !== null && anchor.seriesId !== series.id)) return null;
  const fromNumber = anchor === null ? Number.MIN_SAFE_INTEGER : anchor.number + (query.isInclusive ? 0 : 1);
  return { series, fromNumber };
}
