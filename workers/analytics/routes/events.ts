import { Hono } from 'hono';
import type { BeaconMessage } from '#core/qoe/beacon-message.ts';
import type { ViewEventWire } from '#core/qoe/beacon-wire.ts';
import type { ViewRecord } from '#core/qoe/view-record.ts';
import { isTokenRevoked } from '#core/token/revocation.ts';
import { callBinding } from '#shared/binding-call.ts';
import { findRevocations } from '#shared/db/revocations.ts';
import { problemResponse } from '#shared/http/problem.ts';
import { readBounded } from '#shared/http/read-bounded.ts';
import { authenticateViewer, countryOf } from '#shared/http/viewer-auth.ts';
import { hashViewer } from '#shared/keys/viewer-hash.ts';
import { MAX_BEACON_BYTES } from '../limits.ts';
import { parseBeacon, type ViewEvent } from '../parse-beacon.ts';
import { monthBefore, monthOf, pseudonymOf, routeOf } from '../pseudonyms.ts';

/** Mounted at `/v1/events`. */
export const eventRoutes = new Hono<{ Bindings: AnalyticsEnv }>();

/** Beacons come as text/plain from sendBeacon, with the token in the query: it can set no header. */
eventRoutes.post('/', async (c) => {
  const nowMs = Date.now();
  const claims = await authenticateViewer(c.env, c.req.raw, nowMs);
  if (!claims.ok) return problemResponse(claims.error);
  const { viewerId, issuedAtSeconds } = claims.value;
  const viewerHash = await hashViewer(c.env.MASTER_SECRET, viewerId);
  const { revokedAtSeconds } = await findRevocations(c.env.DB, viewerHash);
  if (isTokenRevoked(issuedAtSeconds, revokedAtSeconds)) return problemResponse({ code: 'token-revoked' });
  const bytes = await readBounded(c.req.raw, MAX_BEACON_BYTES);
  if (bytes === null) return problemResponse({ code: 'body-too-large', detail: `At most ${MAX_BEACON_BYTES} bytes.` });
  const events = parseBeacon(new TextDecoder().decode(bytes));
  if (!events.ok) return problemResponse({ code: 'invalid-request', detail: events.error });
  const month = monthOf(nowMs);
  const [route, viewer, previousViewer] = await Promise.all([
    routeOf(c.env.MASTER_SECRET, viewerId),
    pseudonymOf(c.env.MASTER_SECRET, viewerId, month),
    pseudonymOf(c.env.MASTER_SECRET, viewerId, monthBefore(month)),
  ]);
  const message: BeaconMessage = {
    formatVersion: 1,
    receivedAtMs: nowMs,
    route,
    viewer,
    previousViewer,
    notBeforeMs: issuedAtSeconds * 1_000,
    botRules: null,
    dimensions: { ...NOTHING_KNOWN, country: countryOf(c.req.raw) },
    events: events.value.map(toWire),
  };
  await callBinding('beacons', () => c.env.BEACONS.send(message));
  return c.json({ accepted: events.value.length }, 202);
});

const NOTHING_KNOWN: ViewRecord['dimensions'] = {
  country: null,
  deviceType: null,
  os: null,
  browser: null,
  connectionType: null,
  appVersion: null,
  experiment: null,
  audience: null,
};

function toWire({ details, ...view }: ViewEvent): ViewEventWire {
  return details === null ? view : { ...view, details };
}
