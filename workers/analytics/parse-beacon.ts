import { ID_PATTERN } from '#core/id.ts';
import type { ViewDetailsWire } from '#core/qoe/details.ts';
import { err, ok, type Result } from '#core/result.ts';
import { MAX_EVENTS_PER_BEACON, MAX_INTERVALS_PER_VIEW, MAX_POSITION_SECONDS, MAX_STALLS_PER_VIEW } from './limits.ts';
import { parseDetails } from './parse-details.ts';

/** The state of one view as its player last knew it: cumulative, so the latest alone says everything. */
export interface ViewEvent {
  readonly viewId: string;
  readonly seq: number;
  readonly sessionId: string;
  readonly episodeId: string;
  readonly watched: readonly (readonly [number, number])[];
  readonly startupMs: number | null;
  readonly stalls: readonly { readonly atSeconds: number; readonly durationMs: number }[];
  readonly ended: boolean;
  readonly leftBy: 'swipe' | 'end' | 'paywall' | 'hidden' | null;
  /** null where the player does not tell. */
  readonly details: ViewDetailsWire | null;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const LEFT_BY = ['swipe', 'end', 'paywall', 'hidden'] as const;

/** Hand-written, because beacons are the most frequent request and zod would be most of this Worker. */
export function parseBeacon(text: string): Result<ViewEvent[], string> {
  const body = parseJson(text);
  const events = isRecord(body) ? body['events'] : undefined;
  if (!Array.isArray(events)) return err('The body is JSON of the form { "events": [ … ] }.');
  if (events.length > MAX_EVENTS_PER_BEACON) return err(`A beacon carries at most ${MAX_EVENTS_PER_BEACON} events.`);
  const parsed: ViewEvent[] = [];
  for (const [index, event] of events.entries()) {
    const view = parseEvent(event);
    if (typeof view === 'string') return err(`events[${index}]: ${view}`);
    parsed.push(view);
  }
  return ok(parsed);
}

function parseEvent(value: unknown): ViewEvent | string {
  if (!isRecord(value)) return 'not an object';
  const { viewId, seq, sessionId, episodeId, watched, startupMs, stalls, ended, leftBy } = value;
  if (typeof viewId !== 'string' || !UUID.test(viewId)) return 'viewId must be a UUID';
  if (typeof sessionId !== 'string' || !UUID.test(sessionId)) return 'sessionId must be a UUID';
  if (typeof episodeId !== 'string' || !ID_PATTERN.test(episodeId)) return 'episodeId must be an episode id';
  if (!isBounded(seq, 1_000_000) || !Number.isInteger(seq)) return 'seq must be a whole number';
  if (startupMs != null && !isBounded(startupMs, 600_000)) return 'startupMs must be null or milliseconds';
  const intervals = parseIntervals(watched);
  if (intervals === null) return 'watched must be a list of [fromSeconds, toSeconds]';
  const pauses = parseStalls(stalls ?? []);
  if (pauses === null) return 'stalls must be a list of { atSeconds, durationMs }';
  const reason = LEFT_BY.find((known) => known === leftBy) ?? null;
  return {
    viewId,
    seq,
    sessionId,
    episodeId,
    watched: intervals,
    startupMs: startupMs ?? null,
    stalls: pauses,
    ended: ended === true,
    leftBy: reason,
    details: parseDetails(value['details']),
  };
}

function parseIntervals(value: unknown): [number, number][] | null {
  if (!Array.isArray(value) || value.length > MAX_INTERVALS_PER_VIEW) return null;
  const intervals: [number, number][] = [];
  for (const pair of value) {
    if (!Array.isArray(pair) || pair.length !== 2) return null;
    const [from, to]: unknown[] = pair;
    if (!isBounded(from, MAX_POSITION_SECONDS) || !isBounded(to, MAX_POSITION_SECONDS) || to < from) return null;
    intervals.push([from, to]);
  }
  return intervals;
}

function parseStalls(value: unknown): { atSeconds: number; durationMs: number }[] | null {
  if (!Array.isArray(value) || value.length > MAX_STALLS_PER_VIEW) return null;
  const stalls: { atSeconds: number; durationMs: number }[] = [];
  for (const stall of value) {
    if (!isRecord(stall)) return null;
    const { atSeconds, durationMs } = stall;
    if (!isBounded(atSeconds, MAX_POSITION_SECONDS) || !isBounded(durationMs, 3_600_000)) return null;
    stalls.push({ atSeconds, durationMs });
  }
  return stalls;
}

function isBounded(value: unknown, max: number): value is number {
  return typeof value === 'number' && value >= 0 && value <= max;
}

function isRecord(value: unknown): value is { readonly [name: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
