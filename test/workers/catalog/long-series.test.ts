/** The longest series that operators bring: 300 episodes, in another script, with a way to choose at each. */
import { beforeAll, describe, expect, test } from 'vitest';
import { MAX_GRAPH_BYTES, MAX_JSON_BYTES } from '../../../workers/api/limits.ts';
import { apiFetch } from '../../support/edge.ts';
import { expectProblem, jsonOf } from '../support/http.ts';
import { createEpisode, createSeries, type SeriesWire } from '../support/library.ts';

const EPISODES = 300;
const AT_ONCE = 20;
/** 100 characters of three bytes each. */
const TITLE = '继承人的婚礼之夜与那封信'.repeat(9).slice(0, 100);

let series: SeriesWire;
const ids: string[] = [];

beforeAll(async () => {
  series = await createSeries();
  for (let from = 1; from <= EPISODES; from += AT_ONCE) {
    const numbers = Array.from({ length: AT_ONCE }, (_, index) => from + index);
    const made = await Promise.all(numbers.map((number) => createEpisode(series.id, number, { title: TITLE })));
    ids.push(...made.map(({ id }) => id));
  }
});

function edges(): object[] {
  return ids.slice(0, -3).flatMap((from, index) => [
    { from, to: ids[index + 1], kind: 'next' },
    { from, to: ids[index + 2], kind: 'branch', choice: `打开那封信 ${index}` },
    { from, to: ids[index + 3], kind: 'bonus', when: { access: 'full', of: from } },
  ]);
}

describe('the graph of a series of 300 episodes', () => {
  const put = (body: object): Promise<Response> =>
    apiFetch(`/v1/series/${series.id}/graph`, { method: 'PUT', json: body });

  test('is put, read, and put back as it was read', async () => {
    const written = await jsonOf<{ edges: object[]; nodes: object[] }>(await put({ edges: edges() }));
    expect([written.nodes.length, written.edges.length]).toEqual([EPISODES, 3 * (EPISODES - 3)]);
    const read = await jsonOf<{ edges: object[] }>(await apiFetch(`/v1/series/${series.id}/graph`));
    expect(Buffer.byteLength(JSON.stringify(read))).toBeGreaterThan(3 * MAX_JSON_BYTES);
    expect((await jsonOf<{ edges: object[] }>(await put(read))).edges).toEqual(written.edges);
  });

  test('has a bound of its own, and says it', async () => {
    const answer = await put({ edges: [], nodes: 'x'.repeat(MAX_GRAPH_BYTES) });
    expect(await expectProblem(answer, 'body-too-large')).toMatchObject({
      detail: `At most ${MAX_GRAPH_BYTES} bytes.`,
    });
  });
});
