/** The platform under test: the bundles that wrangler uploads, in one workerd, each asked by a socket of its own. */
import { build } from 'esbuild';
import { inRoot } from '../scripts/lib/paths.ts';
import { type Platform, startPlatform } from '../scripts/platform/index.ts';
import { freePort } from '../scripts/platform/port.ts';
import type { PlatformSecrets } from '../scripts/platform/secrets.ts';
import type { WorkerOptions } from '../scripts/platform/worker-options.ts';
import { childrenNamed } from './process-cpu.ts';

export interface BenchEdge extends Platform {
  /** The same playback bundle over bindings that remember what D1 and the viewer's object answered the first time. */
  readonly rememberingOrigin: string;
  /** The analytics bundle likewise, with a queue that forgets. */
  readonly analyticsOrigin: string;
  readonly checksOrigin: string;
  readonly pid: number;
}

export async function startEdge(dataDir: string, secrets: PlatformSecrets): Promise<BenchEdge> {
  const [rememberingPort, analyticsPort, checksPort] = [await freePort(), await freePort(), await freePort()];
  const checks = await bundleChecks();
  const adapt = (workers: WorkerOptions[]): WorkerOptions[] => [
    ...workers,
    ...workers.slice(0, 1).map((front) => remembering(front, 'bench-remembering', rememberingPort)),
    ...workers.slice(2, 3).map((analytics) => remembering(analytics, 'bench-analytics', analyticsPort)),
    checksWorker(checks, secrets, checksPort),
  ];
  const before = new Set(childrenNamed(process.pid, 'workerd'));
  const platform = await startPlatform({ port: 0, dataDir, secrets, demo: false, log: () => undefined, adapt });
  const pid = childrenNamed(process.pid, 'workerd').find((each) => !before.has(each));
  if (pid === undefined) throw new Error('workerd is not to be found among the child processes.');
  const at = (port: number): string => `http://127.0.0.1:${port}`;
  return {
    ...platform,
    rememberingOrigin: at(rememberingPort),
    analyticsOrigin: at(analyticsPort),
    checksOrigin: at(checksPort),
    pid,
  };
}

/**
 * Local D1, Durable Objects and rate limiters are simulators that cost more CPU than the code under test, and none of it
 * is billed to a Worker. Their first answer is taken again here, so that what is left is the Worker's own work.
 */
function remembering(worker: WorkerOptions, name: string, port: number): WorkerOptions {
  const [main] = worker['modules'] as [{ contents: string }];
  const { assets: _assets, queueConsumers: _consumers, durableObjects: _objects, ...options } = worker;
  const objects = name === 'bench-remembering' ? { durableObjects: worker['durableObjects'] } : {};
  return {
    ...options,
    ...objects,
    name,
    modules: [
      { type: 'ESModule', path: 'remembering.js', contents: REMEMBERING },
      { type: 'ESModule', path: 'index.js', contents: main.contents },
    ],
    unsafeDirectSockets: [{ host: '127.0.0.1', port }],
  };
}

/** Clocks are numbers and no part of a question; what asks is a text. Short, as all of it counts as the Worker's own. */
const REMEMBERING = `
import product from './index.js';
const answers = new Map();
const keyOf = (args) => args.filter((arg) => typeof arg === 'string').join();
function once(key, ask) {
  let answer = answers.get(key);
  if (answer === undefined) answers.set(key, (answer = ask()));
  return answer;
}
const database = (db) => ({
  prepare: (sql) => ({
    bind: (...args) => ({
      first: async () => once('first' + sql + keyOf(args), () => db.prepare(sql).bind(...args).first()),
      all: async () => once('all' + sql + keyOf(args), () => db.prepare(sql).bind(...args).all()),
    }),
  }),
});
const viewers = (namespace) => ({
  getByName: (name) => ({
    state: async (request) => once(name + request.episodeIds.join(), async () => structuredClone(await namespace.getByName(name).state(request))),
  }),
});
const unlimited = { limit: async () => ({ success: true }) };
let env;
export default {
  fetch(request, real, ctx) {
    env ??= { ...real, DB: database(real.DB), VIEWER_REQUESTS: unlimited };
    if (real.VIEWERS) env.VIEWERS = viewers(real.VIEWERS);
    if (real.BEACONS) Object.assign(env, { BEACONS: { send: async () => undefined }, BEACON_REQUESTS: unlimited });
    return product.fetch(request, env, ctx);
  },
};
`;

function checksWorker(contents: string, secrets: PlatformSecrets, port: number): WorkerOptions {
  return {
    name: 'bench-checks',
    compatibilityDate: '2026-10-20',
    modules: [{ type: 'ESModule', path: 'checks.js', contents }],
    bindings: { MASTER_SECRET: secrets.masterSecret },
    unsafeDirectSockets: [{ host: '127.0.0.1', port }],
  };
}

async function bundleChecks(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [inRoot('bench', 'worker', 'checks.ts')],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    logLevel: 'silent',
  });
  return outputFiles[0]?.text ?? '';
}
