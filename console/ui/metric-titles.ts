/** Metrics by the names that the API has for them, in words. */
import * as format from '../format.ts';

interface Told {
  readonly title: string;
  readonly write: (value: number | null) => string;
}

const TOLD: Readonly<Record<string, Told>> = {
  views: { title: 'Views', write: format.count },
  starts: { title: 'Views that started', write: format.count },
  uniqueViewers: { title: 'Unique viewers', write: format.count },
  completionRate: { title: 'Completion rate', write: format.share },
  averagePercentWatched: { title: 'Average watched', write: format.percentage },
  medianPercentWatched: { title: 'Median watched', write: format.percentage },
  viewerExperienceScore: { title: 'Experience score', write: format.decimal },
  'videoStartupTimeMs.p50': { title: 'Startup, median', write: format.milliseconds },
  'videoStartupTimeMs.p95': { title: 'Startup, p95', write: format.milliseconds },
  instantStartRate: { title: 'Instant starts', write: format.share },
  videoStartupFailurePercentage: { title: 'Startup failures', write: format.percentage },
  exitsBeforeVideoStart: { title: 'Exits before start', write: format.percentage },
  playbackFailurePercentage: { title: 'Playback failures', write: format.percentage },
  rebufferPercentage: { title: 'Rebuffering', write: format.percentage },
  viewsWithRebuffering: { title: 'Views with rebuffering', write: format.percentage },
  lowRenditionShare: { title: 'Time in a low rendition', write: format.share },
  droppedFramePercentage: { title: 'Dropped frames', write: format.percentage },
  nextEpisodeRate: { title: 'Next-episode rate', write: format.share },
  cliffhangerHold: { title: 'Cliffhanger hold', write: format.share },
  paywallConversion: { title: 'Paywall conversion', write: format.share },
  preloadWaste: { title: 'Preload waste', write: format.share },
};

export const METRIC_TITLES: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(TOLD).map(([name, { title }]) => [name, title]),
);

export function writeMetric(name: string, value: number | null): string {
  return (TOLD[name]?.write ?? format.decimal)(value);
}

/** What a threshold is typed in: shares as per cent. */
export function metricUnit(name: string): { readonly name: string; readonly factor: number } {
  const write = TOLD[name]?.write;
  if (write === format.share) return { name: ', per cent', factor: 100 };
  if (write === format.percentage) return { name: ', per cent', factor: 1 };
  return { name: write === format.milliseconds ? ', ms' : '', factor: 1 };
}
