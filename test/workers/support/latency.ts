/**
 * Puts random waits of 0 to 20 ms around every await of the api Worker on the viewer's object and on D1, and in front of
 * each call inside the object, so that requests of one viewer interleave as they do over a real network. Only calls under
 * /v1/viewers/ are late; no rate limit counts them. Nothing of it is in the product.
 *
 * Unlocks whose key begins with `naive-` are answered by an object that reads, waits and writes: whoever trusts these
 * races must see them lost by it (security.md LED-26). A debit whose key begins with `vip-` finds that a pass came in
 * after its price was found.
 */
import type { WorkerOptions } from '../../../scripts/platform/worker-options.ts';

export function withLatency(workers: WorkerOptions[]): WorkerOptions[] {
  return workers.map((worker) => {
    if (worker['name'] !== 'cliffhanger-api') return worker;
    const [main] = worker['modules'] as [{ contents: string }];
    return {
      ...worker,
      modules: [
        { type: 'ESModule', path: 'latency.js', contents: ENTRY },
        { type: 'ESModule', path: 'index.js', contents: main.contents },
      ],
    };
  });
}

/** Plain JavaScript: it goes into the runtime as it is. */
const ENTRY = `
import product, { Viewer as Product } from './index.js';
export * from './index.js';

const pause = () => new Promise((resolve) => setTimeout(resolve, Math.random() * 20));
const slow = async (call) => {
  await pause();
  const value = await call();
  await pause();
  return value;
};

/** Statements are handed to batch(), which must have them as they are. */
const plain = new WeakMap();
const slowStatement = (statement) => {
  const wrapped = {
    bind: (...values) => slowStatement(statement.bind(...values)),
    first: (...args) => slow(() => statement.first(...args)),
    all: () => slow(() => statement.all()),
    run: () => slow(() => statement.run()),
    raw: (...args) => slow(() => statement.raw(...args)),
  };
  plain.set(wrapped, statement);
  return wrapped;
};
const slowDatabase = (db) => ({
  prepare: (text) => slowStatement(db.prepare(text)),
  batch: (statements) => slow(() => db.batch(statements.map((each) => plain.get(each) ?? each))),
});
const slowViewers = (namespace) => ({
  getByName: (name) => {
    const stub = namespace.getByName(name);
    return new Proxy({}, { get: (_target, method) => (...args) => slow(() => stub[method](...args)) });
  },
});

/** Right in every test that has one caller. */
class Naive {
  answers = new Map();
  owned = new Map();
  coins = null;

  async unlock({ idempotencyKey, episodeId, coins, nowMs }, wallet) {
    const earlier = this.answers.get(idempotencyKey);
    await pause();
    if (earlier) return { ...earlier, outcome: 'replayed' };
    const owned = this.owned.get(episodeId);
    await pause();
    if (owned) return { ...owned, outcome: 'owned' };
    const before = this.coins ?? wallet.coins;
    if (before < coins) return { outcome: 'insufficient', balance: before };
    await pause();
    this.coins = before - coins;
    const unlock = { id: crypto.randomUUID(), episodeId, method: 'coins', coins, rental: null, createdAtMs: nowMs, endedAtMs: null };
    const result = { unlocks: [unlock], bundle: null, wallet };
    this.answers.set(idempotencyKey, result);
    this.owned.set(episodeId, result);
    return { ...result, outcome: 'unlocked' };
  }
}

const SLOW_INSIDE = ['credit', 'unlock', 'unlockBundle', 'rent', 'refund', 'chargeback', 'wallet', 'state', 'earlierUnlock'];

export class Viewer extends Product {
  #naive = new Naive();
  async unlock(request) {
    if (!request.idempotencyKey.startsWith('naive-')) return super.unlock(request);
    return this.#naive.unlock(request, await super.wallet(request));
  }
}
for (const method of ['unlock', 'unlockBundle', 'rent', 'unlockAutomatically']) {
  const real = Viewer.prototype[method];
  Object.defineProperty(Viewer.prototype, method, {
    configurable: true,
    value: async function (request) {
      const { idempotencyKey, nowMs } = request;
      const isFirst = (await this.state({ episodeIds: [], nowMs })).grants.length === 0;
      if (idempotencyKey.startsWith('vip-') && isFirst)
        await this.grant({ scope: 'all', targetId: null, pass: 'vip', expiresAtMs: null, nowMs });
      return real.call(this, request);
    },
  });
}
for (const method of SLOW_INSIDE) {
  const real = Viewer.prototype[method];
  Object.defineProperty(Viewer.prototype, method, {
    value: async function (...args) {
      await pause();
      const reply = await real.apply(this, args);
      await pause();
      return reply;
    },
  });
}

export default {
  ...product,
  fetch: (request, env, ctx) => {
    if (!new URL(request.url).pathname.startsWith('/v1/viewers/')) return product.fetch(request, env, ctx);
    const unlimited = { limit: async () => ({ success: true }) };
    const slowed = { DB: slowDatabase(env.DB), VIEWERS: slowViewers(env.VIEWERS), API_KEY_REQUESTS: unlimited };
    return product.fetch(request, { ...env, ...slowed }, ctx);
  },
};
`;
