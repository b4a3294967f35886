/** What runs beside the viewers: jobs, webhooks, keys, one viewer's ledger. */
import type { Job } from '../../client/index.ts';
import type { DoctorContext } from '../commands/doctor.ts';
import { allPages } from '../pages.ts';
import { orOk, type Finding } from './finding.ts';

/** A transcoder asks every second, so a job that waits this long waits for one that is not there. */
const QUEUED_TOO_LONG_MS = 10 * 60_000;
/** A lease is 60 s, and the sweep comes each minute. */
const SILENT_TOO_LONG_MS = 5 * 60_000;
const DAY_MS = 86_400_000;
/** Stores and shops send again for three days, and Pub/Sub for seven: what has not come by then does not come. */
const PARKED_TOO_LONG_MS = 7 * DAY_MS;
/** Of the events of the last fortnight. */
const RECENT_EVENTS = 100;

export async function checkJobs({ client }: DoctorContext): Promise<readonly Finding[]> {
  const open = await Promise.all(
    (['queued', 'running'] as const).map((state) =>
      allPages((query) => client.call('GET /v1/jobs', { query: { ...query, state } })),
    ),
  );
  const jobs = open.flat();
  const nowMs = Date.now();
  const stuck = jobs.filter((job) => isStuck(job, nowMs));
  const findings = stuck.map((job) =>
    finding('jobs', 'error', `${job.id} of ${job.episodeId}: ${whyStuck(job, nowMs)}`),
  );
  return orOk('jobs', findings, `${jobs.length} under way, none is stuck`);
}

function isStuck({ state, updatedAt }: Job, nowMs: number): boolean {
  return nowMs - Date.parse(updatedAt) > (state === 'queued' ? QUEUED_TOO_LONG_MS : SILENT_TOO_LONG_MS);
}

function whyStuck({ state, updatedAt }: Job, nowMs: number): string {
  const minutes = Math.round((nowMs - Date.parse(updatedAt)) / 60_000);
  return state === 'queued'
    ? `queued for ${minutes} minutes: does a transcoder run, and has it the right secret?`
    : `no sign of life for ${minutes} minutes`;
}

export async function checkWebhooks({ client }: DoctorContext): Promise<readonly Finding[]> {
  const endpoints = await allPages((query) => client.call('GET /v1/webhook-endpoints', { query }));
  const { items: events } = await client.call('GET /v1/webhook-events', { query: { limit: RECENT_EVENTS } });
  const deliveries = events.flatMap((event) => event.deliveries);
  const findings = endpoints.flatMap(({ id, url, enabled, disabledReason }): Finding[] => {
    if (!enabled) return [finding('webhooks', 'warning', `${url} is disabled: ${disabledReason ?? 'no reason given'}`)];
    const own = deliveries.filter(({ endpointId }) => endpointId === id);
    const failing = own.filter(
      ({ state, lastFailure }) => state === 'failed' || (state === 'pending' && lastFailure !== null),
    );
    if (failing.length === 0) return [];
    const detail = `${url}: ${failing.length} of ${own.length} deliveries failed, e.g. ${failing[0]?.lastFailure ?? 'without a reason'}`;
    return [finding('webhooks', 'error', detail)];
  });
  return orOk('webhooks', findings, `${endpoints.length} endpoints, none fails`);
}

export async function checkKeySources({ client }: DoctorContext): Promise<readonly Finding[]> {
  const { items, sources } = await client.call('GET /v1/signing-keys');
  const findings = sources.flatMap(({ jwksUrl, failure }) =>
    failure === null ? [] : [finding('signing keys', 'error', `${jwksUrl}: ${failure}`)],
  );
  return orOk('signing keys', findings, `${items.length} live`);
}

/** Proved from the rows of the viewer's own object. */
export async function checkLedger({ client }: DoctorContext, viewerId: string): Promise<readonly Finding[]> {
  const audit = await client.call('GET /v1/viewers/{viewerId}/audit', { params: { viewerId } });
  const broken = audit.findings.map(({ rule, ids }) =>
    finding('ledger', 'error', `not so: ${rule} (${ids.join(', ')})`),
  );
  const parked = findParked(audit.parkedChargebacks, Date.now());
  return orOk('ledger', [...broken, ...parked], `${viewerId}: every rule holds`);
}

/** Money that went back while its coins were not found: they are with another viewer, under another name, or nowhere. */
export function findParked(
  parked: readonly { readonly reference: string; readonly createdAt: string }[],
  nowMs: number,
): readonly Finding[] {
  return parked
    .map(({ reference, createdAt }) => ({ reference, ageMs: nowMs - Date.parse(createdAt) }))
    .filter(({ ageMs }) => ageMs > PARKED_TOO_LONG_MS)
    .map(({ reference, ageMs }) => {
      const days = Math.floor(ageMs / DAY_MS);
      return finding('ledger', 'warning', `the chargeback of ${reference} waits for its payment since ${days} days`);
    });
}

function finding(check: string, state: Finding['state'], detail: string): Finding {
  return { check, state, detail };
}
