import type { Context } from 'hono';
import { buildGraph, type GraphEdge } from '#core/catalog/graph.ts';
import { besides, mayFollow, nextOf } from '#core/catalog/next.ts';
import { checkEpisode } from '#core/entitlement/token-restrictions.ts';
import type { PlayableEpisode } from '#shared/db/playback-catalog.ts';
import { problemResponse } from '#shared/http/problem.ts';
import { countryOf, restrictedProblem } from '#shared/http/viewer-auth.ts';
import { decideForViewer, decisionToWire, UNAVAILABLE } from '#shared/playback/decide-episode.ts';
import { withBundleOffers } from '#shared/playback/series-access.ts';
import { askerOf } from '../asker.ts';
import { contextFor } from '../graph-context.ts';
import { findGraph, findPlayableEpisode, findPlayableEpisodes, listPlayableEpisodes } from '../last-good-catalog.ts';
import { localiseTitle, wantedLanguages } from '../localised-title.ts';
import { missingEpisode } from '../missing-episode.ts';

/** `GET /v1/episodes/{episode}/next?choice=`: what comes next and why. */
export async function handleNext(c: Context<{ Bindings: PlaybackEnv }>): Promise<Response> {
  const { DB } = c.env;
  const asker = await askerOf(c.env, c.req.raw);
  if (!asker.ok) return problemResponse(asker.error);
  const { claims, nowMs } = asker.value;
  const episodeId = c.req.param('episode') ?? '';
  const current = await findPlayableEpisode(DB, episodeId, nowMs);
  if (!current) return problemResponse(await missingEpisode(DB, episodeId));
  const allowed = checkEpisode(claims, current);
  if (!allowed.ok) return problemResponse(restrictedProblem(allowed.error));

  const behind = { seriesId: current.seriesId, fromNumber: current.number + 1, limit: 1, nowMs };
  const [stored, following] = await Promise.all([
    findGraph(DB, current.seriesId, nowMs),
    listPlayableEpisodes(DB, behind),
  ]);
  const graph = stored ?? buildGraph([current, ...following].map(asOpen), []);
  const candidates = stored
    ? await findPlayableEpisodes(DB, [...mayFollow(graph, current.id, { steps: 1, isChoosing: true, nowMs })], nowMs)
    : following;
  const covered = candidates.filter((episode) => checkEpisode(claims, episode).ok);
  const place = { env: c.env, claims, country: countryOf(c.req.raw), nowMs };
  const decided = await decideForViewer(place, covered);
  if (!decided.ok) return problemResponse(decided.error);
  const { decisions } = decided.value;
  const byId = new Map(covered.map(({ id }, index) => [id, decisions[index] ?? UNAVAILABLE]));

  const context = await contextFor(graph, place, byId, c.req.query('choice') ?? null);
  const next = nextOf(graph, current.id, context);
  const languages = wantedLanguages(c.req.raw);
  const show = (id: string) => covered.filter((episode) => episode.id === id).map((each) => toWire(each, languages));
  const choices = next.choices.flatMap(({ choice, to }) => show(to).map((episode) => ({ choice, episode })));
  if (next.kind === 'choice-not-offered') {
    const detail = 'Ask without a choice for those that there are.';
    return problemResponse({ code: 'choice-not-offered', detail, members: { choices } });
  }
  const beside = (kind: 'recap' | 'bonus') => besides(graph, current.id, kind, context).flatMap(show);
  const around = { choices, recap: beside('recap'), bonus: beside('bonus') };
  const [episode] = next.kind === 'episode' ? show(next.episodeId) : [];
  const headers = { 'Cache-Control': 'private, no-store' };
  // Without a choice that the token covers, nothing is there to choose.
  const isOver = next.kind === 'end' && (next.reason === 'end-of-series' || choices.length > 0);
  if (isOver) return c.json({ episode: null, reason: next.reason, ...around }, 200, headers);
  if (next.kind === 'end' || episode === undefined)
    return c.json({ episode: null, reason: 'end-of-token', ...around }, 200, headers);
  const { reason, edge } = next;
  const found = covered.filter(({ id }) => id === episode.id);
  const asked = { ...place, viewerId: claims.viewerId };
  const [offered] = await withBundleOffers(asked, found, [byId.get(episode.id) ?? UNAVAILABLE]);
  const decision = decisionToWire(offered ?? UNAVAILABLE);
  const why = { reason, via: edge && viaToWire(edge), autoplay: edge?.autoplay ?? true };
  return c.json({ episode, ...why, decision, ...around }, 200, headers);
}

/** It was read as one that viewers may see. */
function asOpen({ id, number }: PlayableEpisode) {
  return { id, number, opensAtMs: 0 };
}

function toWire(episode: PlayableEpisode, languages: readonly string[]) {
  const { id, seriesId, number, durationSeconds } = episode;
  return { id, seriesId, number, ...localiseTitle(episode, languages), durationSeconds };
}

/** The edge that was taken, without ids: an episode that was passed over is not for viewers to know of. */
function viaToWire({ kind, choice, when }: GraphEdge) {
  return { kind, choice, access: when?.access ?? null, experiment: when?.experiment?.name ?? null };
}
