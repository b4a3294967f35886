/**
 * `npm test [-- project or file …]`: every test, the browser ones included. Finds ffmpeg and a browser, runs the
 * projects of vitest.config.ts, and ends with one plain line of totals.
 */
import { startVitest } from 'vitest/node';
import { findBrowser } from './find-browser.ts';
import { stepsTo } from './lib/progress.ts';
import { failWith } from './lib/user-error.ts';
import { reportChildren } from './platform/report-children.ts';
import { findMediaTools } from './start/media-tools.ts';
import { readTestArguments } from './test/arguments.ts';
import { countTests, totalsLine } from './test/totals.ts';

reportChildren();
const step = stepsTo(process.stdout);

try {
  process.exitCode = await runTests(process.argv.slice(2));
} catch (error) {
  failWith(error);
}

async function runTests(args: readonly string[]): Promise<number> {
  const { projects, filters, options } = readTestArguments(args);
  const tools = findMediaTools();
  const browser = await step('A browser is there', () => findBrowser());
  // The tests run in processes that inherit these.
  Object.assign(process.env, {
    FFMPEG_PATH: tools.ffmpegPath,
    FFPROBE_PATH: tools.ffprobePath,
    CHROMIUM_PATH: browser.executablePath,
  });

  const vitest = await startVitest(filters, { run: true, watch: false, ...options, project: projects });
  const totals = countTests(vitest.state.getTestModules(), vitest.state.getUnhandledErrors().length);
  const failedOutsideTests = process.exitCode !== undefined && process.exitCode !== 0;
  await vitest.close();
  console.log(totalsLine(totals));
  return totals.failed > 0 || failedOutsideTests ? 1 : 0;
}
