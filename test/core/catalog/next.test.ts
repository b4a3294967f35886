import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildGraph, type GraphEdge, type GraphEpisode } from '#core/catalog/graph.ts';
import { besides, mayFollow, nextOf, walk, type NextContext } from '#core/catalog/next.ts';
import { validateGraph } from '#core/catalog/validate-graph.ts';
import { anyGraph, anyViewer, edge, episode, NOW_MS, viewer } from './graph-arbitrary.ts';

const SIX = [1, 2, 3, 4, 5, 6].map((number) => episode(number));
const ALL = { limit: 1_000, isInclusive: true };

/** The numbers of the way from episode 1 on. */
function way(edges: readonly GraphEdge[], context: NextContext = viewer(), episodes: GraphEpisode[] = SIX): string {
  const { episodeIds, end } = walk(buildGraph(episodes, edges), 'ep_1', ALL, context);
  return [...episodeIds.map((id) => id.slice(3)), end?.reason].join(' ');
}

describe('what comes next', () => {
  test('is the next number where no edge says anything', () => {
    expect(way([])).toBe('1 2 3 4 5 6 end-of-series');
    expect(nextOf(buildGraph(SIX, []), 'ep_2', viewer())).toMatchObject({ episodeId: 'ep_3', reason: 'next-number' });
  });

  test('is where the next edge leads, and numbers fill in the rest', () => {
    expect(way([edge(3, 5)])).toBe('1 2 3 5 6 end-of-series');
    expect(way([edge(1, 3), edge(3, 2)])).toBe('1 3 2 4 5 6 end-of-series');
    expect(nextOf(buildGraph(SIX, [edge(3, 5)]), 'ep_3', viewer())).toMatchObject({ reason: 'next-edge' });
  });

  test('never comes back by number to where an edge came from', () => {
    expect(way([edge(1, 3), edge(3, 4), edge(4, 2)])).toBe('1 3 4 2 5 6 end-of-series');
  });

  test('hangs on the bucket of an experiment', () => {
    const half = [edge(2, 4, { when: { experiment: { name: 'x', from: 50, to: 100 } } })];
    expect(way(half, viewer({ bucketOf: () => 49 }))).toBe('1 2 3 4 5 6 end-of-series');
    expect(way(half, viewer({ bucketOf: () => 50 }))).toBe('1 2 4 5 6 end-of-series');
    expect(nextOf(buildGraph(SIX, half), 'ep_2', viewer({ bucketOf: () => 99 }))).toMatchObject({
      reason: 'branch-experiment',
    });
  });

  test('is the paid continuation for who may play it, and the free one for who may not', () => {
    const paywall = [edge(2, 3, { when: { access: 'full' } }), edge(2, 6, { when: { access: 'locked', of: 'ep_3' } })];
    expect(way(paywall, viewer({ accessTo: () => 'full' }))).toBe('1 2 3 4 5 end-of-series');
    expect(way(paywall, viewer({ accessTo: (id) => (id === 'ep_3' ? 'locked' : 'full') }))).toBe('1 2 6 end-of-series');
  });

  test('takes no condition for true while what the viewer may play is not known', () => {
    const both = [edge(2, 5, { when: { access: 'full' } }), edge(2, 6, { when: { access: 'locked' } })];
    expect(way(both, viewer({ accessTo: () => 'unknown' }))).toMatch(/^1 2 3 /);
  });

  test('passes over what viewers cannot see: not published, or not released yet', () => {
    const episodes = [episode(1), episode(2, null), episode(3, NOW_MS + 1), episode(4), episode(5, NOW_MS), episode(6)];
    expect(way([], viewer(), episodes)).toBe('1 4 5 6 end-of-series');
    expect(way([edge(1, 3), edge(3, 5)], viewer(), episodes)).toBe('1 5 6 end-of-series');
  });
});

describe('a choice', () => {
  const endings = [edge(4, 5, { choice: 'stay' }), edge(4, 6, { choice: 'go' })];

  test('leads where it says; after one ending comes no other', () => {
    const graph = buildGraph(SIX, endings);
    expect(nextOf(graph, 'ep_4', viewer({ choice: 'go' }))).toMatchObject({
      episodeId: 'ep_6',
      reason: 'branch-choice',
    });
    expect(nextOf(graph, 'ep_5', viewer())).toMatchObject({ kind: 'end', reason: 'end-of-series' });
  });

  test('that is not made ends the way there, with what there is to choose', () => {
    expect(way(endings)).toBe('1 2 3 4 choice-needed');
    const { choices } = nextOf(buildGraph(SIX, endings), 'ep_4', viewer());
    expect(choices.map(({ choice }) => choice)).toEqual(['stay', 'go']);
  });

  test('that is the default is taken when none is made; else the next edge is', () => {
    expect(way([edge(2, 4, { choice: 'a', autoplay: true }), edge(2, 3, { choice: 'b' })])).toBe(
      '1 2 4 5 6 end-of-series',
    );
    expect(way([edge(2, 5, { choice: 'a' }), edge(2, 3)])).toBe('1 2 3 4 5 6 end-of-series');
  });

  test('may lead back: the viewer wants it so', () => {
    const again = edge(6, 1, { choice: 'again' });
    expect(validateGraph({ episodes: SIX, edges: [again], foreignEpisodeIds: new Set() })).toEqual([]);
    expect(nextOf(buildGraph(SIX, [again]), 'ep_6', viewer({ choice: 'again' }))).toMatchObject({ episodeId: 'ep_1' });
    expect(way([again])).toBe('1 2 3 4 5 6 choice-needed');
    expect(way([edge(4, 2, { choice: 'again' }), edge(4, 6, { choice: 'on' })])).toBe('1 2 3 4 choice-needed');
  });

  test('that the episode does not offer is refused with those that it does', () => {
    const graph = buildGraph([...SIX.slice(0, 5), episode(6, null)], endings);
    expect(nextOf(graph, 'ep_4', viewer({ choice: 'go' }))).toMatchObject({
      kind: 'choice-not-offered',
      choices: [{ choice: 'stay' }],
    });
    expect(nextOf(graph, 'ep_1', viewer({ choice: 'go' }))).toMatchObject({ kind: 'choice-not-offered', choices: [] });
  });
});

