import { hashViewer } from '#shared/keys/viewer-hash.ts';
import { viewerObject } from '#shared/playback/decide-episode.ts';
import type { ViewOfSeries } from '#shared/viewer/analytics-rights-rpc.ts';
import type { ExportedRow } from '#shared/viewer/rights-rpc.ts';
import { analyticsRights } from './analytics-rights.ts';
import { exportViewerRows } from './db/viewer-rows.ts';
import { iso, type Db } from './http/context.ts';

/** What is kept and not in the answer, for whoever reads it: the person that it is about. */
const NOT_COVERED = [
  {
    what: 'views without consent to analytics, and raw events',
    why: 'They are counted by visit, or under a name that changes each day, and go after 90 and 30 days. No list leads from you to them; only by trying each one with its secret could the operator tell that it was yours.',
  },
  {
    what: 'sums of views',
    why: 'How often an episode was watched, by hour and day. Nobody can be told from them.',
  },
  {
    what: 'operator log',
    why: 'What operators did is kept for 400 days; you stand in it as a keyed hash.',
  },
  {
    what: 'messages to the operator',
    why: 'Webhooks and answers that are kept for retries, for 14 days at most, repeat facts that are in this export.',
  },
];

type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

interface ExportEnv extends Pick<ApiEnv, 'MASTER_SECRET' | 'VIEWERS' | 'ANALYTICS_RIGHTS'> {}

/** Everything that is kept of a viewer, table by table, and of the guests who became part of it. */
export async function exportViewer(env: ExportEnv, db: Db, viewerId: string, nowMs: number) {
  return { exportedAt: iso(nowMs), ...(await exportOne(env, db, viewerId, nowMs)), notCovered: NOT_COVERED };
}

interface ExportedViewer {
  readonly viewerId: string;
  readonly viewer: Readonly<Record<string, Json>>;
  readonly stores: Readonly<Record<string, Json>>;
  /** How episodes were watched, as far as analytics knows that it was this viewer. */
  readonly views: readonly Json[];
  readonly guests: readonly ExportedViewer[];
}

async function exportOne(env: ExportEnv, db: Db, viewerId: string, nowMs: number): Promise<ExportedViewer> {
  const { tables, guests } = await viewerObject(env.VIEWERS, viewerId).exportAll();
  const viewerHash = await hashViewer(env.MASTER_SECRET, viewerId);
  const stored = await exportViewerRows(db, viewerId, viewerHash);
  const exported: ExportedViewer[] = [];
  for (const guest of guests) exported.push(await exportOne(env, db, guest, nowMs));
  const views = await analyticsRights(env).exportViews(viewerId, nowMs);
  const tablesOf = { viewer: rowsToWire(tables), stores: rowsToWire(stored) };
  return { viewerId, ...tablesOf, views: views.map(viewToWire), guests: exported };
}

function viewToWire({ startedAtMs, lastReceivedAtMs, ...view }: ViewOfSeries): Json {
  return { ...(view as Record<string, Json>), startedAt: iso(startedAtMs), lastReceivedAt: iso(lastReceivedAtMs) };
}

function rowsToWire(tables: Readonly<Record<string, readonly ExportedRow[]>>): Record<string, Json> {
  return Object.fromEntries(Object.entries(tables).map(([name, rows]) => [name, rows.map(rowToWire)]));
}

function rowToWire(row: ExportedRow): Json {
  return Object.fromEntries(
    Object.entries(row).map(([column, value]) => {
      const name = column.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
      return [name, valueToWire(name, value)];
    }),
  );
}

const TIME = /^(at|startBy|openUntil)$|At$/;
/** Columns that hold JSON. */
const JSON_TEXT = new Set(['result', 'quote', 'transfer']);

function valueToWire(name: string, value: string | number | null): Json {
  if (typeof value === 'number' && TIME.test(name)) return timeToWire(value);
  if (typeof value === 'string' && JSON_TEXT.has(name)) return JSON.parse(value) as Json;
  return value;
}

/** A word of a store that is final has a time past all calendars. */
function timeToWire(ms: number): string | null {
  return Math.abs(ms) <= MAX_TIME_MS ? iso(ms) : null;
}

/** @see ECMA-262 21.4.1.1 */
const MAX_TIME_MS = 8_640_000_000_000_000;
