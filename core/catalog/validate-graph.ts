import { buildGraph, isAutomatic, type GraphEdge, type GraphEpisode } from './graph.ts';

export type GraphFault =
  | 'cycle'
  | 'cross-series-edge'
  | 'unknown-episode'
  | 'duplicate-edge'
  | 'two-next-edges'
  | 'two-same-choices'
  | 'two-autoplay-choices'
  | 'branch-without-condition'
  | 'choice-not-on-branch'
  | 'unreachable';

/** What is wrong with a graph, with the edges (by their place in the list) and the episodes that show it. */
export interface GraphFinding {
  readonly code: GraphFault;
  /** Errors refuse the graph; a warning is stored with it. */
  readonly severity: 'error' | 'warning';
  readonly detail: string;
  readonly edgeIndexes: readonly number[];
  /** Of a cycle: the way round, ending where it began. */
  readonly episodeIds: readonly string[];
}

export interface GraphProposal {
  readonly episodes: readonly GraphEpisode[];
  readonly edges: readonly GraphEdge[];
  /** Of the ids that are not the series' own, those that are episodes of another. */
  readonly foreignEpisodeIds: ReadonlySet<string>;
}

export function validateGraph(proposal: GraphProposal): GraphFinding[] {
  const errors = [...faultsOfEnds(proposal), ...faultsOfForm(proposal.edges), ...ambiguities(proposal.edges)];
  const cycle = findCycle(proposal.edges);
  if (cycle) errors.push(cycle);
  // Unreachable from where, while edges are wrong? Only a graph that can be stored is asked.
  return errors.length > 0 ? errors : findUnreachable(proposal);
}

function error(code: GraphFault, edgeIndexes: readonly number[], episodeIds: readonly string[], detail: string) {
  return { code, severity: 'error', detail, edgeIndexes, episodeIds } as const;
}

function faultsOfEnds({ episodes, edges, foreignEpisodeIds }: GraphProposal): GraphFinding[] {
  const own = new Set(episodes.map(({ id }) => id));
  return edges.flatMap((edge, index) => {
    const ids = [edge.from, edge.to, ...(edge.when?.of === undefined ? [] : [edge.when.of])];
    return ids
      .filter((id) => !own.has(id))
      .map((id) =>
        foreignEpisodeIds.has(id)
          ? error('cross-series-edge', [index], [id], `Edge ${index} names ${id}, an episode of another series.`)
          : error('unknown-episode', [index], [id], `Edge ${index} names ${id}, which is no episode.`),
      );
  });
}

function faultsOfForm(edges: readonly GraphEdge[]): GraphFinding[] {
  return edges.flatMap((edge, index) => {
    const { from, kind, choice, when } = edge;
    if (kind !== 'branch' && choice !== null)
      return [
        error('choice-not-on-branch', [index], [from], `Edge ${index} is a ${kind}; only a branch has a choice.`),
      ];
    if (kind === 'branch' && choice === null && when === null)
      return [
        error(
          'branch-without-condition',
          [index],
          [from],
          `Edge ${index} is a branch without a choice or a condition.`,
        ),
      ];
    return [];
  });
}

/** Edges of which only one could ever be taken. */
function ambiguities(edges: readonly GraphEdge[]): GraphFinding[] {
  const rules: readonly [GraphFault, (edge: GraphEdge) => string | null, string][] = [
    [
      'duplicate-edge',
      ({ from, to, kind, choice, when }) => JSON.stringify([from, to, kind, choice, when]),
      'are the same',
    ],
    ['two-next-edges', (e) => (e.kind === 'next' && !e.when ? e.from : null), 'are both where the story goes next'],
    ['two-same-choices', (e) => (e.choice !== null && !e.when ? `${e.from} ${e.choice}` : null), 'have one choice'],
    [
      'two-autoplay-choices',
      (e) => (e.choice !== null && !e.when && e.autoplay ? e.from : null),
      'are both the default',
    ],
  ];
  return rules.flatMap(([code, keyOf, says]) => {
    const first = new Map<string, number>();
    return edges.flatMap((edge, index) => {
      const key = keyOf(edge);
      if (key === null) return [];
      const earlier = first.get(key);
      if (earlier === undefined) first.set(key, index);
      return earlier === undefined
        ? []
        : [error(code, [earlier, index], [edge.from], `Edges ${earlier} and ${index} ${says}.`)];
    });
  });
}

/** A way that leads back to where it began without the viewer choosing so: it would never end. */
function findCycle(edges: readonly GraphEdge[]): GraphFinding | null {
  const out = new Map<string, { readonly index: number; readonly to: string }[]>();
  for (const [index, edge] of edges.entries()) {
    if (isAutomatic(edge)) out.set(edge.from, [...(out.get(edge.from) ?? []), { index, to: edge.to }]);
  }
  const done = new Set<string>();
  for (const start of out.keys()) {
    // The way to where the search stands; a stack of its own, as 500 edges in a row are allowed.
    const way = [{ id: start, by: -1, rest: [...(out.get(start) ?? [])] }];
    for (let top = way.at(-1); top !== undefined; top = way.at(-1)) {
      const edge = top.rest.shift();
      if (edge === undefined) {
        done.add(top.id);
        way.pop();
      } else if (way.some(({ id }) => id === edge.to)) {
        const round = way.slice(way.findIndex(({ id }) => id === edge.to));
        const ids = [...round.map(({ id }) => id), edge.to];
        const indexes = [...round.slice(1).map(({ by }) => by), edge.index];
        return error('cycle', indexes, ids, `The story would never end: ${ids.join(' → ')}.`);
      } else if (!done.has(edge.to)) way.push({ id: edge.to, by: edge.index, rest: [...(out.get(edge.to) ?? [])] });
    }
  }
  return null;
}

function findUnreachable({ episodes, edges }: GraphProposal): GraphFinding[] {
  const graph = buildGraph(episodes, edges);
  if (graph.firstId === null) return [];
  const seen = new Set([graph.firstId]);
  for (const id of seen) {
    for (const { to } of graph.out.get(id) ?? []) seen.add(to);
    const next = graph.byNumber.get(id);
    if (next !== undefined) seen.add(next);
  }
  return episodes
    .filter(({ id }) => !seen.has(id))
    .map(({ id, number }) => ({
      code: 'unreachable',
      severity: 'warning',
      detail: `Nothing leads to episode ${number} (${id}).`,
      edgeIndexes: [],
      episodeIds: [id],
    }));
}
