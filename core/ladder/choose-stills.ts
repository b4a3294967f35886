import { isBlack, type StillStatistics } from './passages.ts';

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
export function choosePosterStill(stills: readonly StillStatistics[]): PosterCandidate {
  let best: PosterCandidate = { index: 0, isBlack: true };
  let bestScore = -1;
  for (const [index, still] of stills.entries()) {
    const black = isBlack(still);
    const brightness = black ? BLACK_WEIGHT : Math.min(1, still.mean / DARK_LUMA);
    const position = (index + 0.5) / stills.length > SPOILER_SHARE ? SPOILER_WEIGHT : 1;
    const score = (still.deviation + 1) * brightness * position;
    if (score > bestScore) [best, bestScore] = [{ index, isBlack: black }, score];
  }
  return best;
}

export const PREVIEW_SECONDS = 3;

/** Where the muted preview starts: the seconds with the most motion, none of them black, that do not give the end away. */
export function choosePreviewStart(
  stills: readonly StillStatistics[],
  intervalSeconds: number,
  durationSeconds: number,
): number {
  const length = Math.max(1, Math.round(PREVIEW_SECONDS / intervalSeconds));
  const latest = Math.max(0, durationSeconds - PREVIEW_SECONDS);
  let [best, bestScore] = [0, -1];
  for (let first = 0; first < stills.length; first++) {
    const start = first * intervalSeconds;
    if (start > latest || (start > 0 && start + PREVIEW_SECONDS > durationSeconds * SPOILER_SHARE)) break;
    const window = stills.slice(first, first + length);
    // The first still of a window is measured against what lies before it, so a cut to the window does not count as motion.
    const motion = window.slice(1).reduce((sum, still) => sum + Math.min(still.motion, MAX_MOTION), 0);
    const score = (motion + 1) * (window.some(isBlack) ? BLACK_WEIGHT : 1);
    if (score > bestScore) [best, bestScore] = [start, score];
  }
  return best;
}

/** A cut changes everything; three of them in a row are not more to see than people who move. */
const MAX_MOTION = 40;
