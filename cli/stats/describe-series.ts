import type { Funnel, FunnelStep, Qoe } from '../../client/index.ts';
import { table } from '../output.ts';
import { plain, quality, share, sparkline, worstCountries } from './words.ts';

const STEEPEST = 5;

export function describeSeries(funnel: Funnel, qoe: Qoe): string[] {
  const { sessions, metrics, from, to, isPartial, episodes, takings } = funnel;
  const head = table([
    ['views', `${metrics.views} in ${sessions} sessions, by ${plain(metrics.uniqueViewers)} viewers`],
    ['from', `${from} to ${to}${isPartial ? ' (older than what is kept)' : ''}`],
    ['went on', `${share(funnel.nextEpisodeRate)} to the next episode`],
    ['held', `${share(funnel.cliffhangerHold)} of the ends that were reached`],
    ['binge', `${plain(funnel.bingeDepth, 1)} episodes a session`],
    ['paywall', `${share(funnel.paywallConversion)} took an offer`],
    ['coins', `${plain(takings?.coinsSpent ?? null)}, ${plain(funnel.coinsPerViewer, 2)} a viewer`],
    ...quality(qoe),
  ]);
  const seen = episodes.slice(0, episodes.findLastIndex(({ started }) => started > 0) + 1);
  if (seen.length === 0) return head;
  return [
    ...head,
    '',
    `#${seen[0]?.number} ${sparkline(seen.map(({ survival }) => survival))} #${seen.at(-1)?.number}`,
    ...steepest(seen),
    ...worstCountries(qoe),
  ];
}

/** Where the most stop, of those who came so far. */
function steepest(episodes: readonly FunnelStep[]): string[] {
  const rows = episodes
    .filter(({ stopped }) => (stopped ?? 0) > 0)
    .toSorted((a, b) => (b.stopped ?? 0) / b.atRisk - (a.stopped ?? 0) / a.atRisk)
    .slice(0, STEEPEST)
    .map(({ number, title, stopped, atRisk, paywalls, unlocks }) => [
      `  #${number}`,
      title,
      `${stopped} of ${atRisk}`,
      share((stopped ?? 0) / atRisk),
      (paywalls ?? 0) === 0 ? '' : `${unlocks ?? '–'} of ${paywalls} unlocked`,
    ]);
  return rows.length === 0 ? [] : ['', 'Where most stop', ...table(rows)];
}
