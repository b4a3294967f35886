import { describe, expect, test } from 'vitest';
import type { GraphEdge } from '#core/catalog/graph.ts';
import { validateGraph } from '#core/catalog/validate-graph.ts';
import { edge, episode } from './graph-arbitrary.ts';

const FIVE = [1, 2, 3, 4, 5].map((number) => episode(number));
const check = (edges: readonly GraphEdge[]) =>
  validateGraph({ episodes: FIVE, edges, foreignEpisodeIds: new Set(['ep_77']) });
const codes = (edges: readonly GraphEdge[]) => check(edges).map(({ code, severity }) => [code, severity]);

describe('a graph', () => {
  test('of nothing, and one that goes on, are accepted', () => {
    expect(check([])).toEqual([]);
    expect(check([edge(1, 2), edge(2, 4), edge(4, 3)])).toEqual([]);
  });

  test('that goes round is refused with the way round', () => {
    expect(check([edge(1, 2), edge(2, 3), edge(3, 4), edge(4, 2)])).toEqual([
      {
        code: 'cycle',
        severity: 'error',
        detail: 'The story would never end: ep_2 → ep_3 → ep_4 → ep_2.',
        edgeIndexes: [1, 2, 3],
        episodeIds: ['ep_2', 'ep_3', 'ep_4', 'ep_2'],
      },
    ]);
    expect(codes([edge(3, 3)])).toEqual([['cycle', 'error']]);
  });

  test.each([
    ['a condition', edge(4, 2, { when: { access: 'locked' } })],
    ['an experiment', edge(4, 2, { when: { experiment: { name: 'x', from: 0, to: 50 } } })],
    ['a choice that is the default', edge(4, 2, { choice: 'back', autoplay: true })],
  ])('that goes round by %s is refused too: nobody asked for it', (_, back) => {
    expect(codes([edge(2, 4), back])).toEqual([['cycle', 'error']]);
  });

  test.each([
    ['an episode of another series', edge(1, 77), 'cross-series-edge'],
    ['a condition about one', edge(1, 2, { when: { access: 'full', of: 'ep_77' } }), 'cross-series-edge'],
    ['an episode that is not there', edge(1, 99), 'unknown-episode'],
    ['a branch without a choice or a condition', edge(1, 2, { kind: 'branch' }), 'branch-without-condition'],
    ['a choice on a next edge', edge(1, 2, { kind: 'next', choice: 'x' }), 'choice-not-on-branch'],
  ])('with %s is refused', (_, wrong, code) => {
    expect(check([edge(2, 3), wrong])).toMatchObject([{ code, severity: 'error', edgeIndexes: [1] }]);
  });

  test.each([
    ['the same edge twice', [edge(1, 2, { kind: 'recap' }), edge(1, 2, { kind: 'recap' })], 'duplicate-edge'],
    ['two ways on without a condition', [edge(1, 2), edge(1, 3)], 'two-next-edges'],
    ['one choice that leads to two', [edge(1, 2, { choice: 'a' }), edge(1, 3, { choice: 'a' })], 'two-same-choices'],
    [
      'two defaults',
      [edge(1, 2, { choice: 'a', autoplay: true }), edge(1, 3, { choice: 'b', autoplay: true })],
      'two-autoplay-choices',
    ],
  ])('with %s is refused', (_, edges, code) => {
    expect(check(edges)).toMatchObject([{ code, severity: 'error', edgeIndexes: [0, 1] }]);
  });

  test('that leaves an episode out is accepted, and says which', () => {
    expect(check([edge(1, 4)])).toMatchObject([
      { code: 'unreachable', severity: 'warning', episodeIds: ['ep_2'] },
      { code: 'unreachable', severity: 'warning', episodeIds: ['ep_3'] },
    ]);
  });
});
