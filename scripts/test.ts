/**
 * `npm test [-- project or file …]`: every test, the browser ones included. Finds ffmpeg and a browser, runs the
 * projects of vitest.config.ts, and ends with one plain line of totals. Without a word of what to run it runs all of
 * them, in lanes (test/lanes.ts).
 */
import { startVitest } from 'vitest/node';
import { findBrowser } from './find-browser.ts';
import { stepsTo } from './lib/progress.ts';
import { failWith } from './lib/user-error.ts';
import { reportChildren } from './platform/report-children.ts';
import { findMediaTools } from './start/media-tools.ts';
import { readTestArguments } from './test/arguments.ts';
import { LANE_VARIABLE, type LaneEnd, runLanes, tellEnd } from './test/lanes.ts';
import { temporaryFolder } from './test/temporary-folder.ts';
import { countTests, linesOfFailed, totalsLine } from './test/totals.ts';

/** Its filters and demuxers are those of 2018, and tests make media with newer ones. */
const OLD_FFMPEG =
  '  ! Only the ffmpeg of 2018 that npm brings is here: tests of the transcoder and the player fail with it. Install ffmpeg 5 or newer (e.g. apt install ffmpeg), or set FFMPEG_PATH and FFPROBE_PATH.';

reportChildren();

try {
  process.exitCode = process.env[LANE_VARIABLE] === undefined ? await runTests() : await runHere();
} catch (error) {
  failWith(error);
}

async function runTests(): Promise<number> {
  await findTools();
  if (process.argv.length > 2) return runHere();
  const end = await runLanes();
  tell(end);
  return end.totals.failed > 0 ? 1 : 0;
}

function tell({ totals, failed }: LaneEnd): void {
  for (const name of failed) console.log(`failed: ${name}`);
  console.log(totalsLine(totals));
}

/** The tests run in processes that inherit what is found. */
async function findTools(): Promise<void> {
  const step = stepsTo(process.stdout);
  const tools = findMediaTools();
  if (tools.origin === 'bundled') console.log(OLD_FFMPEG);
  const browser = await step('A browser is there', () => findBrowser());
  // After the browser: one that npm brought is unpacked into the temporary folder, once for all runs.
  const folder = temporaryFolder();
  Object.assign(process.env, {
    FFMPEG_PATH: tools.ffmpegPath,
    FFPROBE_PATH: tools.ffprobePath,
    CHROMIUM_PATH: browser.executablePath,
    ...(folder === null ? {} : { TMPDIR: folder }),
  });
}

async function runHere(): Promise<number> {
  const { projects, filters, options } = readTestArguments(process.argv.slice(2));
  const vitest = await startVitest(filters, { run: true, watch: false, ...options, project: projects });
  const modules = vitest.state.getTestModules();
  const totals = countTests(modules, vitest.state.getUnhandledErrors().length);
  const failedOutsideTests = process.exitCode !== undefined && process.exitCode !== 0;
  await vitest.close();
  const end = { totals, failed: linesOfFailed(modules) };
  if (process.env[LANE_VARIABLE] === undefined) tell(end);
  else tellEnd(end);
  return totals.failed > 0 || failedOutsideTests ? 1 : 0;
}
