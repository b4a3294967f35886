import { Hono } from 'hono';
import { PROBLEMS } from '#core/problem/codes.ts';
import { retentionCurve } from '#core/qoe/retention.ts';
import { isTokenRevoked } from '#core/token/revocation.ts';
import { callBinding, unavailableProblem } from '#shared/binding-call.ts';
import { findRevocations } from '#shared/db/revocations.ts';
import { toBase64url, utf8 } from '#shared/encoding.ts';
import { authorizeApiKey } from '#shared/http/api-key.ts';
import { answerEveryProblem, problemResponse } from '#shared/http/problem.ts';
import { readBounded } from '#shared/http/read-bounded.ts';
import { authenticateViewer } from '#shared/http/viewer-auth.ts';
import { deriveHmacKey } from '#shared/keys/derive.ts';
import { hashViewer } from '#shared/keys/viewer-hash.ts';
import { log, reasonOf } from '#shared/log.ts';
import { MAX_BEACON_BYTES, MAX_VIEWS_PER_CURVE } from './limits.ts';
import { parseBeacon } from './parse-beacon.ts';
import type { BeaconMessage } from './store-views.ts';

answerEveryProblem(PROBLEMS);

export const app = new Hono<{ Bindings: AnalyticsEnv }>();

/** Beacons come as text/plain from sendBeacon, with the token in the query: it can set no header. */
app.post('/v1/events', async (c) => {
  const nowMs = Date.now();
  const claims = await authenticateViewer(c.env, c.req.raw, nowMs);
  if (!claims.ok) return problemResponse(claims.error);
  const viewerHash = await hashViewer(c.env.MASTER_SECRET, claims.value.viewerId);
  const { revokedAtSeconds } = await findRevocations(c.env.DB, viewerHash);
  if (isTokenRevoked(claims.value.issuedAtSeconds, revokedAtSeconds)) return problemResponse({ code: 'token-revoked' });
  const bytes = await readBounded(c.req.raw, MAX_BEACON_BYTES);
  if (bytes === null) return problemResponse({ code: 'body-too-large', detail: `At most ${MAX_BEACON_BYTES} bytes.` });
  const events = parseBeacon(new TextDecoder().decode(bytes));
  if (!events.ok) return problemResponse({ code: 'invalid-request', detail: events.error });
  const month = new Date(nowMs).toISOString().slice(0, 7);
  const [viewerPseudonym, previousPseudonym] = await Promise.all([
    pseudonym(c.env.MASTER_SECRET, claims.value.viewerId, month),
    pseudonym(c.env.MASTER_SECRET, claims.value.viewerId, monthBefore(month)),
  ]);
  const message: BeaconMessage = { viewerPseudonym, previousPseudonym, receivedAtMs: nowMs, events: events.value };
  await callBinding('beacons', () => c.env.BEACONS.send(message));
  return c.json({ accepted: events.value.length }, 202);
});

app.get('/v1/analytics/episodes/:episode/retention', async (c) => {
  const at = { nowMs: Date.now(), waitUntil: (work: Promise<unknown>) => c.executionCtx.waitUntil(work) };
  const authorized = await authorizeApiKey(c.env, c.req.raw, 'analytics', at);
  if (!authorized.ok) return problemResponse(authorized.error.problem);
  const range = readRange(c.req.query('from'), c.req.query('to'), Date.now());
  if (range === null)
    return problemResponse({ code: 'invalid-request', detail: 'from and to are ISO 8601 times, from before to.' });
  const episodeId = c.req.param('episode');
  const episode = await c.env.DB.prepare(
    'SELECT v.duration_seconds FROM episodes e LEFT JOIN assets a ON a.episode_id = e.id LEFT JOIN asset_versions v ON v.version = a.current_version WHERE e.id = ?',
  )
    .bind(episodeId)
    .first<{ duration_seconds: number | null }>();
  if (!episode) return problemResponse({ code: 'episode-not-found' });
  const { results } = await c.env.DB.prepare(
    'SELECT watched, ended FROM views WHERE episode_id = ? AND started_at >= ? AND started_at < ? LIMIT ?',
  )
    .bind(episodeId, range.fromMs, range.toMs, MAX_VIEWS_PER_CURVE)
    .all<{ watched: string; ended: number }>();
  const views = results.map((row) => ({
    watched: JSON.parse(row.watched) as [number, number][],
    ended: row.ended === 1,
  }));
  const durationSeconds = episode.duration_seconds ?? 0;
  const completed = views.filter((view) => view.ended).length;
  return c.json({
    episodeId,
    from: new Date(range.fromMs).toISOString(),
    to: new Date(range.toMs).toISOString(),
    durationSeconds,
    views: views.length,
    isSample: results.length === MAX_VIEWS_PER_CURVE,
    completionRate: views.length === 0 ? 0 : completed / views.length,
    curve: retentionCurve(views, durationSeconds),
  });
});

app.notFound(() => problemResponse({ code: 'not-found' }));
app.onError((thrown) => {
  const unavailable = unavailableProblem(thrown);
  log('error', unavailable ? 'unavailable' : 'unhandled', { reason: reasonOf(thrown) });
  const detail = 'The error was logged. Try again shortly.';
  return problemResponse(unavailable ?? { code: 'internal-error', detail });
});

/** Stable within a month and unlinkable without the deployment's secret (security.md PRV-1). */
async function pseudonym(masterSecret: string, viewerId: string, month: string): Promise<string> {
  const key = await deriveHmacKey(masterSecret, `anon|v1|${month}`);
  const mac = await crypto.subtle.sign('HMAC', key, utf8(viewerId));
  return toBase64url(new Uint8Array(mac, 0, 16));
}

/** `2026-01` → `2025-12`. */
function monthBefore(month: string): string {
  return new Date(Date.parse(`${month}-01T00:00:00Z`) - 1).toISOString().slice(0, 7);
}

function readRange(
  from: string | undefined,
  to: string | undefined,
  nowMs: number,
): { fromMs: number; toMs: number } | null {
  const fromMs = from === undefined ? 0 : Date.parse(from);
  const toMs = to === undefined ? nowMs + 1 : Date.parse(to);
  return Number.isNaN(fromMs) || Number.isNaN(toMs) || fromMs >= toMs ? null : { fromMs, toMs };
}
