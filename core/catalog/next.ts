import { isAutomatic, isStory, type EpisodeGraph, type GraphEdge } from './graph.ts';

/** What an answer depends on beside the graph; all of it comes from the caller. */
export interface NextContext {
  readonly nowMs: number;
  /** The name of the choice that the viewer made; null = none. */
  readonly choice: string | null;
  /** 0 to 99, always the same for one viewer and experiment. */
  readonly bucketOf: (experiment: string) => number;
  /** `unknown` while it cannot be told: then no condition on it holds. */
  readonly accessTo: (episodeId: string) => 'full' | 'locked' | 'unknown';
}

export type NextReason = 'next-edge' | 'branch-choice' | 'branch-experiment' | 'branch-access' | 'next-number';

/** What comes next and why. `choices` are those that the viewer has here, whichever way the story goes without one. */
export type Next = { readonly choices: readonly GraphEdge[] } & (
  | {
      readonly kind: 'episode';
      readonly episodeId: string;
      readonly reason: NextReason;
      readonly edge: GraphEdge | null;
    }
  | { readonly kind: 'end'; readonly reason: 'end-of-series' | 'choice-needed' }
  | { readonly kind: 'choice-not-offered' }
);

type Step = { readonly to: string; readonly reason: NextReason; readonly edge: GraphEdge | null };

/**
 * The episode after `from` for one viewer. A choice goes first, then a condition that holds, then the choice that is
 * taken when none is made, then the `next` edge, then the number. What viewers cannot see is passed over, as if it had
 * been watched.
 */
export function nextOf(graph: EpisodeGraph, from: string, context: NextContext): Next {
  let choices: readonly GraphEdge[] = [];
  let at = from;
  // The graph has no circle to go round in by itself; the bound is for one that was stored without being checked.
  for (let passed = 0; passed <= graph.episodes.size; passed++) {
    const offered = choicesAt(graph, at, context);
    if (choices.length === 0) choices = offered;
    const picked = offered.find((edge) => edge.choice === context.choice);
    const step: Step | null = picked
      ? { to: picked.to, reason: 'branch-choice', edge: picked }
      : stepFrom(graph, at, offered, context);
    const isReached = step !== null && isOpen(graph, step.to, context.nowMs);
    if (isReached || step === null) {
      if (context.choice !== null && !picked) return { kind: 'choice-not-offered', choices };
      if (step === null)
        return { kind: 'end', reason: offered.length > 0 ? 'choice-needed' : 'end-of-series', choices };
      return { kind: 'episode', episodeId: step.to, reason: step.reason, edge: step.edge, choices };
    }
    at = step.to;
  }
  return { kind: 'end', reason: 'end-of-series', choices };
}

function stepFrom(graph: EpisodeGraph, at: string, offered: readonly GraphEdge[], context: NextContext): Step | null {
  const edges = (graph.out.get(at) ?? []).filter((edge) => edge.choice === null && holds(edge, context));
  const branch = edges.find(({ kind }) => kind === 'branch');
  if (branch)
    return { to: branch.to, reason: branch.when?.experiment ? 'branch-experiment' : 'branch-access', edge: branch };
  const preset = offered.find(({ autoplay }) => autoplay);
  if (preset) return { to: preset.to, reason: 'branch-choice', edge: preset };
  const next = edges.find(({ kind, when }) => kind === 'next' && when !== null) ?? edges.find((e) => e.kind === 'next');
  if (next) return { to: next.to, reason: 'next-edge', edge: next };
  if (offered.length > 0) return null;
  const byNumber = graph.byNumber.get(at);
  return byNumber === undefined ? null : { to: byNumber, reason: 'next-number', edge: null };
}

function choicesAt(graph: EpisodeGraph, at: string, context: NextContext): GraphEdge[] {
  return (graph.out.get(at) ?? []).filter(
    (edge) => edge.choice !== null && holds(edge, context) && isOpen(graph, edge.to, context.nowMs),
  );
}

/** Recaps or bonuses of an episode that this viewer gets. */
export function besides(graph: EpisodeGraph, at: string, kind: 'recap' | 'bonus', context: NextContext): string[] {
  return (graph.out.get(at) ?? [])
    .filter((edge) => edge.kind === kind && holds(edge, context) && isOpen(graph, edge.to, context.nowMs))
    .map(({ to }) => to);
}

function holds({ when, to }: GraphEdge, context: NextContext): boolean {
  if (when === null) return true;
  const { access, of, experiment } = when;
  if (access !== undefined && context.accessTo(of ?? to) !== access) return false;
  if (experiment === undefined) return true;
  const bucket = context.bucketOf(experiment.name);
  return experiment.from <= bucket && bucket < experiment.to;
}

export function isOpen(graph: EpisodeGraph, id: string, nowMs: number): boolean {
  const opensAtMs = graph.episodes.get(id)?.opensAtMs ?? null;
  return opensAtMs !== null && opensAtMs <= nowMs;
}

export interface Walk {
  readonly episodeIds: readonly string[];
  /** Why there is no more; null when the limit ended it. */
  readonly end: Extract<Next, { kind: 'end' }> | null;
}

/** Up to `limit` episodes after `from`, the viewer making no choice; with `isInclusive`, beginning with it. */
export function walk(
  graph: EpisodeGraph,
  from: string,
  { limit, isInclusive }: { readonly limit: number; readonly isInclusive: boolean },
  context: NextContext,
): Walk {
  const episodeIds: string[] = [];
  if (isInclusive && isOpen(graph, from, context.nowMs)) episodeIds.push(from);
  let at = from;
  while (episodeIds.length < limit) {
    const next = nextOf(graph, at, { ...context, choice: null });
    if (next.kind !== 'episode') return { episodeIds, end: next.kind === 'end' ? next : null };
    episodeIds.push(next.episodeId);
    at = next.episodeId;
  }
  return { episodeIds, end: null };
}

/**
 * Every episode that could be among the next `steps` after `from`, and those that a condition on the way asks about:
 * what a caller must know before it can walk. `isChoosing`: also where the viewer's choices at `from` lead.
 */
export function mayFollow(
  graph: EpisodeGraph,
  from: string,
  { steps, isChoosing, nowMs }: { readonly steps: number; readonly isChoosing: boolean; readonly nowMs: number },
): Set<string> {
  const found = new Set<string>();
  const seen = new Set([from]);
  let places = [from];
  for (let step = 0; step < steps && places.length > 0; step++) {
    const reached: string[] = [];
    // Grows while it is gone through: what cannot be seen is passed over and costs no step.
    for (const place of places) {
      for (const edge of graph.out.get(place) ?? []) {
        if (edge.when?.access !== undefined) found.add(edge.when.of ?? edge.to);
        if (isChoosing && !isStory(edge)) found.add(edge.to);
      }
      for (const id of waysFrom(graph, place, isChoosing)) {
        if (seen.has(id)) continue;
        seen.add(id);
        if (isOpen(graph, id, nowMs)) reached.push(id);
        else places.push(id);
      }
    }
    for (const id of reached) found.add(id);
    places = reached;
  }
  return found;
}

function waysFrom(graph: EpisodeGraph, place: string, isChoosing: boolean): string[] {
  const edges = (graph.out.get(place) ?? []).filter((edge) => (isChoosing ? isStory(edge) : isAutomatic(edge)));
  const byNumber = graph.byNumber.get(place);
  return [...edges.map(({ to }) => to), ...(byNumber === undefined ? [] : [byNumber])];
}
