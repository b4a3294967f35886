import { z, type ZodError } from 'zod';
import { hashViewer } from '#shared/keys/viewer-hash.ts';
import { log, reasonOf } from '#shared/log.ts';
import { viewerObject } from '#shared/playback/decide-episode.ts';
import { openDb } from '../http/context.ts';
import { deliverEvents } from '../webhooks/deliver.ts';
import { emitWebhookEvents } from '../webhooks/outbox.ts';
import { applyMessages } from './apply.ts';
import { closePasses } from './close-passes.ts';
import { ledgerMessage, type LedgerMessage } from './ledger-message.ts';
import { quarantine } from './quarantine.ts';
import { webhookEventsOf } from './webhook-events.ts';

const LEDGER_QUEUE = 'cliffhanger-ledger';
const GIVEN_UP = 'given up by its queue';
const MAX_RETRY_SECONDS = 300;

/**
 * A whole batch in one transaction of the database; where that fails, each message by itself. Each is acknowledged by
 * itself either way, so one that fails does not bring the others back.
 */
export async function consume(
  batch: MessageBatch,
  env: ApiEnv,
  ctx: Pick<ExecutionContext, 'waitUntil'>,
): Promise<void> {
  const { queue, messages } = batch;
  const told: string[] = [];
  try {
    told.push(...(await consumeAll(env, queue, messages)));
    for (const message of messages) message.ack();
  } catch {
    for (const message of messages) told.push(...(await consumeOne(env, queue, message)));
  }
  if (told.length > 0) ctx.waitUntil(deliverEvents(env, told));
}

async function consumeOne(env: ApiEnv, queue: string, message: Message): Promise<string[]> {
  try {
    const told = await consumeAll(env, queue, [message]);
    message.ack();
    return told;
  } catch (thrown) {
    const { id: messageId, attempts } = message;
    log('error', 'message_failed', { queue, messageId, attempts, reason: reasonOf(thrown) });
    message.retry({ delaySeconds: Math.min(MAX_RETRY_SECONDS, 2 ** attempts) });
    return [];
  }
}

/** The ids of the events that backends are told of. */
async function consumeAll(env: ApiEnv, queue: string, messages: readonly Message[]): Promise<string[]> {
  const db = openDb(env.DB);
  const facts: LedgerMessage[] = [];
  for (const message of messages) {
    const parsed = queue === LEDGER_QUEUE ? ledgerMessage.safeParse(message.body) : null;
    if (parsed?.success === true) facts.push(parsed.data);
    else await putAway(env, queue, message, parsed === null ? GIVEN_UP : issueOf(parsed.error));
  }
  const kept = await withoutErased(env, facts);
  await closePasses(env, kept);
  await applyMessages(env, kept);
  const hashes = await Promise.all(kept.map(({ viewerId }) => hashViewer(env.MASTER_SECRET, viewerId)));
  const events = kept.flatMap((message, index) => webhookEventsOf(message, hashes[index] ?? null));
  await emitWebhookEvents(db, events);
  return events.map(({ id }) => id);
}

/** One of a viewer carries the viewer's hash, by which an erasure finds it. */
async function putAway(env: ApiEnv, queue: string, message: Message, reason: string): Promise<void> {
  const named = z.looseObject({ viewerId: ledgerMessage.shape.viewerId }).safeParse(message.body);
  const viewerHash = named.success ? await hashViewer(env.MASTER_SECRET, named.data.viewerId) : null;
  await quarantine(openDb(env.DB), queue, message, reason, viewerHash);
}

/**
 * What was on its way while a viewer was erased must not bring the viewer back into the tables. Whoever is erased after
 * this look is in `erased_viewers` before their rows go, and the statements that write look there.
 */
async function withoutErased(env: ApiEnv, facts: readonly LedgerMessage[]): Promise<LedgerMessage[]> {
  const ids = [...new Set(facts.map(({ viewerId }) => viewerId))];
  const tombstones = await Promise.all(ids.map((id) => viewerObject(env.VIEWERS, id).tombstone()));
  const erased = new Set(ids.filter((_, index) => tombstones[index] !== null));
  return facts.filter(({ viewerId }) => !erased.has(viewerId));
}

function issueOf({ issues: [issue] }: ZodError): string {
  return `${issue?.path.join('.')}: ${issue?.message}`;
}
