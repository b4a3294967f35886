/** Size and duration of one Media Segment, as far as a bit rate goes. */
export interface SegmentSize {
  readonly durationSeconds: number;
  readonly sizeBytes: number;
}

export interface MeasuredBandwidth {
  /** RFC 8216bis 4.4.6.2 BANDWIDTH: the peak segment bit rate. */
  readonly peakBps: number;
  /** AVERAGE-BANDWIDTH. */
  readonly averageBps: number;
}

/**
 * Measures the peak as RFC 8216bis section 2 defines it: over any contiguous run of segments that lasts 0.5 to 1.5 Target
 * Durations. One-second start segments alone would inflate it, because each carries a whole IDR.
 */
export function measureBandwidth(segments: readonly SegmentSize[], targetDurationSeconds: number): MeasuredBandwidth {
  const total = sum(segments);
  const averageBps = Math.ceil((total.sizeBytes * 8) / total.durationSeconds);
  let peakBps = averageBps;
  for (let first = 0; first < segments.length; first++) {
    for (let end = first + 1; end <= segments.length; end++) {
      const run = sum(segments.slice(first, end));
      if (run.durationSeconds > 1.5 * targetDurationSeconds) break;
      if (run.durationSeconds >= 0.5 * targetDurationSeconds) {
        peakBps = Math.max(peakBps, Math.ceil((run.sizeBytes * 8) / run.durationSeconds));
      }
    }
  }
  return { peakBps, averageBps };
}

/** RFC 8216bis 4.4.3.1: no segment's duration, rounded to the nearest integer, exceeds it. */
export function targetDurationSeconds(durationsSeconds: readonly number[]): number {
  return Math.max(1, ...durationsSeconds.map((seconds) => Math.round(seconds)));
}

function sum(segments: readonly SegmentSize[]): SegmentSize {
  const total = { durationSeconds: 0, sizeBytes: 0 };
  for (const segment of segments) {
    total.durationSeconds += segment.durationSeconds;
    total.sizeBytes += segment.sizeBytes;
  }
  return total;
}
