/** A view's row: the state that the rollups hold of it, with the context that it was added with. */
import type { ReceivedView } from '#core/qoe/receive-event.ts';
import type { ViewRecord } from '#core/qoe/view-record.ts';
import type { Visit } from '../persons.ts';
import type { EpisodeContext } from './catalogue.ts';

export interface StoredView {
  readonly received: ReceivedView;
  readonly context: Omit<EpisodeContext, 'episodeId'>;
}

/** What follows from a view and is asked of by column. */
export interface Derived {
  readonly rendition: string;
  readonly isFlagged: boolean;
}

type Row = Record<string, SqlStorageValue> & {
  session_id: string;
  view_id: string;
  episode_id: string;
  seq: number;
  viewer: string | null;
  previous_viewer: string | null;
  started_at: number;
  last_received_at: number;
  not_before: number | null;
  bot_rules: string | null;
  country: string | null;
  device_type: string | null;
  os: string | null;
  browser: string | null;
  connection_type: string | null;
  app_version: string | null;
  experiment: string | null;
  audience: string | null;
  position: number;
  has_next: number;
  duration_seconds: number | null;
  low_below_px: number | null;
  state: string;
};

/** Of a view whose viewer was erased only that it was is known: it has no session, and nothing is added to it. */
const ERASED_SESSION = '';

export function loadView(sql: SqlStorage, sessionId: string, viewId: string): StoredView | 'erased' | null {
  const [row] = sql
    .exec<Row>(`SELECT * FROM views WHERE session_id IN (?, '${ERASED_SESSION}') AND view_id = ?`, sessionId, viewId)
    .toArray();
  if (row === undefined) return null;
  return row.session_id === ERASED_SESSION ? 'erased' : fromRow(row);
}

export function loadSession(sql: SqlStorage, sessionId: string): StoredView[] {
  return sql.exec<Row>('SELECT * FROM views WHERE session_id = ?', sessionId).toArray().map(fromRow);
}

export function countViewsOfSession(sql: SqlStorage, sessionId: string): number {
  return sql.exec<{ views: number }>('SELECT COUNT(*) AS views FROM views WHERE session_id = ?', sessionId).one().views;
}

const COLUMNS = `session_id, view_id, episode_id, seq, viewer, previous_viewer, started_at, last_received_at, not_before, bot_rules,
  country, device_type, os, browser, connection_type, app_version, experiment, audience, rendition, is_flagged,
  position, has_next, duration_seconds, low_below_px, state`;
const INSERT = `INSERT INTO views (${COLUMNS}) VALUES (${COLUMNS.split(',')
  .map(() => '?')
  .join(', ')})`;
/** All that can change; what is in the index only where it did, since an index entry is a row that is paid for. */
const UPDATE_STATE = 'seq = ?, previous_viewer = ?, last_received_at = ?, not_before = ?, bot_rules = ?, state = ?';
const UPDATE_AUDIENCE = `started_at = ?, viewer = ?, country = ?, device_type = ?, os = ?, browser = ?, connection_type = ?,
  app_version = ?, experiment = ?, audience = ?, rendition = ?, is_flagged = ?`;

export function insertView(sql: SqlStorage, { received, context }: StoredView, derived: Derived): void {
  const { view, previousViewer } = received;
  sql.exec(
    INSERT,
    view.sessionId,
    view.viewId,
    view.episodeId,
    view.seq,
    view.viewer,
    previousViewer,
    view.startedAtMs,
    view.lastReceivedAtMs,
    view.notBeforeMs,
    view.botRules,
    ...dimensionsOf(view, derived),
    context.position,
    context.hasNext ? 1 : 0,
    context.durationSeconds,
    context.lowBelowPx,
    stateOf(view),
  );
}

export function updateView(
  sql: SqlStorage,
  before: readonly SqlStorageValue[],
  after: StoredView,
  derived: Derived,
): void {
  const { view, previousViewer } = after.received;
  const state = [view.seq, previousViewer, view.lastReceivedAtMs, view.notBeforeMs, view.botRules, stateOf(view)];
  const audience = audienceOf(view, derived);
  const isSame = audience.every((value, index) => value === before[index]);
  const changes = isSame ? UPDATE_STATE : `${UPDATE_STATE}, ${UPDATE_AUDIENCE}`;
  const values = isSame ? state : [...state, ...audience];
  sql.exec(`UPDATE views SET ${changes} WHERE session_id = ? AND view_id = ?`, ...values, view.sessionId, view.viewId);
}

/** What stands in the index. */
export function audienceOf(view: ViewRecord, derived: Derived): SqlStorageValue[] {
  return [view.startedAtMs, view.viewer, ...dimensionsOf(view, derived)];
}

function dimensionsOf({ dimensions }: ViewRecord, { rendition, isFlagged }: Derived): SqlStorageValue[] {
  const { country, deviceType, os, browser, connectionType, appVersion, experiment, audience } = dimensions;
  const known = [country, deviceType, os, browser, connectionType, appVersion, experiment, audience];
  return [...known, rendition, isFlagged ? 1 : 0];
}

function stateOf({ watched, startupMs, stalls, ended, leftBy, details }: ViewRecord): string {
  return JSON.stringify({ watched, startupMs, stalls, ended, leftBy, details });
}

function fromRow(row: Row): StoredView {
  const state = JSON.parse(row.state) as Pick<
    ViewRecord,
    'watched' | 'startupMs' | 'stalls' | 'ended' | 'leftBy' | 'details'
  >;
  const view: ViewRecord = {
    viewId: row.view_id,
    seq: row.seq,
    sessionId: row.session_id,
    episodeId: row.episode_id,
    ...state,
    viewer: row.viewer ?? '',
    startedAtMs: row.started_at,
    lastReceivedAtMs: row.last_received_at,
    notBeforeMs: row.not_before,
    botRules: row.bot_rules,
    dimensions: {
      country: row.country,
      deviceType: row.device_type,
      os: row.os,
      browser: row.browser,
      connectionType: row.connection_type,
      appVersion: row.app_version,
      experiment: row.experiment,
      audience: row.audience,
    },
  };
  const context = {
    position: row.position,
    hasNext: row.has_next === 1,
    durationSeconds: row.duration_seconds,
    lowBelowPx: row.low_below_px,
  };
  return { received: { view, previousViewer: row.previous_viewer ?? '' }, context };
}

export function viewsOfViewer(sql: SqlStorage, pseudonyms: readonly string[]): StoredView[] {
  return sql
    .exec<Row>(
      'SELECT * FROM views WHERE viewer IN (SELECT value FROM json_each(?)) ORDER BY started_at, view_id',
      JSON.stringify(pseudonyms),
    )
    .toArray()
    .map(fromRow);
}

/** Every visit that is somebody's, by the name that its views have. */
export function listVisits(sql: SqlStorage): Visit[] {
  return sql
    .exec<{ sessionId: string; viewer: string; fromMs: number; toMs: number }>(
      `SELECT session_id AS sessionId, viewer, MIN(started_at) AS fromMs, MAX(last_received_at) AS toMs
       FROM views WHERE viewer IS NOT NULL GROUP BY session_id, viewer`,
    )
    .toArray();
}
