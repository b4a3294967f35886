import type { Dropoff, Qoe, Retention } from '../../client/index.ts';
import { table } from '../output.ts';
import { clock, percent, quality, share, sparkline, worstCountries } from './words.ts';

export function describeEpisode(retention: Retention, dropoffs: readonly Dropoff[], qoe: Qoe): string[] {
  const { views, starts, uniqueViewers, durationSeconds, curve, from, to, isPartial } = retention;
  const head = table([
    ['views', `${views}, ${starts} started${uniqueViewers === null ? '' : `, by ${uniqueViewers} viewers`}`],
    ['from', `${from} to ${to}${isPartial ? ' (older than what is kept)' : ''}`],
    ['completed', share(retention.completionRate)],
    ['watched', `${percent(retention.averagePercentWatched)}, median ${percent(retention.medianPercentWatched)}`],
    ['lost in 3 s', share(retention.openingLoss)],
    ...quality(qoe),
  ]);
  if (starts === 0) return head;
  return [
    ...head,
    '',
    `0:00 ${sparkline(curve.map((point) => point.share ?? 0))} ${clock(durationSeconds)}`,
    '',
    ...(dropoffs.length === 0 ? ['Nowhere do more leave than around it.'] : dropoffs.flatMap(describeDropoff)),
    ...worstCountries(qoe),
  ];
}

function describeDropoff({ fromSeconds, toSeconds, atRisk, left, expected, words, verdict }: Dropoff): string[] {
  const where = toSeconds - fromSeconds === 1 ? clock(fromSeconds) : `${clock(fromSeconds)} to ${clock(toSeconds)}`;
  return [
    `${where}  ${left} of ${atRisk} left, ${Math.round(expected)} were to be expected`,
    `      ${words ?? verdict}`,
  ];
}
