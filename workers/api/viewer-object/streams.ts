import { DEVICE_WINDOW_DAYS } from '#core/entitlement/stream-limits.ts';
import type { DeviceRecord, StreamEnd, StreamOrder, StreamRecord, StreamReply } from '#shared/viewer/rpc.ts';

/**
 * The streams of one viewer that play now, and the devices seen lately. A stream is a lease: it counts until `lapses_at`
 * and nobody has to end it, so a player that dies gives its place back by itself.
 */

const DEVICE_WINDOW_MS = DEVICE_WINDOW_DAYS * 86_400_000;
/** `last_seen_at` is written anew once it is this old: a row written per heartbeat would say nothing more. */
const LAST_SEEN_STEP_MS = 3_600_000;

/** Takes a place for the stream, or renews the one that it has; a renewal never makes it end earlier. */
export function holdStream(storage: DurableObjectStorage, order: StreamOrder, nowMs: number): StreamReply {
  return storage.transactionSync(() => take(storage.sql, order, nowMs, 'max(lapses_at, excluded.lapses_at)'));
}

/** Who sends heartbeats needs no longer lease than from one to the next: the place is free soon after the last. */
export function heartbeat(storage: DurableObjectStorage, order: StreamOrder, nowMs: number): StreamReply {
  return storage.transactionSync(() => take(storage.sql, order, nowMs, 'excluded.lapses_at'));
}

export function endStream(sql: SqlStorage, { stream, onlyUnused }: StreamEnd): void {
  sql.exec(`DELETE FROM stream_leases WHERE stream = ? ${onlyUnused ? 'AND renewals = 0' : ''}`, stream);
}

export function listStreams(sql: SqlStorage, nowMs: number): StreamRecord[] {
  type Row = { stream: string; device: string | null; started_at: number; renewed_at: number; lapses_at: number };
  const rows = sql.exec<Row>('SELECT * FROM stream_leases WHERE lapses_at > ? ORDER BY started_at, stream', nowMs);
  return rows.toArray().map((row) => ({
    stream: row.stream,
    deviceId: row.device,
    startedAtMs: row.started_at,
    renewedAtMs: row.renewed_at,
    lapsesAtMs: row.lapses_at,
  }));
}

export function listDevices(sql: SqlStorage, nowMs: number): DeviceRecord[] {
  type Row = { device: string; first_seen_at: number; last_seen_at: number };
  const rows = sql.exec<Row>(
    'SELECT * FROM devices WHERE last_seen_at > ? ORDER BY first_seen_at, device',
    nowMs - DEVICE_WINDOW_MS,
  );
  return rows.toArray().map((row) => ({
    deviceId: row.device,
    firstSeenAtMs: row.first_seen_at,
    lastSeenAtMs: row.last_seen_at,
  }));
}

export function forgetDevice(storage: DurableObjectStorage, deviceId: string): boolean {
  return storage.transactionSync(() => {
    storage.sql.exec('DELETE FROM stream_leases WHERE device = ?', deviceId);
    return storage.sql.exec('DELETE FROM devices WHERE device = ? RETURNING device', deviceId).toArray().length > 0;
  });
}

/** Both limits before the first write: who is refused for one leaves no trace for the other. */
function take(sql: SqlStorage, order: StreamOrder, nowMs: number, renewal: Renewal): StreamReply {
  return refusedDevice(sql, order, nowMs) ?? refusedStream(sql, order, nowMs) ?? hold(sql, order, nowMs, renewal);
}

/** When a lease that is renewed ends, in SQL: one row written for each request. */
type Renewal = 'excluded.lapses_at' | 'max(lapses_at, excluded.lapses_at)';

/** Who is counted already stays in, also where the limit was lowered since: a limit stops nobody in mid-episode. */
function refusedDevice(sql: SqlStorage, { deviceId, maxDevices }: StreamOrder, nowMs: number): StreamReply | null {
  if (maxDevices === null) return null;
  const known = listDevices(sql, nowMs);
  if (known.length < maxDevices || known.some((device) => device.deviceId === deviceId)) return null;
  return { outcome: 'too-many-devices', limit: maxDevices };
}

function refusedStream(sql: SqlStorage, { stream, maxStreams }: StreamOrder, nowMs: number): StreamReply | null {
  if (maxStreams === null) return null;
  const live = listStreams(sql, nowMs);
  if (live.length < maxStreams || live.some((lease) => lease.stream === stream)) return null;
  return { outcome: 'too-many-streams', limit: maxStreams, startedAtMs: live.map(({ startedAtMs }) => startedAtMs) };
}

function hold(sql: SqlStorage, order: StreamOrder, nowMs: number, renewal: Renewal): StreamReply {
  const { stream, deviceId, maxStreams, maxDevices, holdMs } = order;
  if (maxDevices !== null) {
    sql.exec('DELETE FROM devices WHERE last_seen_at <= ?', nowMs - DEVICE_WINDOW_MS);
    sql.exec(
      `INSERT INTO devices (device, first_seen_at, last_seen_at) VALUES (?, ?, ?)
       ON CONFLICT (device) DO UPDATE SET last_seen_at = excluded.last_seen_at WHERE last_seen_at <= excluded.last_seen_at - ?`,
      deviceId,
      nowMs,
      nowMs,
      LAST_SEEN_STEP_MS,
    );
  }
  if (maxStreams === null) return { outcome: 'held', lapsesAtMs: null, isNew: false };
  sql.exec('DELETE FROM stream_leases WHERE lapses_at <= ?', nowMs);
  const row = sql
    .exec<{ started_at: number; lapses_at: number; renewals: number }>(
      `INSERT INTO stream_leases (stream, device, started_at, renewed_at, lapses_at) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (stream) DO UPDATE SET device = excluded.device, renewed_at = max(renewed_at, excluded.renewed_at),
         lapses_at = ${renewal}, renewals = renewals + 1
       RETURNING started_at, lapses_at, renewals`,
      stream,
      deviceId,
      nowMs,
      nowMs,
      nowMs + holdMs,
    )
    .one();
  return { outcome: 'held', lapsesAtMs: row.lapses_at, isNew: row.renewals === 0 };
}
