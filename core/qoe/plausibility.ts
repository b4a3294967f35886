import { FASTEST_PLAYBACK, PAST_END_SECONDS } from './limits.ts';
import { furthestSecond, playsOf, type ViewRecord } from './view-record.ts';

export const FLAGS = ['bot', 'past-the-end', 'faster-than-time', 'stalled-longer-than-time'] as const;
export type Flag = (typeof FLAGS)[number];

/** Between the clock of the pass and ours, and for the way of a beacon. */
const CLOCK_SLACK_MS = 5_000;

/**
 * What about a view cannot be. Such a view is kept and counted as flagged, and in nothing else: it may be a fault of a
 * player, and then somebody has to see it. Elapsed time is the server's; where that is not known, it is not judged.
 *
 * @see security.md ANA-4, ANA-9
 */
export function flagsOf(view: ViewRecord, durationSeconds: number | null): Flag[] {
  const flags: Flag[] = [];
  const plays = playsOf(view);
  const furthest = Math.max(furthestSecond(view), furthestSecond({ watched: plays }));
  const elapsedMs = view.notBeforeMs === null ? null : view.lastReceivedAtMs - view.notBeforeMs + CLOCK_SLACK_MS;
  const playedMs = Math.max(totalSeconds(plays), totalSeconds(view.watched)) * 1_000;
  const stalledMs = view.stalls.reduce((sum, { durationMs }) => sum + durationMs, view.startupMs ?? 0);
  if (view.botRules !== null) flags.push('bot');
  if (durationSeconds !== null && furthest > durationSeconds + PAST_END_SECONDS) flags.push('past-the-end');
  if (elapsedMs !== null && playedMs > elapsedMs * FASTEST_PLAYBACK) flags.push('faster-than-time');
  if (elapsedMs !== null && stalledMs > elapsedMs) flags.push('stalled-longer-than-time');
  return flags;
}

function totalSeconds(stretches: ViewRecord['watched']): number {
  return stretches.reduce((sum, [from, to]) => sum + (to - from), 0);
}
