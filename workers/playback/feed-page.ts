import type { FeedEndWire } from '#core/catalog/feed-wire.ts';
import type { EpisodeGraph } from '#core/catalog/graph.ts';
import { mayFollow, walk } from '#core/catalog/next.ts';
import { LEASE_SECONDS } from '#core/entitlement/stream-limits.ts';
import { checkEpisode } from '#core/entitlement/token-restrictions.ts';
import type { Problem } from '#core/problem/codes.ts';
import { ok, type Result } from '#core/result.ts';
import type { PlayableEpisode, SeriesRow } from '#shared/db/playback-catalog.ts';
import { timed } from '#shared/http/server-timing.ts';
import {
  decideForStream,
  UNAVAILABLE,
  type DecisionPlace,
  type EpisodeDecision,
  type ViewerDecisions,
} from '#shared/playback/decide-episode.ts';
import { withBundleOffers } from '#shared/playback/series-access.ts';
import type { StreamVars } from '#shared/playback/stream-limits.ts';
import { contextFor } from './graph-context.ts';
import { findGraph, findPlayableEpisodes, listPlayableEpisodes } from './last-good-catalog.ts';
import { startRental } from './start-rental.ts';

/** Where a feed begins: at the episode, or behind it; without one, at the beginning of the series. */
export interface FeedStart {
  readonly series: SeriesRow;
  readonly anchor: { readonly id: string; readonly number: number } | null;
  readonly isInclusive: boolean;
}

export interface FeedPage {
  readonly episodes: readonly { readonly episode: PlayableEpisode; readonly decision: EpisodeDecision }[];
  readonly decided: ViewerDecisions & { readonly isCounted: boolean };
  readonly nextCursor: string | null;
  readonly end: FeedEndWire | null;
}

interface FeedRequest {
  readonly request: Request;
  readonly place: DecisionPlace & { readonly env: StreamVars };
  readonly start: FeedStart;
  readonly limit: number;
  /** The episode that is about to play: its rental, if it has one, begins. Of all others the feed begins none. */
  readonly starting: string | null;
}

/** The page's episodes, each with its decision. Those that the token does not cover are left out. */
export async function loadPage(asked: FeedRequest): Promise<Result<FeedPage, Problem>> {
  const page = await (asked.start.series.hasGraph ? pageByGraph(asked) : pageByNumber(asked));
  if (!page.ok) return page;
  return ok({ ...page.value, episodes: await withOffers(asked, page.value.episodes) });
}

/** Bundles are offered, and a rental begun, of what the page shows, not of all that was decided to find it. */
async function withOffers(
  { request, place, starting }: FeedRequest,
  decided: FeedPage['episodes'],
): Promise<FeedPage['episodes']> {
  const episodes = decided.map(({ episode }) => episode);
  const decisions = decided.map(({ decision }) => decision);
  const asked = { ...place, viewerId: place.claims.viewerId };
  const offered = await timed(request, 'decide', withBundleOffers(asked, episodes, decisions));
  return Promise.all(
    episodes.map(async (episode, index) => {
      const decision = offered[index] ?? UNAVAILABLE;
      return { episode, decision: episode.id === starting ? await startRental(place, starting, decision) : decision };
    }),
  );
}

async function pageByNumber({ request, place, start, limit }: FeedRequest): Promise<Result<FeedPage, Problem>> {
  const { series, anchor, isInclusive } = start;
  const fromNumber = anchor === null ? Number.MIN_SAFE_INTEGER : anchor.number + (isInclusive ? 0 : 1);
  const range = { seriesId: series.id, fromNumber, limit: limit + 1, nowMs: place.nowMs };
  const found = await timed(request, 'load', listPlayableEpisodes(place.env.DB, range));
  const page = found.slice(0, limit);
  const covered = page.filter((episode) => checkEpisode(place.claims, episode).ok);
  const decided = await timed(request, 'decide', decideForStream(place, covered, LEASE_SECONDS));
  if (!decided.ok) return decided;
  const isMore = found.length > limit;
  return ok({
    episodes: covered.map((episode, index) => ({ episode, decision: decided.value.decisions[index] ?? UNAVAILABLE })),
    decided: decided.value,
    nextCursor: isMore ? (page.at(-1)?.id ?? null) : null,
    end: isMore ? null : { reason: 'end-of-series', choices: [] },
  });
}

/** Where the way goes may hang on what the viewer has, so whatever may follow is decided first, then walked. */
async function pageByGraph(asked: FeedRequest): Promise<Result<FeedPage, Problem>> {
  const { request, place, start, limit } = asked;
  const { DB } = place.env;
  const graph = await timed(request, 'load', findGraph(DB, start.series.id, place.nowMs));
  // The last edge may have gone between the two reads.
  if (graph === null) return pageByNumber(asked);
  const from = start.anchor?.id ?? graph.firstId ?? '';
  const isInclusive = start.anchor === null || start.isInclusive;
  const candidates = mayFollow(graph, from, { steps: limit + 1, isChoosing: false, nowMs: place.nowMs }).add(from);
  const found = await timed(request, 'load', findPlayableEpisodes(DB, [...candidates], place.nowMs));
  const covered = found.filter((episode) => checkEpisode(place.claims, episode).ok);
  const decided = await timed(request, 'decide', decideForStream(place, covered, LEASE_SECONDS));
  if (!decided.ok) return decided;
  const { decisions } = decided.value;
  const byId = new Map(covered.map(({ id }, index) => [id, decisions[index] ?? UNAVAILABLE]));
  const context = await contextFor(graph, place, byId, null);
  const { episodeIds, end } = walk(graph, from, { limit: limit + 1, isInclusive }, context);
  const page = episodeIds.slice(0, limit);
  return ok({
    episodes: page.flatMap((id) => {
      const episode = covered.find((each) => each.id === id);
      return episode ? [{ episode, decision: byId.get(id) ?? UNAVAILABLE }] : [];
    }),
    decided: decided.value,
    nextCursor: episodeIds.length > limit ? (page.at(-1) ?? null) : null,
    end: episodeIds.length > limit || end === null ? null : endToWire(asked, graph, end),
  });
}

/** Only choices that the token covers; where it covers none, there is nothing to choose and the story ends here. */
function endToWire(
  { place, start }: FeedRequest,
  graph: EpisodeGraph,
  { reason, choices }: NonNullable<ReturnType<typeof walk>['end']>,
): FeedEndWire {
  const { id: seriesId, slug: seriesSlug } = start.series;
  const offered = choices.flatMap(({ choice, to: id }) => {
    const number = graph.episodes.get(id)?.number ?? Number.NaN;
    const isCovered = checkEpisode(place.claims, { id, seriesId, seriesSlug, number }).ok;
    return isCovered ? [{ choice: choice ?? '', episodeId: id }] : [];
  });
  return { reason: offered.length > 0 ? reason : 'end-of-series', choices: offered };
}
