/** Series and edges of every shape, right and wrong, and viewers to walk them. */
import fc from 'fast-check';
import type { GraphEdge, GraphEpisode } from '#core/catalog/graph.ts';
import type { NextContext } from '#core/catalog/next.ts';

export const NOW_MS = 1_795_348_800_000;

export function episode(number: number, opensAtMs: number | null = 0): GraphEpisode {
  return { id: `ep_${number}`, number, opensAtMs };
}

export function edge(from: number, to: number, more: Partial<GraphEdge> = {}): GraphEdge {
  const kind = more.kind ?? (more.choice === undefined && more.when === undefined ? 'next' : 'branch');
  const choice = more.choice ?? null;
  return { from: `ep_${from}`, to: `ep_${to}`, when: null, autoplay: choice === null, ...more, kind, choice };
}

export function viewer(more: Partial<NextContext> = {}): NextContext {
  return { nowMs: NOW_MS, choice: null, bucketOf: () => 0, accessTo: () => 'full', ...more };
}

const episodes = fc
  .uniqueArray(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 12 })
  .chain((numbers) =>
    fc.tuple(
      ...numbers.map((number) => fc.constantFrom(0, 0, 0, null, NOW_MS + 1).map((opens) => episode(number, opens))),
    ),
  );

const when = fc.option(
  fc.oneof(
    fc.constantFrom('full', 'locked').map((access) => ({ access })),
    fc
      .tuple(fc.nat(50), fc.integer({ min: 51, max: 100 }))
      .map(([from, to]) => ({ experiment: { name: 'x', from, to } })),
  ),
);

export const anyGraph = episodes.chain((list) => {
  const id = fc.constantFrom(...list.map((each) => each.id));
  const anyEdge = fc.record({
    from: id,
    to: id,
    kind: fc.constantFrom('next', 'next', 'branch', 'branch', 'recap', 'bonus'),
    when,
    choice: fc.option(fc.constantFrom('stay', 'go')),
    autoplay: fc.boolean(),
  }) as fc.Arbitrary<GraphEdge>;
  return fc.record({ episodes: fc.constant(list as GraphEpisode[]), edges: fc.array(anyEdge, { maxLength: 14 }) });
});

/** A viewer who may know another bucket and another access at each question: the most that a walk can be confused. */
export const anyViewer = fc.infiniteStream(fc.nat(99)).map((stream) => {
  const draw = (): number => stream.next().value ?? 0;
  return viewer({
    bucketOf: draw,
    accessTo: () => (['full', 'locked', 'unknown'] as const)[draw() % 3] ?? 'unknown',
  });
});
