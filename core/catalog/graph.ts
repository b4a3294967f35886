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
  const numberOf = (id: string): number => byId.get(id)?.number ?? 0;
  const inStory = new Set(edges.filter(isStory).map(({ to }) => to));
  const ahead = edges.filter((edge) => !isStory(edge) && numberOf(edge.to) > numberOf(edge.from));
  const beside = new Set(ahead.map(({ to }) => to));
  // A recap or a bonus is watched from where it belongs, not because its number is next. One that comes earlier by
  // number has had its turn: an episode that a later one recaps stays in the story.
  const line = sorted.filter(({ id }) => inStory.has(id) || !beside.has(id));
  return {
    episodes: byId,
    firstId: (line[0] ?? sorted[0])?.id ?? null,
    out,
    byNumber: linkByNumber(sorted, line, numberOf, out),
  };
}

/**
 * Numbers fill in what edges leave open: from an episode to the next higher number of the line. Not to an alternative
 * of a branching, which only its branch leads to (after one ending comes no second), and never back to where it came
 * from: so whatever numbers episodes get later, a walk ends.
 */
function linkByNumber(
  sorted: readonly GraphEpisode[],
  line: readonly GraphEpisode[],
  numberOf: (id: string) => number,
  out: ReadonlyMap<string, readonly GraphEdge[]>,
): Map<string, string> {
  const all = [...out.values()].flat();
  const alternatives = alternativesOf(out, numberOf);
  // Numbers only go up: without an edge that goes down there is no way back.
  const mayCircle = all.some((edge) => isAutomatic(edge) && numberOf(edge.to) <= numberOf(edge.from));
  const byNumber = new Map<string, string>();
  for (const { id, number } of sorted.toReversed()) {
    if (out.get(id)?.some((edge) => edge.kind === 'next' && edge.when === null)) continue;
    const next = line.find(
      (other) =>
        other.number > number && !alternatives.has(other.id) && !(mayCircle && leadsTo(other.id, id, out, byNumber)),
    );
    if (next) byNumber.set(id, next.id);
  }
  return byNumber;
}

/** Where a branching of two or more leads on to. One that leads back leads to an episode with a place of its own. */
function alternativesOf(
  out: ReadonlyMap<string, readonly GraphEdge[]>,
  numberOf: (id: string) => number,
): ReadonlySet<string> {
  const alternatives = new Set<string>();
  for (const [from, edges] of out) {
    const ahead = edges.filter(({ kind, to }) => kind === 'branch' && numberOf(to) > numberOf(from));
    const targets = new Set(ahead.map(({ to }) => to));
    if (targets.size > 1) for (const target of targets) alternatives.add(target);
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
