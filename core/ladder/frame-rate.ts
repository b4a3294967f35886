/** An exact frame rate: 30000/1001 has no decimal form, and a rounded one drifts against the audio. */
export interface FrameRate {
  readonly numerator: number;
  readonly denominator: number;
}

const FILM_NTSC: FrameRate = { numerator: 24000, denominator: 1001 };
const FILM: FrameRate = { numerator: 24, denominator: 1 };
const PAL: FrameRate = { numerator: 25, denominator: 1 };
const NTSC: FrameRate = { numerator: 30000, denominator: 1001 };
const DEFAULT_RATE: FrameRate = { numerator: 30, denominator: 1 };

const OUTPUT_RATES: readonly FrameRate[] = [FILM_NTSC, FILM, PAL, NTSC, DEFAULT_RATE];

/** A phone's average wanders by a few tenths of a per cent; 24 and 23.976 differ by 0.1 %, so the nearest one wins. */
const SNAP_TOLERANCE = 0.005;

export function framesPerSecond(rate: FrameRate): number {
  return rate.numerator / rate.denominator;
}

/**
 * The output rate for a source's average: the nearest broadcast rate, also of half or twice the average, so that 50, 59.94
 * and 60 fps lose every second frame and 12 and 15 fps show each frame twice. Anything else becomes 30.
 */
export function snapFrameRate(averageFrameRate: number | null): FrameRate {
  if (averageFrameRate === null || !Number.isFinite(averageFrameRate) || averageFrameRate <= 0) return DEFAULT_RATE;
  for (const factor of [1, 0.5, 2]) {
    const snapped = nearestRate(averageFrameRate * factor);
    if (snapped !== null) return snapped;
  }
  return DEFAULT_RATE;
}

function nearestRate(wanted: number): FrameRate | null {
  let best: FrameRate | null = null;
  let bestError = SNAP_TOLERANCE;
  for (const rate of OUTPUT_RATES) {
    const error = Math.abs(wanted / framesPerSecond(rate) - 1);
    if (error < bestError) [best, bestError] = [rate, error];
  }
  return best;
}
