/**
 * Breaks the bindings of the real bundles: each Worker gets an entry module that wraps its `env` as the request's
 * `x-chaos` header says, then hands over to the product's own handler. Nothing of it is in the product.
 */
import type { WorkerOptions } from '../../../scripts/platform/worker-options.ts';

export interface Chaos {
  /** By name of the binding, `CACHE` for the Cache API. `throw`: the call fails at once. `hang`: it never answers. `overloaded`: it fails and says that it has too much to do. */
  readonly break?: Readonly<Record<string, 'throw' | 'hang' | 'overloaded'>>;
  /** Only at the front door: what it asks of other Workers is answered. */
  readonly isFrontOnly?: true;
  /** Added to the Worker's clock. */
  readonly laterMs?: number;
  /** Variables of the wrangler.toml, as a deployment has set them. */
  readonly vars?: Readonly<Record<string, string>>;
  /** The names of what was asked of the viewer's object since the last request with this. */
  readonly viewerCalls?: true;
}

export function chaosHeader(chaos: Chaos): Record<string, string> {
  return { 'x-chaos': JSON.stringify(chaos) };
}

/** For startPlatform's `adapt`. */
export function withChaos(workers: WorkerOptions[]): WorkerOptions[] {
  return workers.map((worker) => {
    const [main] = worker['modules'] as [{ contents: string }];
    return {
      ...worker,
      modules: [
        { type: 'ESModule', path: 'chaos.js', contents: ENTRY },
        { type: 'ESModule', path: 'index.js', contents: main.contents },
      ],
    };
  });
}

/** Plain JavaScript: it goes into the runtime as it is. `calls` counts what was asked of a broken binding. */
const ENTRY = `
import product from './index.js';
export * from './index.js';

const realCaches = globalThis.caches;
const realNow = Date.now.bind(Date);
let calls = 0;
let viewerCalls = [];

function failing(mode) {
  calls++;
  if (mode === 'hang') return new Promise(() => {});
  const error = new Error(mode === 'overloaded' ? 'the object is overloaded' : 'broken on purpose');
  if (mode === 'overloaded') error.overloaded = true;
  return Promise.reject(error);
}

/** Whatever is called on it, at whatever depth, fails: prepare().bind().first(), getByName().state(), get(), fetch(). */
function broken(mode) {
  const fluent = new Set(['prepare', 'bind', 'getByName', 'withSession']);
  return new Proxy({}, {
    get: (_target, name) => (name === 'then' ? undefined : () => (fluent.has(name) ? broken(mode) : failing(mode))),
  });
}

function listened(namespace) {
  const listenedStub = (stub) => new Proxy({}, {
    get: (_target, name) => (...args) => {
      viewerCalls.push(name);
      return stub[name](...args);
    },
  });
  return { getByName: (name) => listenedStub(namespace.getByName(name)) };
}

export default {
  ...product,
  async fetch(request, env, ctx) {
    const header = request.headers.get('x-chaos');
    const chaos = header === null ? {} : JSON.parse(header);
    if (chaos.count) return Response.json({ calls });
    if (chaos.viewerCalls) return Response.json(viewerCalls.splice(0));
    Date.now = () => realNow() + (chaos.laterMs ?? 0);
    const wrapped = { ...env, ...chaos.vars };
    if (env.VIEWERS) wrapped.VIEWERS = listened(env.VIEWERS);
    const isSpared = chaos.isFrontOnly === true && !('API' in env);
    for (const [name, mode] of Object.entries(isSpared ? {} : (chaos.break ?? {}))) {
      if (name in env) wrapped[name] = broken(mode);
    }
    globalThis.caches = chaos.break?.CACHE ? { default: broken(chaos.break.CACHE) } : realCaches;
    return product.fetch(request, wrapped, ctx);
  },
};
`;
