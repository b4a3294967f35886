/** A view as far as retention needs it: the stretches of the episode that were played. */
export interface WatchedView {
  readonly watched: readonly (readonly [number, number])[];
}

export interface RetentionPoint {
  readonly atSeconds: number;
  /** Views that played this second. */
  readonly viewers: number;
  /** Of the views that played anything; 0 when there are none. */
  readonly share: number;
}

/**
 * How many views played each second of an episode: coverage, from intervals and not from counters, so that a replayed
 * second counts once per view. A second counts when its middle was played.
 *
 * @see notes/playback.md 5.2
 */
export function retentionCurve(views: readonly WatchedView[], durationSeconds: number): RetentionPoint[] {
  const seconds = Math.ceil(durationSeconds);
  const viewers = Array.from({ length: seconds }, () => 0);
  let started = 0;
  for (const view of views) {
    const played = playedSeconds(view, seconds);
    if (played.size > 0) started++;
    for (const second of played) viewers[second] = (viewers[second] ?? 0) + 1;
  }
  return viewers.map((count, atSeconds) => ({ atSeconds, viewers: count, share: started === 0 ? 0 : count / started }));
}

function playedSeconds(view: WatchedView, seconds: number): Set<number> {
  const played = new Set<number>();
  for (const [from, to] of view.watched) {
    for (let second = Math.max(0, Math.ceil(from - 0.5)); second < seconds && second + 0.5 <= to; second++)
      played.add(second);
  }
  return played;
}
