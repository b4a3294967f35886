/** Every policy on the same sessions and the same traces. */
import { type AudienceName, drawSession } from './audience.ts';
import { drawTrace, type NetworkName } from './link.ts';
import type { SimPolicy } from './policy.ts';
import { seeded } from './random.ts';
import { type Outcome, total, wastedShare } from './score.ts';
import { simulate } from './simulate.ts';

/** Tuning looked at 1 to 40; what is reported here, and what the tests run, it has not seen. */
export const REPORT_SEEDS = { first: 50_001, count: 60 };

export interface Setting {
  readonly network: NetworkName;
  readonly audience: AudienceName;
}

export interface Figures {
  /** Per minute watched, so that sessions of any length weigh by what was seen. */
  readonly scorePerMinute: number;
  readonly qoePerMinute: number;
  readonly megabytesPerMinute: number;
  readonly wastedShare: number;
  readonly stallShare: number;
}

export function runPolicy(
  { network, audience }: Setting,
  seeds: { readonly first: number; readonly count: number },
  create: () => SimPolicy,
): Figures {
  const outcomes = Array.from({ length: seeds.count }, (_, index) => {
    const random = seeded(seeds.first + index);
    return simulate(drawSession(audience, random), drawTrace(network, random), create());
  });
  return figuresOf(outcomes);
}

function figuresOf(outcomes: readonly Outcome[]): Figures {
  const played = total(outcomes, 'playedSeconds');
  const perMinute = (key: keyof Outcome): number => (total(outcomes, key) * 60) / played;
  return {
    scorePerMinute: perMinute('score'),
    qoePerMinute: perMinute('qoe'),
    megabytesPerMinute: perMinute('bytes') / 1e6,
    wastedShare: wastedShare(outcomes),
    stallShare: total(outcomes, 'stallSeconds') / (played + total(outcomes, 'stallSeconds')),
  };
}
