/**
 * The test projects, from the cheapest to the dearest. `npm test -- <project or file> …` runs some of them.
 *
 * - core           pure functions, in Node
 * - scripts        what `npm run check` and `npm start` are made of, in Node
 * - viewer-object  the Durable Object from inside (vitest-plugin): races and storage, which HTTP cannot reach
 * - series-views   likewise the object that counts a series' views
 * - workers        the three Workers from outside, over HTTP, in one workerd (test/support/platform.ts)
 * - transcoder     Node and ffmpeg
 * - player         the SDK in a browser
 * - e2e            `npm start` itself, with the transcoder and a browser
 */
import { cloudflareTest } from '@cloudflare/vitest-plugin';
import { configDefaults, defineConfig } from 'vitest/config';
import { makeSecrets, workerBindings } from './scripts/platform/secrets.ts';

const OBJECT_TESTS = 'test/workers/api/viewer-object/**/*.test.ts';
const SERIES_TESTS = 'test/workers/analytics/series-views/**/*.test.ts';

/** Only one Worker's own code runs in these projects, so it needs secrets of the right form and no origin. */
const objectBindings = workerBindings(makeSecrets('local'), { s3Origin: 'http://127.0.0.1', demo: true });

/** A service that is bound must be there. These tests are of the object alone; that analytics is reached is tested over HTTP. */
const noAnalytics = {
  name: 'cliffhanger-analytics',
  modules: true,
  compatibilityDate: '2026-10-20',
  script: `import { WorkerEntrypoint } from 'cloudflare:workers';
export class ViewerRights extends WorkerEntrypoint {
  async forgetViewer() {}
  async exportViews() {
    return [];
  }
}
export default {};`,
} as const;

/**
 * Groups run one after the other, the cheapest first. From one: on two cores vitest runs what is in group 0 last. The whole
 * suite runs in lanes (scripts/test/lanes.ts), so most projects have others beside them there.
 */
const GROUP = { quick: 1, workers: 2, media: 3, browser: 4, whole: 5 };

export default defineConfig({
  test: {
    // Machine-wide, so that the totals at the end are the last word (scripts/test.ts).
    reporters: ['default'],
    projects: [
      {
        test: {
          name: 'core',
          include: ['test/core/**/*.test.ts'],
          // Properties of thousands of cases, on a core that another lane wants as well.
          testTimeout: 30_000,
          sequence: { groupOrder: GROUP.quick },
        },
      },
      {
        test: {
          name: 'scripts',
          include: ['test/scripts/**/*.test.ts'],
          testTimeout: 30_000,
          sequence: { groupOrder: GROUP.quick },
        },
      },
      {
        plugins: [
          cloudflareTest({
            wrangler: { configPath: './workers/api/wrangler.toml' },
            miniflare: { bindings: objectBindings, workers: [noAnalytics] },
          }),
        ],
        test: {
          name: 'viewer-object',
          include: [OBJECT_TESTS],
          // One workerd for all files: 1.8 s less for each (notes in docs/decisions/002-local-runtime.md).
          isolate: false,
          maxWorkers: 1,
          testTimeout: 60_000,
          expect: { poll: { timeout: 50_000 } },
          sequence: { groupOrder: GROUP.workers },
        },
      },
      {
        plugins: [
          cloudflareTest({
            wrangler: { configPath: './workers/analytics/wrangler.toml' },
            miniflare: { bindings: objectBindings, analyticsEngineDatasets: { VIEW_POINTS: { dataset: 'views' } } },
          }),
        ],
        test: {
          name: 'series-views',
          include: [SERIES_TESTS],
          isolate: false,
          maxWorkers: 1,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: GROUP.workers },
        },
      },
      {
        test: {
          name: 'workers',
          include: ['test/workers/**/*.test.ts', 'test/conformance/**/*.test.ts'],
          exclude: [...configDefaults.exclude, OBJECT_TESTS, SERIES_TESTS],
          globalSetup: ['test/support/platform.ts'],
          // For what hangs, too: another lane takes its share, and requests of an import or a merge come by the hundred.
          testTimeout: 120_000,
          hookTimeout: 120_000,
          expect: { poll: { timeout: 60_000 } },
          maxWorkers: 1,
          sequence: { groupOrder: GROUP.workers },
        },
      },
      {
        test: {
          name: 'transcoder',
          include: ['test/transcoder/**/*.test.ts'],
          // A limit for what hangs: a test takes 3 s, and twenty times as long on a core that ten others want.
          testTimeout: 300_000,
          hookTimeout: 300_000,
          maxWorkers: 1,
          sequence: { groupOrder: GROUP.media },
        },
      },
      {
        test: {
          name: 'player',
          include: ['test/player/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          maxWorkers: 1,
          sequence: { groupOrder: GROUP.browser },
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: ['test/e2e/support/start.ts'],
          testTimeout: 180_000,
          hookTimeout: 300_000,
          fileParallelism: false,
          sequence: { groupOrder: GROUP.whole },
        },
      },
    ],
  },
});