describe('a recap or a bonus', () => {
  const edges = [edge(3, 2, { kind: 'recap' }), edge(3, 5, { kind: 'bonus', when: { access: 'full' } })];

  test('that comes later by number stands beside the story and is not on the way', () => {
    expect(way(edges)).toBe('1 2 3 4 6 end-of-series');
  });

  test('of an episode of the story leaves it there', () => {
    expect(way([edge(1, 2), edge(2, 1, { kind: 'recap' })])).toBe('1 2 3 4 5 6 end-of-series');
    expect(way([edge(1, 2), edge(2, 3), edge(1, 3, { kind: 'bonus' })])).toBe('1 2 3 4 5 6 end-of-series');
  });

  test('is there for who meets its condition', () => {
    const graph = buildGraph(SIX, edges);
    expect(besides(graph, 'ep_3', 'recap', viewer())).toEqual(['ep_2']);
    expect(besides(graph, 'ep_3', 'bonus', viewer())).toEqual(['ep_5']);
    expect(besides(graph, 'ep_3', 'bonus', viewer({ accessTo: () => 'locked' }))).toEqual([]);
  });
});

describe('a way through any graph', () => {
  const isValid = (given: { episodes: GraphEpisode[]; edges: GraphEdge[] }): boolean =>
    validateGraph({ ...given, foreignEpisodeIds: new Set() }).every(({ severity }) => severity === 'warning');

  function everyWayEnds(isChecked: boolean): fc.IProperty<unknown> {
    return fc.property(anyGraph, anyViewer, (given, context) => {
      fc.pre(!isChecked || isValid(given));
      const graph = buildGraph(given.episodes, given.edges);
      for (const { id } of given.episodes) {
        const { episodeIds, end } = walk(graph, id, ALL, context);
        expect(end).not.toBeNull();
        expect(new Set(episodeIds).size).toBe(episodeIds.length);
      }
    });
  }

  test('that was accepted ends, whoever walks it', () => {
    fc.assert(everyWayEnds(true), { numRuns: 2_000 });
  });

  test('ends also after its episodes got other numbers: those are not checked again', () => {
    const property = fc.property(anyGraph.filter(isValid), anyViewer, ({ episodes, edges }, context) => {
      const renumbered = episodes.map((each, index) => ({ ...each, number: episodes.at(-1 - index)?.number ?? 0 }));
      const graph = buildGraph(renumbered, edges);
      for (const { id } of episodes) expect(walk(graph, id, ALL, context).end).not.toBeNull();
    });
    fc.assert(property, { numRuns: 1_000 });
  });

  test('would not always end if cycles were accepted: the property can fail', () => {
    expect(fc.check(everyWayEnds(false), { numRuns: 2_000 }).failed).toBe(true);
  });

  test('leads over what viewers can see only, and each step gives its reason', () => {
    const property = fc.property(anyGraph.filter(isValid), anyViewer, ({ episodes, edges }, context) => {
      const graph = buildGraph(episodes, edges);
      for (const { id } of episodes) {
        const next = nextOf(graph, id, context);
        if (next.kind !== 'episode') continue;
        const opensAtMs = graph.episodes.get(next.episodeId)?.opensAtMs ?? null;
        expect(opensAtMs !== null && opensAtMs <= NOW_MS).toBe(true);
        expect(next.edge === null).toBe(next.reason === 'next-number');
        if (next.edge) expect(edges).toContain(next.edge);
      }
    });
    fc.assert(property, { numRuns: 1_000 });
  });

  test('stays among the episodes that a caller is told to load', () => {
    const property = fc.property(
      anyGraph.filter(isValid),
      anyViewer,
      fc.nat(5),
      ({ episodes, edges }, context, limit) => {
        const graph = buildGraph(episodes, edges);
        for (const { id } of episodes) {
          const told = mayFollow(graph, id, { steps: limit, isChoosing: false, nowMs: NOW_MS });
          const { episodeIds } = walk(graph, id, { limit, isInclusive: false }, context);
          expect(episodeIds.filter((each) => !told.has(each))).toEqual([]);
        }
      },
    );
    fc.assert(property, { numRuns: 1_000 });
  });
});
