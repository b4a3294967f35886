import { DELIVERY_SCHEDULE_SECONDS, nextAttemptAtMs } from '#core/webhooks/retry-schedule.ts';
import { log, reasonOf } from '#shared/log.ts';
import * as deliveries from '../db/webhook-deliveries.ts';
import { disableEndpoint, listLiveEndpoints, type EndpointRecord } from '../db/webhook-endpoints.ts';
import { openDb, type ApiContext, type Db } from '../http/context.ts';
import { DELIVERIES_AT_ONCE, DELIVERY_RUN_MS, LAST_TRY_BEHIND_ANSWER_MS } from '../limits.ts';
import { signingSecrets } from './secrets.ts';
import { sendWebhook, type Attempt } from './send.ts';

export type DeliveryEnv = Pick<ApiEnv, 'DB' | 'MASTER_SECRET' | 'LOOPBACK_URLS' | 'WEBHOOK_SCHEDULE_SECONDS'>;

/** Tells the endpoints behind the answer, so that nobody waits for them and they hardly wait for the cron. */
export function deliverSoon(c: ApiContext, eventIds: readonly string[]): void {
  c.executionCtx.waitUntil(deliverEvents(c.env, eventIds));
}

/** The first try of these events, and the next ones as far as they are due within a few seconds. */
export async function deliverEvents(env: DeliveryEnv, eventIds: readonly string[]): Promise<void> {
  const db = openDb(env.DB);
  const lastStartMs = Date.now() + LAST_TRY_BEHIND_ANSWER_MS;
  try {
    for (;;) {
      const claimed = await deliveries.claimOfEvents(db, eventIds, Date.now());
      if (claimed.length > 0) await deliverAll(env, db, claimed, await endpointsById(db));
      const dueAtMs = await deliveries.soonestOf(db, eventIds);
      if (dueAtMs === null || dueAtMs > lastStartMs) return;
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, dueAtMs - Date.now())));
    }
  } catch (thrown) {
    // The rows are in the outbox: the cron comes for them.
    log('error', 'webhooks_failed', { reason: reasonOf(thrown) });
  }
}

/** What is due, a few of each endpoint a round; one that failed is left alone for the rest of the run. */
export async function deliverDue(env: DeliveryEnv): Promise<void> {
  const db = openDb(env.DB);
  const endpoints = await endpointsById(db);
  const endsAtMs = Date.now() + DELIVERY_RUN_MS;
  while (endpoints.size > 0 && Date.now() < endsAtMs) {
    const claimed = await deliveries.claimDue(db, [...endpoints.keys()], Date.now());
    if (claimed.length === 0) return;
    const failed = await deliverAll(env, db, claimed, endpoints);
    for (const endpointId of failed) endpoints.delete(endpointId);
  }
}

async function endpointsById(db: Db): Promise<Map<string, EndpointRecord>> {
  return new Map((await listLiveEndpoints(db)).map((endpoint) => [endpoint.id, endpoint]));
}

/** The ids of endpoints that did not take what they were sent. */
async function deliverAll(
  env: DeliveryEnv,
  db: Db,
  claimed: readonly deliveries.ClaimedDelivery[],
  endpoints: ReadonlyMap<string, EndpointRecord>,
): Promise<ReadonlySet<string>> {
  const payloads = await deliveries.loadPayloads(db, [...new Set(claimed.map(({ eventId }) => eventId))]);
  const failed = new Set<string>();
  const tries = claimed.map((delivery) => async (): Promise<void> => {
    const endpoint = endpoints.get(delivery.endpointId);
    const payload = payloads.get(delivery.eventId);
    // Deleted or disabled since: its row is gone, or waits for the endpoint to come back.
    if (endpoint === undefined || payload === undefined) return;
    const secrets = await signingSecrets(env.MASTER_SECRET, endpoint, Date.now());
    const message = { id: delivery.eventId, payload, secrets };
    const attempt = await sendWebhook(endpoint.url, message, urlRules(env));
    if (attempt.failure !== null) failed.add(endpoint.id);
    await conclude(env, db, delivery, attempt);
  });
  await fewAtATime(tries);
  return failed;
}

/** A try's time begins with its own connection: those that wait for one must not run out of it meanwhile. */
async function fewAtATime(tries: readonly (() => Promise<void>)[]): Promise<void> {
  const waiting = tries.values();
  const work = async (): Promise<void> => {
    for (const next of waiting) await next();
  };
  await Promise.all(Array.from({ length: DELIVERIES_AT_ONCE }, work));
}

async function conclude(
  env: DeliveryEnv,
  db: Db,
  delivery: deliveries.ClaimedDelivery,
  attempt: Attempt,
): Promise<void> {
  const { eventId, endpointId, attempts, armedAt: armedAtMs } = delivery;
  const { status: lastStatus, failure: lastFailure } = attempt;
  const nowMs = Date.now();
  if (lastFailure === null) return deliveries.conclude(db, delivery, { state: 'delivered', lastStatus, lastFailure });
  log('warn', 'webhook_not_taken', { eventId, endpointId, attempts, status: lastStatus, failure: lastFailure });
  if (lastStatus === 410) {
    await deliveries.conclude(db, delivery, { state: 'failed', lastStatus, lastFailure });
    return disableEndpoint(db, endpointId, 'It answered 410 Gone.', nowMs);
  }
  const plan = { scheduleSeconds: scheduleOf(env), armedAtMs, attempts, nowMs, random: Math.random() };
  const nextAttemptAt = nextAttemptAtMs(plan);
  const change = nextAttemptAt === null ? { state: 'failed' as const } : { state: 'pending' as const, nextAttemptAt };
  return deliveries.conclude(db, delivery, { ...change, lastStatus, lastFailure });
}

export function urlRules({ LOOPBACK_URLS }: Pick<ApiEnv, 'LOOPBACK_URLS'>) {
  return { allowLoopback: LOOPBACK_URLS === '1' };
}

/** The operator's own, where one is set. */
function scheduleOf({ WEBHOOK_SCHEDULE_SECONDS: own }: DeliveryEnv): readonly number[] {
  return own === '' ? DELIVERY_SCHEDULE_SECONDS : own.split(',').map(Number);
}
