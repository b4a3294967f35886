/** Tables and targets of the starts. */
import { median } from '../median.ts';
import { print } from '../report.ts';
import { HLS_JS_2S, MP4, OURS } from './candidates.ts';
import type { Clip } from './clip.ts';
import { floorMs } from './floor.ts';
import type { Starts } from './grid.ts';
import type { Network } from './networks.ts';

const MAX_OVER_FLOOR_MS = 90;
const MAX_OF_HLS_JS = 0.35;
const MAX_LINK_OF_HLS_JS = 0.45;

export interface Target {
  readonly network: string;
  readonly target: string;
  readonly measured: string;
  readonly wanted: string;
  readonly isMet: boolean;
}

export interface StartRow {
  readonly network: string;
  readonly name: string;
  readonly medianMs: number;
  readonly minMs: number;
  readonly p90Ms: number;
  readonly runs: number;
  /** Runs without a frame in the time given. */
  readonly failed: number;
  readonly floorMs: number | null;
}

export function rowsOf(starts: Starts, network: Network, floorOf: (name: string) => number | null): StartRow[] {
  return [...starts].map(([name, times]) => {
    // What never came is later than anything that did.
    const sorted = times.map((ms) => (Number.isNaN(ms) ? Infinity : ms)).sort((a, b) => a - b);
    return {
      network: network.name,
      name,
      medianMs: median(sorted),
      minMs: sorted[0] ?? Number.NaN,
      p90Ms: sorted[Math.floor(sorted.length * 0.9)] ?? Number.NaN,
      runs: times.length,
      failed: times.filter(Number.isNaN).length,
      floorMs: floorOf(name),
    };
  });
}

export function startRows(starts: Starts, network: Network, clip: Clip, rendition: string): StartRow[] {
  return rowsOf(starts, network, (name) => floorMs(name, clip, rendition, network));
}

export function printStarts(title: string, rows: readonly StartRow[]): void {
  const ms = (value: number | null): string =>
    value === null ? '' : Number.isFinite(value) ? value.toFixed(0) : 'never';
  const peer = rows.find(({ name }) => name === HLS_JS_2S)?.medianMs ?? Number.NaN;
  print(
    [title, 'median ms', 'min', 'p90', 'floor', 'over it', '× hls.js 2 s', 'failed'],
    rows.map(({ name, medianMs, minMs, p90Ms, floorMs: floor, failed }) => [
      ...[name, ms(medianMs), ms(minMs), ms(p90Ms), ms(floor), floor === null ? '' : ms(medianMs - floor)],
      ...[(medianMs / peer).toFixed(2), failed === 0 ? '' : String(failed)],
    ]),
  );
}

export function startTargets(rows: readonly StartRow[]): Target[] {
  const [ours, mp4, peer] = [OURS, MP4, HLS_JS_2S].map((name) => rows.find((row) => row.name === name));
  if (ours === undefined || mp4 === undefined || peer === undefined) return [];
  const { network, medianMs } = ours;
  const overMs = medianMs - (ours.floorMs ?? Number.NaN);
  const ratio = medianMs / peer.medianMs;
  const target = (name: string, measured: string, wanted: string, isMet: boolean): Target => ({
    network,
    target: `start: ${name}`,
    measured,
    wanted,
    isMet,
  });
  return [
    target('over the floor', `${overMs.toFixed(0)} ms`, `<= ${MAX_OVER_FLOOR_MS} ms`, overMs <= MAX_OVER_FLOOR_MS),
    target('beside MP4', `${medianMs.toFixed(0)} ms`, `<= ${mp4.medianMs.toFixed(0)} ms`, medianMs <= mp4.medianMs),
    target('of hls.js 2 s', ratio.toFixed(2), `<= ${MAX_OF_HLS_JS}`, ratio <= MAX_OF_HLS_JS),
  ];
}

export function linkTargets(rows: readonly StartRow[]): Target[] {
  const [ours, mp4, peer] = [OURS, MP4, HLS_JS_2S].map((name) => rows.find((row) => row.name === name));
  if (ours === undefined || mp4 === undefined || peer === undefined) return [];
  const { network, medianMs } = ours;
  const ratio = medianMs / peer.medianMs;
  return [
    {
      ...{ network, target: 'deep link: of hls.js 2 s', measured: ratio.toFixed(2) },
      ...{ wanted: `<= ${MAX_LINK_OF_HLS_JS}`, isMet: ratio <= MAX_LINK_OF_HLS_JS },
    },
    {
      ...{ network, target: 'deep link: beside MP4', measured: `${medianMs.toFixed(0)} ms` },
      ...{ wanted: `< ${mp4.medianMs.toFixed(0)} ms`, isMet: medianMs < mp4.medianMs },
    },
  ];
}

export function printTargets(targets: readonly Target[]): void {
  print(
    ['target', 'on', 'measured', 'wanted', ''],
    targets.map(({ network, target, measured, wanted, isMet }) => [
      ...[target, network, measured, wanted, isMet ? 'pass' : 'MISSED'],
    ]),
  );
}
