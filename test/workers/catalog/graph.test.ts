/** The graph as operators write it and viewers follow it. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { apiFetch, edgeFetch } from '../../support/edge.ts';
import { expectProblem, jsonOf, statusOf } from '../support/http.ts';
import { createEpisode, createSeries, publishedEpisode, type SeriesWire } from '../support/library.ts';
import { newViewerId, removeBackendKeys, viewerToken } from '../support/tokens.ts';
import { asViewer, credit, feed, grant, unlock } from '../support/viewers.ts';

interface Edge {
  readonly from: string;
  readonly to: string;
  readonly kind: string;
  readonly [field: string]: unknown;
}
interface GraphWire {
  readonly version: number;
  readonly nodes: readonly { readonly id: string; readonly number: number }[];
  readonly edges: readonly Edge[];
  readonly warnings: readonly { readonly code: string; readonly episodeIds: readonly string[] }[];
}
interface NextWire {
  readonly episode: { readonly id: string; readonly title: string } | null;
  readonly reason: string;
  readonly choices: readonly { readonly choice: string; readonly episode: { readonly id: string } }[];
  readonly recap: readonly { readonly id: string }[];
  readonly bonus: readonly { readonly id: string }[];
}

const viewer = newViewerId();
let token = '';
let series: SeriesWire;
/** By number; 1 and 2 are free, 6 is a draft. */
const ids: string[] = [''];
const id = (number: number): string => ids[number] ?? '';

beforeAll(async () => {
  token = await viewerToken(viewer);
  series = await createSeries({ freeEpisodes: 2, coinPrice: 10 });
  for (const number of [1, 2, 3, 4, 5]) ids.push((await publishedEpisode(series.id, number)).id);
  ids.push((await createEpisode(series.id, 6)).id);
  ids.push((await publishedEpisode(series.id, 7)).id);
});
afterAll(removeBackendKeys);

const edge = (from: number, to: number, more: object = {}): Edge => ({
  from: id(from),
  to: id(to),
  kind: 'next',
  ...more,
});
const branch = (from: number, to: number, more: object): Edge => edge(from, to, { kind: 'branch', ...more });
const putGraph = (edges: readonly object[], at = series.id): Promise<Response> =>
  apiFetch(`/v1/series/${at}/graph`, { method: 'PUT', json: { edges } });
const setGraph = async (...edges: Edge[]): Promise<GraphWire> => jsonOf<GraphWire>(await putGraph(edges));
const askNext = (number: number, query = '', as = token): Promise<Response> =>
  edgeFetch(`/v1/episodes/${id(number)}/next${query}`, asViewer(as));
const next = async (number: number, query = '', as = token): Promise<NextWire> =>
  jsonOf<NextWire>(await askNext(number, query, as));
const numbersOf = (list: readonly { readonly id: string }[]): number[] => list.map((each) => ids.indexOf(each.id));
const feedNumbers = async (query = '', as = token): Promise<number[]> =>
  numbersOf((await feed(as, `series=${series.slug}${query}`)).items.map(({ episode }) => episode));

