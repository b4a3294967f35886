/** What a read of the analytics asks for, out of its query. Hand-written, as everything that this Worker parses. */
import { areApart, DAY_MS, HOUR_MS, periodOf, type Period } from '#core/qoe/answers/period.ts';
import { parseSegment, segmentText } from '#core/qoe/answers/segment-names.ts';
import type { Segment } from '#core/qoe/view-record.ts';
import { ProblemError } from '#shared/http/problem.ts';

export interface AskedPart extends Period {
  readonly segment: Segment | null;
}

export interface AnalyticsQuery {
  readonly part: AskedPart;
  /** Another period, or another part of the audience, to hold it against. */
  readonly against: AskedPart | null;
  /** No view can be in both. */
  readonly isApart: boolean;
  /** For people other than the operator's own (ANA-8). */
  readonly isShared: boolean;
  /** What the period was widened to. */
  readonly grainMs: number;
  /** Parameters of this call alone. */
  readonly own: Readonly<Record<string, string | undefined>>;
}

export interface QueryRules {
  readonly own?: readonly string[];
  readonly hasSegment?: boolean;
  readonly hasComparison?: boolean;
  readonly hasPeriod?: boolean;
  /** It can be told to others; not what has no unique viewers to judge by. */
  readonly isShareable?: boolean;
  readonly grainMs?: (own: AnalyticsQuery['own'], spanMs: number) => number;
}

export function readQuery(url: string, nowMs: number, rules: QueryRules = {}): AnalyticsQuery {
  const query = Object.fromEntries(new URL(url).searchParams);
  const { own: names = [], hasSegment = false, hasComparison = false, hasPeriod = true, isShareable = true } = rules;
  const known = [
    'format',
    ...(hasPeriod ? ['from', 'to'] : []),
    ...(isShareable ? ['shared'] : []),
    ...names,
    ...(hasSegment ? ['segment'] : []),
    ...(hasComparison ? ['compareFrom', 'compareTo', 'against'] : []),
  ];
  const strange = Object.keys(query).find((name) => !known.includes(name));
  if (strange !== undefined) throw invalid(strange, `is no parameter of this call; it has ${known.join(', ')}`);
  const own = Object.fromEntries(names.map((name) => [name, query[name]]));
  const asked = { fromMs: readTime(query, 'from'), toMs: readTime(query, 'to') };
  const grainMs = rules.grainMs?.(own, spanOf(asked, nowMs)) ?? HOUR_MS;
  const part = { ...readPeriod(asked, nowMs, grainMs), segment: readSegment(query, 'segment') };
  const against = hasComparison ? readAgainst(query, part, nowMs) : null;
  const isShared = readFlag(query, 'shared');
  return { part, against, isApart: against !== null && areApart(part, against), isShared, grainMs, own };
}

/** CSV by its own parameter, or as a client of HTTP asks. */
export function wantsCsv(request: Request): boolean {
  const format = new URL(request.url).searchParams.get('format');
  if (format !== null && format !== 'csv' && format !== 'json') throw invalid('format', 'is csv or json');
  if (format !== null) return format === 'csv';
  const accept = request.headers.get('Accept') ?? '';
  return /\btext\/csv\b/.test(accept) && !/\bapplication\/json\b/.test(accept);
}

export function invalid(name: string, detail: string): ProblemError {
  return new ProblemError({ code: 'invalid-request', detail: `${name}: ${detail}.`, members: { parameter: name } });
}

/** The range that was used, as it is told. */
export function partToWire({ fromMs, toMs, isPartial, segment }: AskedPart) {
  return {
    from: new Date(fromMs).toISOString(),
    to: new Date(toMs).toISOString(),
    isPartial,
    segment: segment === null ? null : segmentText(segment),
  };
}

type Query = Readonly<Record<string, string | undefined>>;
type AskedTimes = Parameters<typeof periodOf>[0];

function readPeriod(asked: AskedTimes, nowMs: number, grainMs: number, names = ['from', 'to']): Period {
  const period = periodOf(asked, nowMs, grainMs);
  const isBackwards = asked.fromMs !== null && asked.fromMs >= (asked.toMs ?? nowMs);
  const isEmpty = period.fromMs >= period.toMs && !period.isPartial;
  if (isBackwards || isEmpty) throw invalid(names[0] ?? '', `must be before ${names[1] ?? ''}`);
  return period;
}

function spanOf({ fromMs, toMs }: AskedTimes, nowMs: number): number {
  return fromMs === null ? Infinity : (toMs ?? nowMs) - fromMs;
}

/** The same part of the audience in another period, another part in the same period, or both. */
function readAgainst(query: Query, part: AskedPart, nowMs: number): AskedPart | null {
  const [fromMs, toMs] = [readTime(query, 'compareFrom'), readTime(query, 'compareTo')];
  const segment = readSegment(query, 'against');
  if (fromMs === null && toMs === null) return segment === null ? null : { ...part, segment };
  if (fromMs === null) throw invalid('compareFrom', 'is needed beside compareTo');
  // As long as the period itself, where its end is not said.
  const end = toMs ?? fromMs + part.toMs - part.fromMs;
  const period = readPeriod({ fromMs, toMs: end }, nowMs, HOUR_MS, ['compareFrom', 'compareTo']);
  return { ...period, segment: segment ?? part.segment };
}

/** ISO 8601 with a time zone, or a day of UTC. */
const TIME = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2}))?$/;
/** Of no use, and past what `Date` can say. */
const LATEST_MS = Date.UTC(2100, 0);

function readTime(query: Query, name: string): number | null {
  const text = query[name];
  if (text === undefined) return null;
  // In a query a plus sign is a space, unless somebody encoded it.
  const ms = TIME.test(text.replace(' ', '+')) ? Date.parse(text.replace(' ', '+')) : Number.NaN;
  if (Number.isNaN(ms) || ms > LATEST_MS || ms < 0) throw invalid(name, 'is no time of ISO 8601 with its zone');
  return ms;
}

function readSegment(query: Query, name: string): Segment | null {
  const text = query[name];
  if (text === undefined) return null;
  const segment = parseSegment(text);
  if (!segment.ok) throw invalid(name, segment.error);
  return segment.value;
}

function readFlag(query: Query, name: string): boolean {
  const text = query[name] ?? '0';
  if (text !== '0' && text !== '1') throw invalid(name, 'is 0 or 1');
  return text === '1';
}

/** Days are days of UTC; asked of less than a few of them, hours are what shows something. */
export function grainOf(own: AnalyticsQuery['own'], spanMs: number): number {
  const { grain } = own;
  if (grain === 'hour') return HOUR_MS;
  if (grain === 'day') return DAY_MS;
  if (grain !== undefined) throw invalid('grain', 'is hour or day');
  return spanMs <= HOURLY_UP_TO_MS ? HOUR_MS : DAY_MS;
}
const HOURLY_UP_TO_MS = 3 * DAY_MS;
