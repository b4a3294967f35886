/** A drama of 2 s segments after two of 1 s, at 100 KB a second on a link of 4 Mbit/s. Each test says what differs. */
import type {
  CurrentEpisode,
  PreloadDevice,
  PreloadEpisode,
  PreloadState,
  QueuedEpisode,
} from '../../../../core/preload/state.ts';

export const ORDINARY: PreloadDevice = { saveData: false, lowBattery: false, memoryGb: 8 };

export function episode(changes: Partial<PreloadEpisode> = {}): PreloadEpisode {
  const segmentEndsSeconds = [1, 2, ...Array.from({ length: 29 }, (_, index) => 4 + 2 * index)];
  return {
    durationSeconds: 60,
    survival: null,
    segmentEndsSeconds,
    playableSegments: segmentEndsSeconds.length,
    bytesPerSecond: 100_000,
    fetchedSegments: 0,
    head: null,
    ...changes,
  };
}

export function queued(changes: Partial<QueuedEpisode> = {}): QueuedEpisode {
  return { ...episode(), attached: false, ...changes };
}

/** All of the fetched segments are buffered. */
export function playing(playheadSeconds: number, fetchedSegments: number): CurrentEpisode {
  const base = episode({ fetchedSegments });
  const end = base.segmentEndsSeconds[fetchedSegments - 1] ?? 0;
  return { ...base, playheadSeconds, bufferedSeconds: Math.max(0, end - playheadSeconds) };
}

export function stateOf(changes: Partial<PreloadState> = {}): PreloadState {
  return {
    current: playing(5, 8),
    queue: [queued(), queued(), queued(), queued()],
    attachedBehind: 0,
    bandwidthBps: 4_000_000,
    requestSeconds: 0.15,
    underWay: { transfers: 0, bytes: 0 },
    device: ORDINARY,
    ...changes,
  };
}
