/** What comes between the reading and the writing of an order or a graph: only from inside can that be held apart. */
import { env } from 'cloudflare:workers';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { GraphEdge } from '#core/catalog/graph.ts';
import { planOrder } from '#core/catalog/order.ts';
import { listEdges, listEpisodeIds, renumber, replaceEdges } from '../../../../workers/api/db/graph.ts';
import type { Db } from '../../../../workers/api/http/context.ts';
import { migratedDb } from './support/database.ts';
import { NOW_MS } from './support/viewer.ts';

const SERIES = 'ser_graph';
let db: Db;
const run = (statement: string): Promise<unknown> => env.DB.prepare(statement).run();
const addEpisode = (number: number): Promise<unknown> =>
  run(
    `INSERT INTO episodes (id, series_id, number, title, created_at, updated_at) VALUES ('gr_${number}', '${SERIES}', ${number}, 'x', 0, 0)`,
  );
const next = (from: number, to: number): GraphEdge => {
  return { from: `gr_${from}`, to: `gr_${to}`, kind: 'next', when: null, choice: null, autoplay: true };
};

beforeAll(async () => void (db = await migratedDb()));
beforeEach(async () => {
  await run(`DELETE FROM series WHERE id = '${SERIES}'`);
  await run(`INSERT INTO series (id, slug, title, created_at, updated_at) VALUES ('${SERIES}', 'graph', 'x', 0, 0)`);
  for (const number of [0, 1, 2, 7]) await addEpisode(number);
});

async function order(): Promise<string> {
  const { results } = await env.DB.prepare(
    `SELECT id, number FROM episodes WHERE series_id = '${SERIES}' ORDER BY number`,
  ).all<{ id: string; number: number }>();
  return results.map(({ id, number }) => `${number}=${id}`).join(' ');
}

async function planned(...numbers: number[]): Promise<ReadonlyMap<string, number>> {
  const plan = planOrder(
    await listEpisodeIds(db, SERIES),
    numbers.map((number) => `gr_${number}`),
  );
  if (!plan.ok) throw new Error('not an order');
  return plan.value;
}

describe('a new order', () => {
  test('is written as it was planned, though every number on the way is taken', async () => {
    expect(await renumber(db, SERIES, await planned(7, 2, 1, 0), NOW_MS)).toBe(true);
    expect(await order()).toBe('1=gr_7 2=gr_2 3=gr_1 4=gr_0');
  });

  test('is not written at all when an episode was added since', async () => {
    const plan = await planned(7, 2, 1, 0);
    await addEpisode(3);
    expect(await renumber(db, SERIES, plan, NOW_MS)).toBe(false);
    expect(await order()).toBe('0=gr_0 1=gr_1 2=gr_2 3=gr_3 7=gr_7');
  });

  test('leaves out what was deleted since', async () => {
    const plan = await planned(7, 2, 1, 0);
    await run("DELETE FROM episodes WHERE id = 'gr_2'");
    expect(await renumber(db, SERIES, plan, NOW_MS)).toBe(true);
    expect(await order()).toBe('1=gr_7 3=gr_1 4=gr_0');
  });
});

describe('a graph', () => {
  test('of an episode that was deleted since is not stored; the old one stays, and its version', async () => {
    expect(await replaceEdges(db, SERIES, [next(0, 2)], null)).toBe('written');
    await run("DELETE FROM episodes WHERE id = 'gr_7'");
    expect(await replaceEdges(db, SERIES, [next(0, 1), next(1, 7)], null)).toBe('refused');
    expect(await listEdges(db, SERIES)).toEqual([next(0, 2)]);
    expect(await env.DB.prepare(`SELECT graph_version AS v FROM series WHERE id = '${SERIES}'`).first('v')).toBe(1);
  });

  test('of another version than its writer has read is not overwritten', async () => {
    const version = await env.DB.prepare(`SELECT graph_version AS v FROM series WHERE id = '${SERIES}'`).first<number>(
      'v',
    );
    expect(await replaceEdges(db, SERIES, [next(0, 1)], version)).toBe('written');
    expect(await replaceEdges(db, SERIES, [next(1, 2)], version)).toBe('stale');
    expect(await listEdges(db, SERIES)).toEqual([next(0, 1)]);
  });

  test('keeps conditions, choices and the order of its edges', async () => {
    const edges: GraphEdge[] = [
      { ...next(1, 7), kind: 'branch', choice: 'b', autoplay: false },
      {
        ...next(1, 2),
        kind: 'branch',
        when: { access: 'locked', of: 'gr_7', experiment: { name: 'x', from: 0, to: 9 } },
      },
      next(0, 1),
    ];
    expect(await replaceEdges(db, SERIES, edges, null)).toBe('written');
    expect(await listEdges(db, SERIES)).toEqual(edges);
  });
});
