import {
  MAX_ERROR_CHARACTERS,
  OFFER_METHODS,
  PLAYS_PER_VIEW,
  RENDITIONS_PER_VIEW,
  SEEKS_PER_VIEW,
  START_SOURCES,
  WENT_TO,
  type CaptionUse,
  type PlaceInSession,
  type RenditionShown,
  type Seek,
  type ViewDetailsWire,
} from '#core/qoe/details.ts';
import { MAX_POSITION_SECONDS, MAX_SESSION_MS, MAX_VIEW_BYTES } from './limits.ts';
import { isRecord, isUpTo, upTo, type Fields } from './parse-fields.ts';

const MAX_BPS = 1e10;
const MAX_FRAMES = 1e7;
const MAX_SESSION_VIEWS = 10_000;
const MAX_CHANGES = 1_000;
const LANGUAGE = /^[A-Za-z0-9-]{1,35}$/;

/**
 * What a view tells beside what was watched. A member that is not as it should be counts as not told: a view is not lost
 * because a newer player says more than we know.
 */
export function parseDetails(value: unknown): ViewDetailsWire | null {
  if (!isRecord(value)) return null;
  const { startSource, renditions, seeks, frames, bytes, bandwidthBps, muteChanges, unlockMs, error } = value;
  const counted = isRecord(bytes) ? bytes : {};
  const isName = typeof error === 'string' && error.length <= MAX_ERROR_CHARACTERS && /^[\w. -]+$/.test(error);
  return {
    startSource: START_SOURCES.find((known) => known === startSource) ?? null,
    renditions: listOf(renditions, RENDITIONS_PER_VIEW, parseRendition),
    seeks: listOf(seeks, SEEKS_PER_VIEW, parseSeek),
    frames: isRecord(frames)
      ? { total: upTo(frames['total'], MAX_FRAMES), dropped: upTo(frames['dropped'], MAX_FRAMES) }
      : null,
    bytes: {
      fetched: upTo(counted['fetched'], MAX_VIEW_BYTES),
      unwatched: upTo(counted['unwatched'], MAX_VIEW_BYTES),
      ahead: upTo(counted['ahead'], MAX_VIEW_BYTES),
    },
    bandwidthBps: bandwidthBps === null ? null : upTo(bandwidthBps, MAX_BPS) || null,
    muted: value['muted'] === true,
    muteChanges: upTo(muteChanges, MAX_CHANGES),
    paywallShown: value['paywallShown'] === true,
    unlockMs: typeof unlockMs === 'number' ? upTo(unlockMs, 600_000) : null,
    error: isName ? error : null,
    plays: parsePlays(value['plays']),
    place: parsePlace(value['place']),
    offerTaken: OFFER_METHODS.find((known) => known === value['offerTaken']) ?? null,
    captions: parseCaptions(value['captions']),
    wentTo: WENT_TO.find((known) => known === value['wentTo']) ?? null,
    replays: upTo(value['replays'], MAX_CHANGES),
  };
}

function parseRendition(value: Fields): RenditionShown {
  return {
    atSeconds: upTo(value['atSeconds'], MAX_POSITION_SECONDS),
    bandwidthBps: upTo(value['bandwidthBps'], MAX_BPS),
    heightPx: value['heightPx'] === null ? null : upTo(value['heightPx'], 10_000),
  };
}

function parseSeek(value: Fields): Seek {
  return {
    fromSeconds: upTo(value['fromSeconds'], MAX_POSITION_SECONDS),
    toSeconds: upTo(value['toSeconds'], MAX_POSITION_SECONDS),
  };
}

/** One that cannot be makes the whole untold: the rest would be short of what was played. */
function parsePlays(value: unknown): [number, number][] | null {
  if (!Array.isArray(value) || value.length > PLAYS_PER_VIEW) return null;
  const plays: [number, number][] = [];
  for (const pair of value) {
    const [from, to]: unknown[] = Array.isArray(pair) ? pair : [];
    if (!isUpTo(from, MAX_POSITION_SECONDS) || !isUpTo(to, MAX_POSITION_SECONDS) || to < from) return null;
    plays.push([from, to]);
  }
  return plays;
}

function parsePlace(value: unknown): PlaceInSession | null {
  if (!isRecord(value)) return null;
  const { index, intentMs, endedMs, leftMs } = value;
  if (!isUpTo(index, MAX_SESSION_VIEWS) || !Number.isInteger(index) || !isUpTo(intentMs, MAX_SESSION_MS)) return null;
  const later = (at: unknown): number | null => (isUpTo(at, MAX_SESSION_MS) && at >= intentMs ? at : null);
  return { index, intentMs, endedMs: later(endedMs), leftMs: later(leftMs) };
}

function parseCaptions(value: unknown): CaptionUse | null {
  if (!isRecord(value)) return null;
  const { language } = value;
  const isTag = typeof language === 'string' && LANGUAGE.test(language);
  return { language: isTag ? language : null, changes: upTo(value['changes'], MAX_CHANGES) };
}

function listOf<Item>(value: unknown, limit: number, parse: (fields: Fields) => Item): Item[] {
  return Array.isArray(value) ? value.slice(0, limit).filter(isRecord).map(parse) : [];
}
