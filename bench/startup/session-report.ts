import { median } from '../median.ts';
import { print } from '../report.ts';
import type { Target } from './grid-report.ts';
import { growth, type MemorySample } from './memory.ts';
import type { PixelCheck } from './pixels.ts';
import type { Session } from './session-run.ts';

export const HIDDEN_MP4 = 'hidden MP4, preloaded';
export const OUR_SESSION = 'ours';
export const OUR_RUNG_SESSION = 'ours, own rung';

export interface SessionRow {
  readonly network: string;
  readonly name: string;
  readonly swipes: number;
  readonly paintedShare: number;
  readonly medianMs: number;
  readonly p90Ms: number;
  readonly stalls: number;
  readonly stalledMs: number;
  readonly movedBytes: number;
  readonly wastedShare: number;
}

const MIN_PAINTED_SHARE = 0.95;
const MAX_OF_HIDDEN_MP4 = 1.1;
/** Of the last third over the second: noise of one collection more or less. */
const MAX_GROWTH = 0.1;

export function sessionRow(
  network: string,
  name: string,
  session: Session,
  bytesPerSecond: (heightPx: number) => number,
): SessionRow {
  const { swipes, stalls, movedBytes, playedSeconds } = session;
  const usedBytes = [...playedSeconds].reduce((sum, [height, seconds]) => sum + seconds * bytesPerSecond(height), 0);
  const times = swipes.map(({ newFrameMs }) => newFrameMs ?? Infinity).sort((a, b) => a - b);
  return {
    ...{ network, name, swipes: swipes.length, movedBytes },
    paintedShare: swipes.filter(({ wasPainted }) => wasPainted).length / swipes.length,
    medianMs: median(times),
    p90Ms: times[Math.floor(times.length * 0.9)] ?? Number.NaN,
    ...{ stalls: stalls.count, stalledMs: stalls.totalMs },
    wastedShare: 1 - usedBytes / movedBytes,
  };
}

export function printSessions(rows: readonly SessionRow[]): void {
  const ms = (value: number): string => (Number.isFinite(value) ? value.toFixed(0) : 'never');
  print(
    ['session', 'swipes', 'still there', 'new frame ms', 'p90', 'stalls', 'stalled ms', 'MB moved', 'wasted'],
    rows.map((row) => [
      ...[`${row.network} ${row.name}`, String(row.swipes), `${(row.paintedShare * 100).toFixed(0)} %`],
      ...[ms(row.medianMs), ms(row.p90Ms), String(row.stalls), row.stalledMs.toFixed(0)],
      ...[(row.movedBytes / 1e6).toFixed(1), `${(row.wastedShare * 100).toFixed(0)} %`],
    ]),
  );
}

export function sessionTargets(rows: readonly SessionRow[]): Target[] {
  return rows
    .filter(({ name }) => name === OUR_SESSION)
    .flatMap((ours) => {
      const { network } = ours;
      const mp4 = rows.find((row) => row.network === network && row.name === HIDDEN_MP4);
      const limitMs = (mp4?.medianMs ?? Number.NaN) * MAX_OF_HIDDEN_MP4;
      return [
        {
          ...{ network, target: 'swipes: still frame already painted' },
          ...{ measured: `${(ours.paintedShare * 100).toFixed(1)} %`, wanted: `>= ${MIN_PAINTED_SHARE * 100} %` },
          isMet: ours.paintedShare >= MIN_PAINTED_SHARE,
        },
        {
          ...{ network, target: 'swipes: new frame (median)' },
          ...{ measured: `${ours.medianMs.toFixed(0)} ms`, wanted: `<= ${limitMs.toFixed(0)} ms` },
          isMet: ours.medianMs <= limitMs,
        },
      ];
    });
}

export function memoryTargets(network: string, samples: readonly MemorySample[]): Target[] {
  print(
    ['memory', 'JS heap MB', 'renderers MB (PSS)'],
    samples.map(({ swipes, heapMegabytes, rendererMegabytes }) => [
      ...[`after ${swipes} swipes`, heapMegabytes.toFixed(1), rendererMegabytes?.toFixed(0) ?? ''],
    ]),
  );
  const target = (name: string, values: readonly number[]): Target => ({
    ...{ network, target: `memory: ${name}, last third over the second` },
    ...{ measured: `${(growth(values) * 100).toFixed(1)} %`, wanted: `<= ${MAX_GROWTH * 100} %` },
    isMet: growth(values) <= MAX_GROWTH,
  });
  return [
    target(
      'JS heap',
      samples.map(({ heapMegabytes }) => heapMegabytes),
    ),
    target(
      'renderers',
      samples.map(({ rendererMegabytes }) => rendererMegabytes ?? Number.NaN),
    ),
  ];
}

export function pixelTarget(network: string, { frames, blackFrames, darkestLuma }: PixelCheck): Target {
  return {
    ...{ network, target: 'pixels: black frames around swipes' },
    ...{ measured: `${blackFrames} of ${frames} (darkest ${darkestLuma.toFixed(0)})`, wanted: '0' },
    isMet: frames > 0 && blackFrames === 0,
  };
}
