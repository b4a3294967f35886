/** What part of the numbers is looked at: it stands in the address, so that what one sees can be sent to others. */
import { useMemo } from 'preact/hooks';
import { setQuery, useRoute } from '../router.ts';

export const PERIODS = [
  ['1', '24 hours'],
  ['7', '7 days'],
  ['28', '28 days'],
  ['90', '90 days'],
] as const;
export type PeriodName = (typeof PERIODS)[number][0];
const DEFAULT_PERIOD: PeriodName = '28';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

export interface View {
  readonly period: PeriodName;
  /** `country:DE`; null is everybody. */
  readonly segment: string | null;
  /** `previous`, or another part of the audience. */
  readonly against: string | null;
  /** As the API takes them. */
  readonly range: Readonly<Record<string, string>>;
  readonly comparison: Readonly<Record<string, string>>;
  /** The same text for as long as the same is asked for. */
  readonly key: string;
}

export function useView(): View {
  const { query } = useRoute();
  const asked = query.get('days');
  const period = PERIODS.find(([name]) => name === asked)?.[0] ?? DEFAULT_PERIOD;
  const [segment, against] = [query.get('segment'), query.get('against')];
  return useMemo(() => viewOf(period, segment, against, Date.now()), [period, segment, against]);
}

function viewOf(period: PeriodName, segment: string | null, against: string | null, nowMs: number): View {
  // Whole hours: that is what the API widens to.
  const fromMs = Math.floor(nowMs / HOUR_MS) * HOUR_MS - Number(period) * DAY_MS;
  const from = new Date(fromMs).toISOString();
  const range = { from, ...(segment === null ? {} : { segment }) };
  const key = JSON.stringify([range, against]);
  return { period, segment, against, range, comparison: comparisonOf(period, against, fromMs), key };
}

function comparisonOf(period: PeriodName, against: string | null, fromMs: number): Record<string, string> {
  if (against === null) return {};
  if (against !== 'previous') return { against };
  return {
    compareFrom: new Date(fromMs - Number(period) * DAY_MS).toISOString(),
    compareTo: new Date(fromMs).toISOString(),
  };
}

export const setPeriod = (period: PeriodName): void => setQuery({ days: period === DEFAULT_PERIOD ? null : period });
