/**
 * A clock that a test sets for all Workers of its own platform: minutes and hours pass at once. Each Worker gets an
 * entry module that moves `Date.now`; the product's own code runs as it is.
 */
import type { WorkerOptions } from '../../../scripts/platform/worker-options.ts';

/** For startPlatform's `adapt`. A request with `x-later-ms` sets the clock of each Worker that it passes, for good. */
export function withClock(workers: WorkerOptions[]): WorkerOptions[] {
  return workers.map((worker) => {
    const [main] = worker['modules'] as [{ contents: string }];
    return {
      ...worker,
      modules: [
        { type: 'ESModule', path: 'clock.js', contents: ENTRY },
        { type: 'ESModule', path: 'index.js', contents: main.contents },
      ],
    };
  });
}

/** Plain JavaScript: it goes into the runtime as it is. */
const ENTRY = `
import product from './index.js';
export * from './index.js';

const realNow = Date.now.bind(Date);
let laterMs = 0;
Date.now = () => realNow() + laterMs;

export default {
  ...product,
  async fetch(request, env, ctx) {
    laterMs = Number(request.headers.get('x-later-ms') ?? laterMs);
    return product.fetch(request, env, ctx);
  },
  async scheduled(controller, env, ctx) {
    return product.scheduled({ scheduledTime: Date.now(), cron: controller.cron }, env, ctx);
  },
};
`;
