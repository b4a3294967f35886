/** Numbers as people read them; what was not measured is a dash. */
import type { Qoe } from '../../client/index.ts';
import { table } from '../output.ts';

type Maybe = number | null;

export const percent = (value: Maybe): string => (value === null ? '–' : `${value.toFixed(1)} %`);
export const share = (value: Maybe): string => percent(value === null ? null : value * 100);
export const plain = (value: Maybe, digits = 0): string => (value === null ? '–' : value.toFixed(digits));

export function milliseconds(value: Maybe): string {
  if (value === null) return '–';
  return value < 1_000 ? `${Math.round(value)} ms` : `${(value / 1_000).toFixed(1)} s`;
}

/** `1:05` */
export function clock(seconds: number): string {
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}

const LEVELS = '▁▂▃▄▅▆▇█';
const SPARKLINE_WIDTH = 60;

/** A line of blocks, of shares from 0 to 1; of more values than fit each block is the mean of its own. */
export function sparkline(values: readonly number[], width = SPARKLINE_WIDTH): string {
  const blocks = Math.min(width, values.length);
  return Array.from({ length: blocks }, (_, block) => {
    const own = values.slice(
      Math.floor((block * values.length) / blocks),
      Math.floor(((block + 1) * values.length) / blocks),
    );
    const mean = own.reduce((sum, value) => sum + value, 0) / own.length;
    return LEVELS[Math.max(0, Math.min(LEVELS.length - 1, Math.floor(mean * LEVELS.length)))] ?? '';
  }).join('');
}

const WORST = 5;

export function worstCountries({ by }: Pick<Qoe, 'by'>): string[] {
  const worst = (by.country ?? []).slice(0, WORST);
  if (worst.length === 0) return [];
  const rows = worst.map(({ value, metrics }) => [
    `  ${value}`,
    plain(metrics.viewerExperienceScore),
    String(metrics.views),
    milliseconds(metrics.videoStartupTimeMs.p95),
    percent(metrics.rebufferPercentage),
    percent(metrics.videoStartupFailurePercentage),
  ]);
  const head = ['  country', 'experience', 'views', 'startup p95', 'rebuffering', 'failed starts'];
  return ['', 'The worst countries', ...table([head, ...rows])];
}

export function quality({ total }: Pick<Qoe, 'total'>): [string, string][] {
  const { p50, p95 } = total.videoStartupTimeMs;
  return [
    ['startup', `${milliseconds(p50)}, p95 ${milliseconds(p95)}`],
    ['rebuffering', percent(total.rebufferPercentage)],
    ['experience', `${plain(total.viewerExperienceScore)} of 100`],
  ];
}
