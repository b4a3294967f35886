/**
 * Beside a platform's Workers, one that reads everything they store: D1, the objects of viewers, R2. Nothing of it is in
 * the product.
 */
import { freePort } from '../../../scripts/platform/port.ts';
import type { WorkerOptions } from '../../../scripts/platform/worker-options.ts';

export interface StoreSearch {
  readonly adapt: (workers: WorkerOptions[]) => WorkerOptions[];
  sql<Row>(text: string, ...values: readonly (string | number | null)[]): Promise<Row[]>;
  /** Every row of every table, by table. */
  d1(): Promise<Record<string, unknown[]>>;
  /** The same of one viewer's object. */
  object(viewerId: string): Promise<Record<string, unknown[]>>;
  /** Asks a viewer's object past the api Worker. */
  call<Reply>(viewerId: string, method: string, request: object | string): Promise<Reply>;
  /** Every key, with the text of what lies there. */
  r2(): Promise<Record<string, string>>;
}

export async function storeSearch(): Promise<StoreSearch> {
  const port = await freePort();
  const ask = async <T>(question: object): Promise<T> => {
    const answer = await fetch(`http://127.0.0.1:${port}`, { method: 'POST', body: JSON.stringify(question) });
    if (!answer.ok) throw new Error(await answer.text());
    return (await answer.json()) as T;
  };
  return {
    adapt: (workers) => [
      ...workers.map((worker) => (worker['name'] === 'cliffhanger-api' ? withDump(worker) : worker)),
      searcher(workers, port),
    ],
    sql: (text, ...values) => ask({ sql: text, values }),
    d1: () => ask({ d1: true }),
    object: (viewerId) => ask({ object: `viewer:${viewerId}` }),
    call: (viewerId, method, request) => ask({ object: `viewer:${viewerId}`, method, request }),
    r2: () => ask({ r2: true }),
  };
}

function searcher(workers: readonly WorkerOptions[], port: number): WorkerOptions {
  const api = workers.find((worker) => worker['name'] === 'cliffhanger-api');
  return {
    name: 'store-search',
    compatibilityDate: '2026-10-20',
    modules: [{ type: 'ESModule', path: 'search.js', contents: SEARCH }],
    d1Databases: api?.['d1Databases'],
    r2Buckets: api?.['r2Buckets'],
    durableObjects: { VIEWERS: { className: 'Viewer', scriptName: 'cliffhanger-api' } },
    unsafeDirectSockets: [{ host: '127.0.0.1', port }],
  };
}

function withDump(worker: WorkerOptions): WorkerOptions {
  const [main] = worker['modules'] as [{ contents: string }];
  return {
    ...worker,
    modules: [
      { type: 'ESModule', path: 'dump.js', contents: DUMP },
      { type: 'ESModule', path: 'index.js', contents: main.contents },
    ],
  };
}

const TABLES = `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB 'sqlite_*' AND name NOT GLOB '_cf_*'`;

const DUMP = `
import product, { Viewer as Product } from './index.js';
export * from './index.js';
export class Viewer extends Product {
  #storage;
  constructor(ctx, env) { super(ctx, env); this.#storage = ctx.storage; }
  async dump() {
    const tables = this.#storage.sql.exec(${JSON.stringify(TABLES)}).toArray();
    return Object.fromEntries(tables.map(({ name }) => [name, this.#storage.sql.exec('SELECT * FROM ' + name).toArray()]));
  }
}
export default product;
`;

const SEARCH = `
const rows = async (db, text, values = []) => (await db.prepare(text).bind(...values).all()).results;
async function answer(question, env) {
  if (question.sql) return rows(env.DB, question.sql, question.values);
  if (question.method) return env.VIEWERS.getByName(question.object)[question.method](question.request);
  if (question.object) return env.VIEWERS.getByName(question.object).dump();
  if (question.d1) {
    const tables = await rows(env.DB, ${JSON.stringify(TABLES)});
    return Object.fromEntries(await Promise.all(tables.map(async ({ name }) => [name, await rows(env.DB, 'SELECT * FROM ' + name)])));
  }
  const { objects } = await env.MEDIA.list();
  return Object.fromEntries(await Promise.all(objects.map(async ({ key }) => [key, await (await env.MEDIA.get(key)).text()])));
}
export default { async fetch(request, env) {
  try { return Response.json((await answer(await request.json(), env)) ?? null); }
  catch (thrown) { return new Response(String(thrown), { status: 500 }); }
} };
`;
