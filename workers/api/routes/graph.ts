import { Hono } from 'hono';
import type { GraphEdge } from '#core/catalog/graph.ts';
import { MAX_EXPERIMENTS } from '#core/catalog/limits.ts';
import { validateGraph, type GraphFinding } from '#core/catalog/validate-graph.ts';
import { ProblemError } from '#shared/http/problem.ts';
import { listEpisodes, type EpisodeView, type SeriesRecord } from '../db/catalog.ts';
import { findEpisodeIds, listEdges, replaceEdges } from '../db/graph.ts';
import { readJson } from '../http/body.ts';
import { isoOrNull, type ApiContext, type ApiVariables, type Db } from '../http/context.ts';
import { matchedVersion, preconditionFailed, tagged, type Representation } from '../http/entity-tag.ts';
import { MAX_GRAPH_BYTES } from '../limits.ts';
import { graphInput, type EdgeInput } from './catalog-schemas.ts';
import { requireSeries, requireSeriesById } from './require-catalog.ts';

/** How the episodes of a series lead to each other. Mounted below `/v1/series`, behind its scope. */
export const graphRoutes = new Hono<{ Bindings: ApiEnv; Variables: ApiVariables }>();

graphRoutes.get('/:series/graph', async (c) => {
  const series = await requireSeries(c);
  const [views, edges] = await Promise.all([allEpisodes(c.var.db, series.id), listEdges(c.var.db, series.id)]);
  const findings = validateGraph({ episodes: views.map(toGraphEpisode), edges, foreignEpisodeIds: new Set() });
  return tagged(c, represented(series, views, edges, findings));
});

graphRoutes.put('/:series/graph', async (c) => {
  const series = await requireSeries(c);
  const { edges: input } = await readJson(c.req.raw, graphInput, MAX_GRAPH_BYTES);
  const edges = input.map(toEdge);
  const views = await allEpisodes(c.var.db, series.id);
  const version = await insistedVersion(c, series, views);
  const findings = validateGraph({
    episodes: views.map(toGraphEpisode),
    edges,
    foreignEpisodeIds: await findEpisodeIds(c.var.db, namedIds(edges)),
  });
  requireValid(findings);
  requireFewExperiments(edges);
  const outcome = await replaceEdges(c.var.db, series.id, edges, version);
  if (outcome === 'stale') throw preconditionFailed();
  if (outcome === 'refused')
    throw new ProblemError({ code: 'conflict', detail: 'An episode of the graph was deleted meanwhile.' });
  return tagged(c, represented(await requireSeriesById(c, series.id), views, edges, findings));
});

/** null without If-Match; then what is there now need not be read. */
async function insistedVersion(
  c: ApiContext,
  series: SeriesRecord,
  views: readonly EpisodeView[],
): Promise<number | null> {
  if (c.req.header('If-Match') === undefined) return null;
  const edges = await listEdges(c.var.db, series.id);
  const findings = validateGraph({ episodes: views.map(toGraphEpisode), edges, foreignEpisodeIds: new Set() });
  return matchedVersion(c, represented(series, views, edges, findings));
}

function requireValid(findings: readonly GraphFinding[]): void {
  const errors = findings.filter(({ severity }) => severity === 'error');
  if (errors.length === 0) return;
  throw new ProblemError({
    code: 'graph-invalid',
    detail: errors
      .map(({ detail }) => detail)
      .slice(0, 3)
      .join(' '),
    members: { findings: errors },
  });
}

function requireFewExperiments(edges: readonly GraphEdge[]): void {
  const names = new Set(edges.flatMap(({ when }) => when?.experiment?.name ?? []));
  if (names.size > MAX_EXPERIMENTS)
    throw new ProblemError({ code: 'invalid-request', detail: `A graph has at most ${MAX_EXPERIMENTS} experiments.` });
}

function allEpisodes(db: Db, seriesId: string): Promise<EpisodeView[]> {
  return listEpisodes(db, seriesId, -1, Number.MAX_SAFE_INTEGER);
}

function namedIds(edges: readonly GraphEdge[]): string[] {
  return [...new Set(edges.flatMap(({ from, to, when }) => [from, to, ...(when?.of === undefined ? [] : [when.of])]))];
}

/** A player goes on by itself, except where its viewer is to choose. */
function toEdge({ from, to, kind, when, choice, autoplay }: EdgeInput): GraphEdge {
  return { from, to, kind, when: when ?? null, choice: choice ?? null, autoplay: autoplay ?? choice == null };
}

/** What leads where does not hang on what viewers see at the moment. */
function toGraphEpisode({ episode: { id, number } }: EpisodeView) {
  return { id, number, opensAtMs: 0 };
}

function represented(
  series: SeriesRecord,
  views: readonly EpisodeView[],
  edges: readonly GraphEdge[],
  findings: readonly GraphFinding[],
): Representation {
  const body = {
    seriesId: series.id,
    version: series.graphVersion,
    nodes: views.map(({ episode, state }) => ({
      id: episode.id,
      number: episode.number,
      title: episode.title,
      state,
      tier: episode.tier,
      seasonId: episode.seasonId,
      arcId: episode.arcId,
      releaseAt: isoOrNull(episode.releaseAt),
    })),
    edges: edges.map(edgeToWire),
    warnings: findings,
  };
  return { version: series.graphVersion, body };
}

function edgeToWire({ from, to, kind, when, choice, autoplay }: GraphEdge) {
  return { from, to, kind, ...(when && { when }), ...(choice !== null && { choice }), autoplay };
}
