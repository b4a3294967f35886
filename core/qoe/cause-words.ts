import type { Attribution, Comparison } from './cause.ts';
import { MIN_LEAVERS } from './limits.ts';
import type { Interval } from './mantel-haenszel.ts';

/** What the numbers say, for who does not read them. English: the console's language. */
export function wordsOf(attribution: Attribution): string {
  const { verdict, left } = attribution;
  switch (verdict) {
    case 'too-few':
      return `Only ${left} left here: under ${MIN_LEAVERS} nothing is said of why.`;
    case 'neither':
      return `Neither. Of ${left} who left here, no part worth naming is explained by a stall, a low rendition or the episode itself.`;
    case 'script':
      return `The script. Of ${left} who left here, ${scriptWords(attribution)}.`;
    case 'buffering':
      return `Buffering. Of ${left} who left here, ${bufferingWords(attribution)}.`;
    case 'both':
      return `Both. Of ${left} who left here, ${bufferingWords(attribution)}; ${scriptWords(attribution)}.`;
  }
}

function scriptWords({ script }: Attribution): string {
  const { leavers, left, atRisk, otherLeft, otherAtRisk } = script;
  const rates = `${rate(left, atRisk)} a second of those whom nothing disturbed, ${rate(otherLeft, otherAtRisk)} around it`;
  return `${about(leavers)} left because of what the episode shows here (${rates})`;
}

function bufferingWords({ stall, low }: Attribution): string {
  const isStall = stall.leavers.estimate >= low.leavers.estimate;
  const { leavers, left, atRisk, otherLeft, otherAtRisk }: Comparison = isStall ? stall : low;
  const rates = `${rate(left, atRisk)} a second left of those, ${rate(otherLeft, otherAtRisk)} of those with neither`;
  return `${about(leavers)} had just ${isStall ? 'stalled' : 'seen a low rendition'} and would have stayed without it (${rates})`;
}

function about({ estimate, low, high }: Interval): string {
  return `about ${whole(estimate)} (${whole(low)} to ${whole(high)})`;
}

function whole(value: number): number {
  return Math.max(0, Math.round(value));
}

function rate(part: number, all: number): string {
  return all === 0 ? 'none' : `${((100 * part) / all).toFixed(1)} %`;
}
