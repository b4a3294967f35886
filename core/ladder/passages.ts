import type { Passage } from './analysis.ts';

/** What one still shows, as far as it can be judged by itself and beside the one before it. */
export interface StillStatistics {
  /** Luma, 0 to 255. */
  readonly mean: number;
  /** Standard deviation of luma: none where the picture shows nothing. */
  readonly deviation: number;
  /** The largest change of any sample since the still before; 255 for the first. */
  readonly change: number;
  /** The mean change: how much moves. */
  readonly motion: number;
}

/** Mean luma below which a flat frame counts as black. A black poster was 482 bytes once. */
const BLACK_LUMA = 24;
/** Standard deviation of luma under which a frame shows nothing: a street at night is dark but has its lamps. */
const FLAT_DEVIATION = 8;
/** Encoders change a still picture by a level here and there; anything that moves changes some sample by more. */
const FROZEN_CHANGE = 1;
const BLACK_WARNING_SECONDS = 2;
const FROZEN_WARNING_SECONDS = 5;

/** Statistics of raw RGB stills that follow each other in `rgb`, `bytesPerStill` each. */
export function stillStatistics(rgb: Uint8Array, bytesPerStill: number): readonly StillStatistics[] {
  const stills: StillStatistics[] = [];
  for (let start = 0; start + bytesPerStill <= rgb.length; start += bytesPerStill) {
    stills.push(statisticsAt(rgb, start, bytesPerStill, start === 0 ? null : start - bytesPerStill));
  }
  return stills;
}

function statisticsAt(rgb: Uint8Array, start: number, length: number, before: number | null): StillStatistics {
  let [sum, squares, change, changes] = [0, 0, before === null ? 255 : 0, 0];
  for (let at = 0; at < length; at += 3) {
    const [red = 0, green = 0, blue = 0] = rgb.subarray(start + at, start + at + 3);
    const luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    sum += luma;
    squares += luma * luma;
    if (before === null) continue;
    for (let channel = 0; channel < 3; channel++) {
      const step = Math.abs((rgb[start + at + channel] ?? 0) - (rgb[before + at + channel] ?? 0));
      changes += step;
      if (step > change) change = step;
    }
  }
  const samples = length / 3;
  const mean = sum / samples;
  const deviation = Math.sqrt(Math.max(0, squares / samples - mean * mean));
  return { mean, deviation, change, motion: changes / length };
}

export function isBlack({ mean, deviation }: StillStatistics): boolean {
  return mean < BLACK_LUMA && deviation < FLAT_DEVIATION;
}

export interface PictureWarning {
  readonly code: 'picture-black' | 'picture-black-passage' | 'picture-frozen';
  readonly detail: string;
}

/** What an operator should look at; a still stands for the interval around it. */
export function pictureWarnings(
  stills: readonly StillStatistics[],
  intervalSeconds: number,
): readonly PictureWarning[] {
  if (stills.length > 0 && stills.every(isBlack)) {
    const detail = 'The picture is black throughout, so the poster is too. Check that the export has the picture.';
    return [{ code: 'picture-black', detail }];
  }
  const warnings: PictureWarning[] = [];
  const black = passages(stills, isBlack, intervalSeconds, BLACK_WARNING_SECONDS);
  if (black.length > 0) {
    const detail = `The picture is black from ${spoken(black)}. Viewers take it for a fault; cut it where it is not meant.`;
    warnings.push({ code: 'picture-black-passage', detail });
  }
  const stands = (still: StillStatistics): boolean => still.change <= FROZEN_CHANGE && !isBlack(still);
  const frozen = passages(stills, stands, intervalSeconds, FROZEN_WARNING_SECONDS);
  if (frozen.length > 0) {
    const detail = `The picture stands still from ${spoken(frozen)}. Check that the export is whole.`;
    warnings.push({ code: 'picture-frozen', detail });
  }
  return warnings;
}

function passages(
  stills: readonly StillStatistics[],
  matches: (still: StillStatistics) => boolean,
  intervalSeconds: number,
  atLeastSeconds: number,
): readonly Passage[] {
  const found: Passage[] = [];
  let first: number | null = null;
  for (let n = 0; n <= stills.length; n++) {
    const still = stills[n];
    const inside = still !== undefined && matches(still);
    if (inside) first ??= n;
    else if (first !== null) {
      found.push({ startSeconds: first * intervalSeconds, endSeconds: n * intervalSeconds });
      first = null;
    }
  }
  return found.filter(({ startSeconds, endSeconds }) => endSeconds - startSeconds >= atLeastSeconds);
}

function spoken(list: readonly Passage[]): string {
  return list
    .slice(0, 5)
    .map(({ startSeconds, endSeconds }) => `${Math.round(startSeconds)} to ${Math.round(endSeconds)} s`)
    .join(', ');
}
