/** Numbers and times as the reader's language writes them. null is told as a dash: not measured is not zero. */
const NONE = '–';

const integers = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 });
const compact = new Intl.NumberFormat(undefined, { notation: 'compact', maximumFractionDigits: 1 });
const oneDigit = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });
const twoDigits = new Intl.NumberFormat(undefined, { maximumFractionDigits: 2 });
const percent = new Intl.NumberFormat(undefined, {
  style: 'percent',
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
});
const wholePercent = new Intl.NumberFormat(undefined, { style: 'percent', maximumFractionDigits: 0 });
const money = new Intl.NumberFormat(undefined, { style: 'currency', currency: 'USD', maximumFractionDigits: 2 });

type Maybe = number | null | undefined;
const unless = (value: Maybe, write: (value: number) => string): string => (value == null ? NONE : write(value));

export const count = (value: Maybe): string =>
  unless(value, (some) => (some >= 100_000 ? compact.format(some) : integers.format(some)));
/** Rounded, and never shortened. */
export const whole = (value: Maybe): string => unless(value, (some) => integers.format(some));
export const decimal = (value: Maybe): string => unless(value, (some) => twoDigits.format(some));
/** Of a share from 0 to 1. */
export const share = (value: Maybe): string => unless(value, (some) => percent.format(some));
export const wholeShare = (value: number): string => wholePercent.format(value);
/** Of what is in per cent already. A percentile may be 1 % off, and nobody has watched 100.5 % of anything. */
export const percentage = (value: Maybe): string => unless(value, (some) => percent.format(Math.min(100, some) / 100));
export const dollars = (value: Maybe): string => unless(value, (some) => money.format(some));

export const milliseconds = (value: Maybe): string =>
  unless(value, (some) => (some < 10_000 ? `${integers.format(some)} ms` : `${oneDigit.format(some / 1_000)} s`));
export const seconds = (value: Maybe): string => unless(value, (some) => `${oneDigit.format(some)} s`);
export const bitrate = (value: Maybe): string =>
  unless(value, (some) => `${twoDigits.format(some / 1_000_000)} Mbit/s`);

const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];
export const bytes = (value: Maybe): string =>
  unless(value, (some) => {
    const power = some < 1 ? 0 : Math.min(BYTE_UNITS.length - 1, Math.floor(Math.log10(some) / 3));
    return `${oneDigit.format(some / 1_000 ** power)} ${BYTE_UNITS[power] ?? ''}`;
  });

/** Playing time: minutes, then hours. */
export const span = (ms: Maybe): string =>
  unless(ms, (some) => {
    if (some < 60_000) return `${integers.format(some / 1_000)} s`;
    return some < 6_000_000 ? `${integers.format(some / 60_000)} min` : `${compact.format(some / 3_600_000)} h`;
  });

/** `1:05` */
export function clock(atSeconds: number): string {
  const rounded = Math.round(atSeconds);
  return `${Math.floor(rounded / 60)}:${String(rounded % 60).padStart(2, '0')}`;
}

const dateTime = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const dayOnly = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });
const dayOfMonth = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const hourOnly = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
/** For an axis: the hour, or the day where a day begins. */
export const moment = (atSeconds: number, isByDay: boolean): string =>
  (isByDay ? dayOfMonth : hourOnly).format(new Date(atSeconds * 1_000));
export const time = (iso: string | null | undefined): string => (iso == null ? NONE : dateTime.format(new Date(iso)));
export const day = (iso: string | null | undefined): string => (iso == null ? NONE : dayOnly.format(new Date(iso)));

const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' });
const STEPS: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
];
export function ago(iso: string | null | undefined, nowMs: number = Date.now()): string {
  if (iso == null) return NONE;
  const ms = Date.parse(iso) - nowMs;
  for (const [unit, size] of STEPS) if (Math.abs(ms) >= size) return relative.format(Math.round(ms / size), unit);
  return relative.format(Math.round(ms / 1_000), 'second');
}

/** `DE` as the reader calls it. */
const regions = new Intl.DisplayNames(undefined, { type: 'region', fallback: 'code' });
export function dimensionValue(dimension: string, value: string): string {
  if (value === 'unknown') return 'Unknown';
  if (dimension === 'country' && /^[A-Z]{2}$/.test(value)) return regions.of(value) ?? value;
  return dimension === 'rendition' ? `${value}p` : value;
}
