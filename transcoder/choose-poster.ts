import { copyFile, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type EncodeFiles, posterFile } from './ffmpeg-args.ts';
import { LUMA_THUMBNAIL } from './filter-graph.ts';
import { BLACK_LUMA, FLAT_DEVIATION } from './limits.ts';
import type { PackagedObject } from './package/folder.ts';

export interface ChosenPoster {
  readonly object: PackagedObject;
  /** Every candidate was black: the episode itself is. */
  readonly isBlack: boolean;
}

/** Copies the best candidate frame to `poster.jpg`. */
export async function choosePoster(files: EncodeFiles, jobDir: string, outputDir: string): Promise<ChosenPoster> {
  const thumbnails = await readFile(files.posterLuma);
  const best = bestCandidate(thumbnails, LUMA_THUMBNAIL.width * LUMA_THUMBNAIL.height);
  const target = join(outputDir, 'poster.jpg');
  await copyFile(posterFile(jobDir, best.index), target);
  const { size } = await stat(target);
  return { object: { path: 'poster.jpg', sizeBytes: size }, isBlack: best.isBlack };
}

export interface PosterCandidate {
  readonly index: number;
  readonly isBlack: boolean;
}

/** Past this share of the episode a frame gives the cliffhanger away. */
const SPOILER_SHARE = 0.75;
const SPOILER_WEIGHT = 0.5;
/** Night scenes are fine; a fade to black is not. */
const DARK_LUMA = 40;
const BLACK_WEIGHT = 0.001;

/** The frame with the most contrast that is neither black nor near the end; a fixed time would land in a fade-in. */
export function bestCandidate(thumbnails: Uint8Array, thumbnailBytes: number): PosterCandidate {
  const count = Math.max(1, Math.floor(thumbnails.length / thumbnailBytes));
  let best: PosterCandidate = { index: 0, isBlack: true };
  let bestScore = -1;
  for (let index = 0; index < count; index++) {
    const { mean, deviation } = lumaStatistics(
      thumbnails.subarray(index * thumbnailBytes, (index + 1) * thumbnailBytes),
    );
    const isBlack = mean < BLACK_LUMA && deviation < FLAT_DEVIATION;
    const brightness = isBlack ? BLACK_WEIGHT : Math.min(1, mean / DARK_LUMA);
    const position = (index + 0.5) / count > SPOILER_SHARE ? SPOILER_WEIGHT : 1;
    const score = (deviation + 1) * brightness * position;
    if (score > bestScore) [best, bestScore] = [{ index, isBlack }, score];
  }
  return best;
}

function lumaStatistics(luma: Uint8Array): { readonly mean: number; readonly deviation: number } {
  if (luma.length === 0) return { mean: 0, deviation: 0 };
  let sum = 0;
  let squares = 0;
  for (const value of luma) {
    sum += value;
    squares += value * value;
  }
  const mean = sum / luma.length;
  return { mean, deviation: Math.sqrt(Math.max(0, squares / luma.length - mean * mean)) };
}
