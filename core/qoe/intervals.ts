/** Seconds of media that were played, as merged `[from, to]` pairs in ascending order. */
export type WatchedIntervals = readonly (readonly [fromSeconds: number, toSeconds: number])[];

/** Two stretches closer than this are one: `timeupdate` fires about 4 times a second and rounds. */
const JOIN_GAP_SECONDS = 0.05;

/** Adds one stretch. Pure: the given intervals are left as they are. */
export function addInterval(watched: WatchedIntervals, fromSeconds: number, toSeconds: number): WatchedIntervals {
  if (!(toSeconds > fromSeconds)) return watched;
  let from = fromSeconds;
  let to = toSeconds;
  const before: (readonly [number, number])[] = [];
  const after: (readonly [number, number])[] = [];
  for (const interval of watched) {
    if (interval[1] < from - JOIN_GAP_SECONDS) before.push(interval);
    else if (interval[0] > to + JOIN_GAP_SECONDS) after.push(interval);
    else {
      from = Math.min(from, interval[0]);
      to = Math.max(to, interval[1]);
    }
  }
  return [...before, [from, to], ...after];
}

/** How much media was played, counting replays once. */
export function watchedSeconds(watched: WatchedIntervals): number {
  return watched.reduce((sum, [from, to]) => sum + (to - from), 0);
}
