/** `npm run bench -- audience [--views 100000] [--seed 1]` */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startPlatform } from '../../scripts/platform/index.ts';
import { makeSecrets } from '../../scripts/platform/secrets.ts';
import { withCountry } from '../../test/workers/support/country.ts';
import { print, saveResults } from '../report.ts';
import { SERIES_PLANS } from './library.ts';
import { type AudienceRun, runAudience } from './run.ts';

export async function benchAudience(options: readonly string[], otherwiseViews: number): Promise<void> {
  const views = optionOf(options, '--views') ?? otherwiseViews;
  const seed = optionOf(options, '--seed') ?? 1;
  const folder = mkdtempSync(path.join(tmpdir(), 'cliffhanger-audience-'));
  const secrets = makeSecrets('local');
  const log = (): void => undefined;
  const platform = await startPlatform({ port: 0, dataDir: folder, secrets, demo: false, log, adapt: withCountry });
  try {
    report(
      await runAudience({ origin: platform.origin, secrets }, { views, seed, plans: SERIES_PLANS, withOverview: true }),
      seed,
    );
  } finally {
    await platform.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function report(run: AudienceRun, seed: number): void {
  const { views, delivered, sessions, first, comparisons, changed } = run;
  const { requests, events, sendSeconds, settleSeconds } = first;
  print(
    [`${views} views told, ${delivered} heard of`, 'numbers', 'largest error', 'of percentiles', 'wrong'],
    comparisons.map(({ about, numbers, exactOff, sketchOff, wrong }) => [
      about,
      String(numbers),
      exactOff === 0 ? '0' : exactOff.toExponential(1),
      `${(100 * sketchOff).toFixed(2)} %`,
      String(wrong.length),
    ]),
  );
  console.log(
    `${sessions} visits in ${requests} requests with ${events} beacons: sent in ${sendSeconds.toFixed(0)} s, still ${settleSeconds.toFixed(0)} s later.`,
  );
  console.log(`Told a second time: ${changed.length} answers changed.`);
  const wrong = comparisons.flatMap((each) => each.wrong);
  for (const { path: at, truth, told } of wrong.slice(0, 20))
    console.log(`${at}: ${String(told)}, in truth ${String(truth)}`);
  saveResults('audience', {
    at: new Date().toISOString(),
    seed,
    ...run,
    comparisons: comparisons.map((each) => ({ ...each, wrong: each.wrong.length })),
  });
  if (wrong.length > 0 || changed.length > 0) process.exitCode = 1;
}

function optionOf(options: readonly string[], name: string): number | null {
  const at = options.indexOf(name);
  return at < 0 ? null : Number(options[at + 1]);
}
