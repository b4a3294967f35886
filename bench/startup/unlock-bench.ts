/** Previews of four seconds, unlocked at their end: how long until the picture goes on, and whether anything is missing. */
import type { Page } from 'playwright-core';
import { median } from '../median.ts';
import { print, saveResults } from '../report.ts';
import { openBrowser, ORIGIN, VIEWPORT } from './browser.ts';
import { printTargets, type Target } from './grid-report.ts';
import { drained, type Link, type Shape } from './link/link.ts';
import { NETWORKS } from './networks.ts';
import type { Options } from './options.ts';
import { HALF_A_FRAME_SECONDS, PREVIEW_SECONDS, type UnlockPage, type UnlockSeen } from './page/protocol.ts';
import { machineLoad } from './priority.ts';
import { setUp } from './setup.ts';

const LIMIT_MS = 12_000;
const MAX_UNLOCK_MS = 300;
/** Of frames that are 33 ms apart: one that was not presented is no hole. */
const MAX_STEP_SECONDS = 0.1;
const HEIGHT = 1280;

/** Without a line to speak of, as the target has it. */
const LOCAL: Shape & { readonly name: string } = { name: 'local', rttMs: 1, megabitsPerSecond: 200 };

interface UnlockRow {
  readonly network: string;
  readonly seen: readonly UnlockSeen[];
  readonly failed: number;
}

export async function benchUnlocks(options: Options, say: (line: string) => void): Promise<void> {
  const networks = [LOCAL, ...(options.networks ?? NETWORKS)];
  const access = { coinPrice: 1, previewSeconds: PREVIEW_SECONDS };
  const series = networks.map((_, n) => ({ slug: `unlock-${n}`, height: HEIGHT, episodes: options.runs, access }));
  const setup = await setUp({ clients: 1, series, tokens: networks.length }, say);
  const loadBefore = machineLoad();
  const { rig, origin, folder } = setup;
  try {
    const [link] = rig.links;
    if (link === undefined) throw new Error('There is no link.');
    const browser = await openBrowser(link, origin.port, folder);
    const rows: UnlockRow[] = [];
    for (const [n, network] of networks.entries()) {
      link.shape(network);
      const page = await browser.newPage({ viewport: VIEWPORT });
      await page.goto(`${ORIGIN}/page/unlock.html`);
      await page.waitForFunction('window.unlock !== undefined');
      rows.push(
        await unlockAll(page, link, {
          network: network.name,
          series: `unlock-${n}`,
          token: origin.tokens[n] ?? '',
          runs: options.runs,
        }),
      );
      await page.close();
      say(`${network.name}: ${options.runs} unlocks`);
    }
    await browser.close();
    report(rows);
    saveResults('unlock', { at: new Date().toISOString(), link: rig.note, loadBefore, loadAfter: machineLoad(), rows });
  } finally {
    await setup.stop();
  }
}

interface Turn {
  readonly network: string;
  readonly series: string;
  readonly token: string;
  readonly runs: number;
}

async function unlockAll(page: Page, link: Link, { network, series, token, runs }: Turn): Promise<UnlockRow> {
  await page.evaluate((source) => (globalThis as unknown as { unlock: UnlockPage }).unlock.open(source), {
    series,
    token,
  });
  const seen: (UnlockSeen | null)[] = [];
  for (let run = 0; run < runs; run++) {
    seen.push(
      await page.evaluate(
        (limitMs) => (globalThis as unknown as { unlock: UnlockPage }).unlock.unlock(limitMs),
        LIMIT_MS,
      ),
    );
  }
  await drained(link);
  const came = seen.filter((each) => each !== null);
  return { network, seen: came, failed: seen.length - came.length };
}

function of(seen: readonly UnlockSeen[], read: (each: UnlockSeen) => number): readonly number[] {
  return seen.map(read);
}

/** The frames looked at may all be shown before a segment has come whole. */
function segmentText(times: readonly number[]): string {
  const whole = times.filter((ms) => !Number.isNaN(ms));
  return whole.length > times.length / 2 ? median(whole).toFixed(0) : 'later';
}

