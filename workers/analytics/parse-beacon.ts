import { ID_PATTERN } from '#core/id.ts';
import type { ViewEventWire } from '#core/qoe/beacon-wire.ts';
import { LEFT_BY } from '#core/qoe/view.ts';
import { err, ok, type Result } from '#core/result.ts';
import {
  MAX_EVENTS_PER_BEACON,
  MAX_INTERVALS_PER_VIEW,
  MAX_POSITION_SECONDS,
  MAX_SEQ,
  MAX_STALL_MS,
  MAX_STALLS_PER_VIEW,
  MAX_STARTUP_MS,
} from './limits.ts';
import { parseContext, type BeaconContext } from './parse-context.ts';
import { parseDetails } from './parse-details.ts';
import { isRecord, isUpTo } from './parse-fields.ts';

export interface Beacon {
  readonly context: BeaconContext;
  /** The state of each view as its player last knew it: cumulative, so the latest alone says everything. */
  readonly events: readonly ViewEventWire[];
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Members that we do not know are passed over: players are newer than the edge at times. */
export function parseBeacon(text: string): Result<Beacon, string> {
  const body = parseJson(text);
  const events = isRecord(body) ? body['events'] : undefined;
  if (!isRecord(body) || !Array.isArray(events)) return err('The body is JSON of the form { "events": [ … ] }.');
  if (events.length > MAX_EVENTS_PER_BEACON) return err(`A beacon carries at most ${MAX_EVENTS_PER_BEACON} events.`);
  const parsed: ViewEventWire[] = [];
  for (const [index, event] of events.entries()) {
    const view = parseEvent(event);
    if (typeof view === 'string') return err(`events[${index}]: ${view}`);
    parsed.push(view);
  }
  return ok({ context: parseContext(body['context']), events: parsed });
}

function parseEvent(value: unknown): ViewEventWire | string {
  if (!isRecord(value)) return 'not an object';
  const { viewId, seq, sessionId, episodeId, watched, startupMs, stalls, ended, leftBy } = value;
  if (typeof viewId !== 'string' || !UUID.test(viewId)) return 'viewId must be a UUID';
  if (typeof sessionId !== 'string' || !UUID.test(sessionId)) return 'sessionId must be a UUID';
  if (typeof episodeId !== 'string' || !ID_PATTERN.test(episodeId)) return 'episodeId must be an episode id';
  if (!isUpTo(seq, MAX_SEQ) || !Number.isInteger(seq)) return 'seq must be a whole number';
  if (startupMs != null && !isUpTo(startupMs, MAX_STARTUP_MS)) return 'startupMs must be null or milliseconds';
  const intervals = parseIntervals(watched);
  if (intervals === null) return 'watched must be a list of [fromSeconds, toSeconds]';
  const pauses = parseStalls(stalls ?? []);
  if (pauses === null) return 'stalls must be a list of { atSeconds, durationMs }';
  const details = parseDetails(value['details']);
  return {
    viewId,
    seq,
    sessionId,
    episodeId,
    watched: intervals,
    startupMs: startupMs ?? null,
    stalls: pauses,
    ended: ended === true,
    leftBy: LEFT_BY.find((known) => known === leftBy) ?? null,
    ...(details === null ? {} : { details }),
  };
}

function parseIntervals(value: unknown): [number, number][] | null {
  if (!Array.isArray(value) || value.length > MAX_INTERVALS_PER_VIEW) return null;
  const intervals: [number, number][] = [];
  for (const pair of value) {
    if (!Array.isArray(pair) || pair.length !== 2) return null;
    const [from, to]: unknown[] = pair;
    if (!isUpTo(from, MAX_POSITION_SECONDS) || !isUpTo(to, MAX_POSITION_SECONDS) || to < from) return null;
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
    if (!isUpTo(atSeconds, MAX_POSITION_SECONDS) || !isUpTo(durationMs, MAX_STALL_MS)) return null;
    stalls.push({ atSeconds, durationMs });
  }
  return stalls;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