describe('a graph', () => {
  test('comes back as it was written, with the episodes it is about and a number that counts the writes', async () => {
    const before = await jsonOf<GraphWire>(await apiFetch(`/v1/series/${series.slug}/graph`));
    const edges = [
      branch(2, 3, { choice: 'stay', autoplay: true }),
      branch(2, 4, { when: { experiment: { name: 'x', from: 0, to: 50 } }, autoplay: false }),
      edge(3, 5, { autoplay: true }),
    ];
    expect(await setGraph(...edges)).toMatchObject({ edges, version: before.version + 1 });
    const after = await jsonOf<GraphWire>(await apiFetch(`/v1/series/${series.id}/graph`));
    expect(after.edges).toEqual(edges);
    expect(numbersOf(after.nodes)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(
      await jsonOf<GraphWire>(await apiFetch(`/v1/series/${series.id}/graph`, { method: 'PUT', json: after })),
    ).toMatchObject({ edges });
  });

  test('that goes round, or leads to another series, is refused with the evidence; the old one stays', async () => {
    const { version } = await setGraph(edge(1, 3));
    const cycle = await expectProblem(await putGraph([edge(1, 2), edge(2, 3), edge(3, 1)]), 'graph-invalid');
    expect(cycle['findings']).toMatchObject([{ code: 'cycle', episodeIds: [id(1), id(2), id(3), id(1)] }]);
    const other = await publishedEpisode((await createSeries()).id);
    const crossing = await expectProblem(await putGraph([{ ...edge(1, 2), to: other.id }]), 'graph-invalid');
    expect(crossing['findings']).toMatchObject([
      { code: 'cross-series-edge', edgeIndexes: [0], episodeIds: [other.id] },
    ]);
    const after = await jsonOf<GraphWire>(await apiFetch(`/v1/series/${series.id}/graph`));
    expect([after.version, after.edges.length]).toEqual([version, 1]);
  });

  test('that leaves an episode out is stored, with a warning', async () => {
    expect((await setGraph(edge(1, 3))).warnings).toMatchObject([{ code: 'unreachable', episodeIds: [id(2)] }]);
  });

  test.each([
    { edges: [{ from: 'a', to: 'b', kind: 'jump' }] },
    { edges: [{ from: 'a', kind: 'next' }] },
    { edges: [{ from: 'a', to: 'b', kind: 'branch', when: {} }] },
    { edges: [{ from: 'a', to: 'b', kind: 'branch', when: { experiment: { name: 'x', from: 50, to: 50 } } }] },
    { edges: [{ from: 'a', to: 'b', kind: 'next', weight: 3 }] },
    {},
  ])('is not %j', async (json) => {
    await expectProblem(await apiFetch(`/v1/series/${series.id}/graph`, { method: 'PUT', json }), 'invalid-request');
  });

  test('loses the edges of an episode that is deleted', async () => {
    const short = await createSeries();
    const [a, b] = [await createEpisode(short.id, 1), await createEpisode(short.id, 2)];
    await jsonOf(await putGraph([{ from: b.id, to: a.id, kind: 'next' }], short.id));
    expect(await statusOf(await apiFetch(`/v1/episodes/${a.id}`, { method: 'DELETE' }))).toBe(204);
    expect((await jsonOf<GraphWire>(await apiFetch(`/v1/series/${short.id}/graph`))).edges).toEqual([]);
  });
});

describe('what comes next', () => {
  test('follows the edges, then the numbers, and says which; drafts are passed over', async () => {
    await setGraph(edge(1, 3), edge(3, 2), edge(2, 5));
    expect(await feedNumbers()).toEqual([1, 3, 2, 5, 7]);
    expect(await next(1)).toMatchObject({ episode: { id: id(3) }, reason: 'next-edge', via: { kind: 'next' } });
    expect(await next(5)).toMatchObject({ episode: { id: id(7) }, reason: 'next-number', via: null });
    expect(await next(7)).toMatchObject({ episode: null, reason: 'end-of-series' });
  });

  test('is the viewer’s choice; a choice that is not there is refused with those that are', async () => {
    await setGraph(branch(3, 4, { choice: 'stay' }), branch(3, 5, { choice: 'go' }));
    const asked = await next(3);
    expect(asked).toMatchObject({ episode: null, reason: 'choice-needed' });
    expect(asked.choices.map(({ choice, episode }) => [choice, ids.indexOf(episode.id)])).toEqual([
      ['stay', 4],
      ['go', 5],
    ]);
    expect(await next(3, '?choice=go')).toMatchObject({ episode: { id: id(5) }, reason: 'branch-choice' });
    const refused = await expectProblem(await askNext(3, '?choice=fly'), 'choice-not-offered');
    expect(refused['choices']).toHaveLength(2);
    expect(await next(4)).toMatchObject({ episode: { id: id(7) } });
  });

  test('is the paid continuation for who paid and the free one for who did not', async () => {
    await setGraph(branch(2, 3, { when: { access: 'full' } }), branch(2, 5, { when: { access: 'locked', of: id(3) } }));
    const payer = newViewerId();
    const payerToken = await viewerToken(payer);
    expect(await next(2, '', payerToken)).toMatchObject({ episode: { id: id(5) }, reason: 'branch-access' });
    expect(await feedNumbers('', payerToken)).toEqual([1, 2, 5, 7]);
    await credit(payer, 10);
    await unlock(payer, id(3));
    expect(await next(2, '', payerToken)).toMatchObject({ episode: { id: id(3) }, reason: 'branch-access' });
    expect(await feedNumbers('', payerToken)).toEqual([1, 2, 3, 4, 7]);
  });

  test('of an experiment is the same for a viewer each time, and both for viewers at large', async () => {
    await setGraph(branch(1, 4, { when: { experiment: { name: randomUUID(), from: 0, to: 50 } } }));
    const seen = new Map<string, number>();
    for (let index = 0; index < 24; index++) {
      const each = await viewerToken(newViewerId());
      const first = await next(1, '', each);
      expect(await next(1, '', each)).toEqual(first);
      seen.set(first.reason, (seen.get(first.reason) ?? 0) + 1);
    }
    // A fair coin leaves one side out once in eight million runs.
    expect([...seen.keys()].sort()).toEqual(['branch-experiment', 'next-number']);
  });

  test('has recaps and bonuses beside it', async () => {
    await setGraph(
      edge(3, 1, { kind: 'recap' }),
      edge(3, 7, { kind: 'bonus' }),
      edge(3, 4, { kind: 'bonus', when: { access: 'full' } }),
    );
    const { recap, bonus, episode } = await next(3);
    expect([numbersOf(recap), numbersOf(bonus), episode?.id]).toEqual([[1], [7], id(5)]);
    await grant(viewer, { scope: 'episode', id: id(4) });
    expect(numbersOf((await next(3)).bonus)).toEqual([7, 4]);
  });

  test('ends where the token does', async () => {
    await setGraph(edge(1, 3));
    const only = await viewerToken(newViewerId(), { episodeIds: [id(1)] });
    expect(await next(1, '', only)).toMatchObject({ episode: null, reason: 'end-of-token' });
  });
});

describe('a feed along the graph', () => {
  test('goes page by page, each episode once', async () => {
    await setGraph(edge(1, 4), edge(4, 2), edge(2, 3), edge(3, 7), edge(7, 5));
    const seen: number[] = [];
    let query = '&limit=2';
    for (let page = 0; page < 5; page++) {
      const answer = await feed(token, `series=${series.slug}${query}`);
      seen.push(...numbersOf(answer.items.map(({ episode }) => episode)));
      if (answer.nextCursor === null) break;
      expect(answer.end).toBeNull();
      query = `&limit=2&after=${answer.nextCursor}`;
    }
    expect(seen).toEqual([1, 4, 2, 3, 7, 5]);
    expect(await feedNumbers(`&at=${id(3)}`)).toEqual([3, 7, 5]);
  });

  test('stops at a choice, says so, and goes on from what the viewer chose', async () => {
    await setGraph(branch(3, 4, { choice: 'stay' }), branch(3, 5, { choice: 'go' }));
    const answer = await feed(token, `series=${series.slug}`);
    expect(numbersOf(answer.items.map(({ episode }) => episode))).toEqual([1, 2, 3]);
    expect(answer).toMatchObject({
      nextCursor: null,
      end: {
        reason: 'choice-needed',
        choices: [
          { choice: 'stay', episodeId: id(4) },
          { choice: 'go', episodeId: id(5) },
        ],
      },
    });
    expect(await feedNumbers(`&at=${id(5)}`)).toEqual([5, 7]);
  });

  test('offers the choices that the token covers; where it covers none, it is over', async () => {
    await setGraph(branch(3, 4, { choice: 'stay' }), branch(3, 5, { choice: 'go' }));
    const holder = async (to: number) => viewerToken(newViewerId(), { episodeNumbers: { from: 1, to } });
    const [one, none] = [await holder(4), await holder(3)];
    const some = { reason: 'choice-needed', choices: [{ choice: 'stay', episodeId: id(4) }] };
    expect((await feed(one, `series=${series.slug}`)).end).toEqual(some);
    expect((await feed(none, `series=${series.slug}`)).end).toEqual({ reason: 'end-of-series', choices: [] });
    expect(await next(3, '', one)).toMatchObject({ reason: 'choice-needed', choices: [{ choice: 'stay' }] });
    expect(await next(3, '', none)).toMatchObject({ reason: 'end-of-token', choices: [] });
  });

  test('is as it was where there is no graph', async () => {
    await setGraph();
    expect(await feedNumbers()).toEqual([1, 2, 3, 4, 5, 7]);
    expect((await feed(token, `series=${series.slug}`)).end).toEqual({ reason: 'end-of-series', choices: [] });
  });
});

describe('a new order', () => {
  test('takes one call, and is that of the feed at once', async () => {
    await setGraph();
    const wanted = [7, 6, 5, 4, 3, 2, 1].map(id);
    const answer = await apiFetch(`/v1/series/${series.id}/episodes/reorder`, { json: { episodeIds: wanted } });
    expect(await jsonOf(answer)).toEqual({ items: wanted.map((each, index) => ({ id: each, number: index + 1 })) });
    expect(await feedNumbers()).toEqual([7, 5, 4, 3, 2, 1]);
    const back = [1, 2, 3, 4, 5, 6, 7].map(id);
    await jsonOf(await apiFetch(`/v1/series/${series.id}/episodes/reorder`, { json: { episodeIds: back } }));
    expect(await feedNumbers()).toEqual([1, 2, 3, 4, 5, 7]);
  });

  test('that is not exactly the series’ episodes is refused, and says what is wrong', async () => {
    const episodeIds = [id(1), id(1), 'ep_other', ...[3, 4, 5, 6, 7].map(id)];
    const answer = await apiFetch(`/v1/series/${series.id}/episodes/reorder`, { json: { episodeIds } });
    expect(await expectProblem(answer, 'invalid-request')).toMatchObject({
      missing: [id(2)],
      foreign: ['ep_other'],
      repeated: [id(1)],
    });
    expect(await feedNumbers()).toEqual([1, 2, 3, 4, 5, 7]);
  });
});