function report(rows: readonly UnlockRow[]): void {
  print(
    [
      'unlock',
      'next frame ms',
      'max',
      'beyond the preview ms',
      'of it: until entitled',
      'the segment',
      'stopped at',
      'largest step',
      'first beyond',
      'step beyond',
      'reloads',
      'failed',
    ],
    rows.map(({ network, seen, failed }) => {
      const times = of(seen, ({ unlockMs }) => unlockMs);
      return [
        ...[network, median(times).toFixed(0), Math.max(...times).toFixed(0)],
        ...[({ beyondMs }: UnlockSeen) => beyondMs, ({ entitledMs }: UnlockSeen) => entitledMs].map((read) =>
          median(of(seen, read)).toFixed(0),
        ),
        segmentText(of(seen, ({ segmentMs }) => segmentMs)),
        `${median(of(seen, ({ stoppedAtSeconds }) => stoppedAtSeconds)).toFixed(2)} s`,
        `${Math.max(...of(seen, ({ largestStepSeconds }) => largestStepSeconds)).toFixed(3)} s`,
        `${Math.max(...of(seen, ({ beyondAtSeconds }) => beyondAtSeconds)).toFixed(3)} s`,
        `${Math.max(...of(seen, ({ beyondStepSeconds }) => beyondStepSeconds)).toFixed(3)} s`,
        ...[String(seen.reduce((sum, { reloads }) => sum + reloads, 0)), failed === 0 ? '' : String(failed)],
      ];
    }),
  );
  const local = rows.find(({ network }) => network === LOCAL.name);
  if (local !== undefined) printTargets(targetsOf(local, rows));
}

function targetsOf(local: UnlockRow, rows: readonly UnlockRow[]): Target[] {
  const unlockMs = median(of(local.seen, (each) => each.unlockMs));
  const beyondMs = median(of(local.seen, (each) => each.beyondMs));
  const beyondAtSeconds = Math.max(
    ...rows.flatMap(({ seen }) =>
      of(seen, (each) => (Number.isNaN(each.beyondAtSeconds) ? Infinity : each.beyondAtSeconds)),
    ),
  );
  const step = Math.max(...rows.flatMap(({ seen }) => of(seen, ({ largestStepSeconds }) => largestStepSeconds)));
  const beyondStep = Math.max(...rows.flatMap(({ seen }) => of(seen, ({ beyondStepSeconds }) => beyondStepSeconds)));
  const reloads = rows.reduce((sum, { seen }) => sum + of(seen, (each) => each.reloads).reduce((a, b) => a + b, 0), 0);
  return [
    {
      network: LOCAL.name,
      target: 'unlock to next frame',
      measured: `${unlockMs.toFixed(0)} ms`,
      wanted: `< ${MAX_UNLOCK_MS} ms`,
      isMet: unlockMs < MAX_UNLOCK_MS,
    },
    {
      network: LOCAL.name,
      target: 'unlock to first frame beyond the preview',
      measured: `${beyondMs.toFixed(0)} ms`,
      wanted: `< ${MAX_UNLOCK_MS} ms`,
      isMet: beyondMs < MAX_UNLOCK_MS,
    },
    {
      network: 'all',
      target: `frame ${PREVIEW_SECONDS}.0 s is shown`,
      measured: `${beyondAtSeconds.toFixed(3)} s`,
      wanted: `< ${PREVIEW_SECONDS + HALF_A_FRAME_SECONDS} s`,
      isMet: beyondAtSeconds < PREVIEW_SECONDS + HALF_A_FRAME_SECONDS,
    },
    {
      network: 'all',
      target: 'and followed by what comes next',
      measured: `${beyondStep.toFixed(3)} s`,
      wanted: `< ${MAX_STEP_SECONDS} s`,
      isMet: beyondStep < MAX_STEP_SECONDS,
    },
    {
      network: 'all',
      target: 'nothing is left out',
      measured: `${step.toFixed(3)} s`,
      wanted: `< ${MAX_STEP_SECONDS} s`,
      isMet: step < MAX_STEP_SECONDS,
    },
    {
      network: LOCAL.name,
      target: 'every unlock came',
      measured: `${local.failed} did not`,
      wanted: '0',
      isMet: local.failed === 0,
    },
    {
      network: 'all',
      target: 'no reload of the element',
      measured: String(reloads),
      wanted: '0',
      isMet: reloads === 0,
    },
  ];
}
