/** An episode as the graph sees it. */
export interface GraphEpisode {
  readonly id: string;
  readonly number: number;
  /** Viewers may see it from then on; null while it is not published or has nothing to play. */
  readonly opensAtMs: number | null;
}

export type EdgeKind = 'next' | 'branch' | 'recap' | 'bonus';

/** Holds when each part that is there holds. */
export interface EdgeCondition {
  /** Whether the viewer may play `of` (the edge's target, unless it names another episode) in full. */
  readonly access?: 'full' | 'locked' | undefined;
  readonly of?: string | undefined;
  /** The viewer's bucket of 0 to 99 is at least `from` and below `to`. */
  readonly experiment?: { readonly name: string; readonly from: number; readonly to: number } | undefined;
}

export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  readonly kind: EdgeKind;
  readonly when: EdgeCondition | null;
  /** The name of a viewer's choice; on a `branch` only. */
  readonly choice: string | null;
  /** Whether a player goes on by itself. On a choice: it is the one taken when the viewer makes none. */
  readonly autoplay: boolean;
}

/** A series' episodes with what leads from each, ready to be asked. */
export interface EpisodeGraph {
  readonly episodes: ReadonlyMap<string, GraphEpisode>;
  /** Where a feed begins; null for a series without episodes. */
  readonly firstId: string | null;
  readonly out: ReadonlyMap<string, readonly GraphEdge[]>;
  /** Where the story goes from an episode when no edge says: by number. */
  readonly byNumber: ReadonlyMap<string, string>;
}

/** Part of the story, as opposed to a recap or a bonus beside it. */
export function isStory(edge: GraphEdge): boolean {
  return edge.kind === 'next' || edge.kind === 'branch';
}

/** May be taken without the viewer saying anything. */
export function isAutomatic(edge: GraphEdge): boolean {
  return isStory(edge) && (edge.choice === null || edge.autoplay);
}

/** Edges are taken in the order given; one whose ends are not both among the episodes is left out. */
export function buildGraph(episodes: readonly GraphEpisode[], edges: readonly GraphEdge[]): EpisodeGraph {
  const byId = new Map(episodes.map((episode) => [episode.id, episode]));
  const out = new Map<string, GraphEdge[]>();
  for (const edge of edges) {
    if (!byId.has(edge.from) || !byId.has(edge.to)) continue;
    const list = out.get(edge.from);
    if (list) list.push(edge);
    else out.set(edge.from, [edge]);
  }
  const sorted = episodes.toSorted((a, b) => a.number - b.number);
  const inStory = new Set(edges.filter(isStory).map(({ to }) => to));
  const beside = new Set(edges.filter((edge) => !isStory(edge)).map(({ to }) => to));
  // Recaps and bonuses are watched from where they belong, never because their number is next.
  const line = sorted.filter(({ id }) => inStory.has(id) || !beside.has(id));
  return {
    episodes: byId,
    firstId: (line[0] ?? sorted[0])?.id ?? null,
    out,
    byNumber: linkByNumber(sorted, line, byId, out),
  };
}

/**
 * Numbers fill in what edges leave open: from an episode to the next higher number of the line. Not to another
 * alternative of the branching that led here (after one ending comes no second), and never back to where it came from:
 * so whatever numbers episodes get later, a walk ends.
 */
function linkByNumber(
  sorted: readonly GraphEpisode[],
  line: readonly GraphEpisode[],
  byId: ReadonlyMap<string, GraphEpisode>,
  out: ReadonlyMap<string, readonly GraphEdge[]>,
): Map<string, string> {
  const all = [...out.values()].flat();
  const alternatives = alternativesOf(out);
  const numberOf = (id: string): number => byId.get(id)?.number ?? 0;
  // Numbers only go up: without an edge that goes down there is no way back.
  const mayCircle = all.some((edge) => isAutomatic(edge) && numberOf(edge.to) <= numberOf(edge.from));
  const byNumber = new Map<string, string>();
  for (const { id, number } of sorted.toReversed()) {
    if (out.get(id)?.some((edge) => edge.kind === 'next' && edge.when === null)) continue;
    const next = line.find(
      (other) =>
        other.number > number &&
        alternatives.get(id)?.has(other.id) !== true &&
        !(mayCircle && leadsTo(other.id, id, out, byNumber)),
    );
    if (next) byNumber.set(id, next.id);
  }
  return byNumber;
}

/** Of each episode that a branch leads to, the other episodes that branches of the same place lead to. */
function alternativesOf(out: ReadonlyMap<string, readonly GraphEdge[]>): Map<string, Set<string>> {
  const alternatives = new Map<string, Set<string>>();
  for (const edges of out.values()) {
    const targets = edges.filter(({ kind }) => kind === 'branch').map(({ to }) => to);
    for (const target of targets) alternatives.set(target, new Set([...(alternatives.get(target) ?? []), ...targets]));
  }
  return alternatives;
}

function leadsTo(
  from: string,
  to: string,
  out: ReadonlyMap<string, readonly GraphEdge[]>,
  byNumber: ReadonlyMap<string, string>,
): boolean {
  const seen = new Set([from]);
  for (const id of seen) {
    if (id === to) return true;
    for (const edge of out.get(id) ?? []) if (isAutomatic(edge)) seen.add(edge.to);
    const next = byNumber.get(id);
    if (next !== undefined) seen.add(next);
  }
  return false;
}
