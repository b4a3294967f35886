/**
 * `npm run bench:startup`: what a viewer waits for, in a real Chromium behind a shaped line. docs/bench-startup.md says how
 * and how far to trust it.
 *
 *   npm run bench:startup                       starts and deep links
 *   npm run bench:startup -- session            a hundred swipes
 *   npm run bench:startup -- unlock            from the button to the first frame beyond a preview
 *   npm run bench:startup -- --self-test        only whether the link delivers what it promises
 *   options: --runs 10 · --networks 50/10,100/4 · --swipes 100 · --peer-swipes 25 · --serial ·
 *            --links (no starts) · --only ours,MP4 (starts of these, and no deep links; sessions of these; memory) · --timeline (when a start did what)
 */
import { readOptions } from './options.ts';
import { machineLoad, raisePriority } from './priority.ts';
import { runSelfTest } from './self-test.ts';
import { benchSession } from './session-bench.ts';
import { benchStarts } from './starts-bench.ts';
import { benchUnlocks } from './unlock-bench.ts';

// What was started goes with the exit handlers, which a signal alone would not run.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130));

const options = readOptions(process.argv.slice(2));
const startedAtMs = performance.now();
const say = (line: string): void =>
  console.log(`[${((performance.now() - startedAtMs) / 1_000).toFixed(0).padStart(4)} s] ${line}`);

const { load1, load5 } = machineLoad();
say(`${raisePriority()}; load before: ${load1.toFixed(1)}, ${load5.toFixed(1)}`);
if (options.part === 'self-test') process.exitCode = (await runSelfTest()) ? 0 : 1;
else if (options.part === 'session') await benchSession(options, say);
else if (options.part === 'unlock') await benchUnlocks(options, say);
else await benchStarts(options, say);
say(`done; load now: ${machineLoad().load1.toFixed(1)}`);
