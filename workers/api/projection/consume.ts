import { log, reasonOf } from '#shared/log.ts';
import { openDb, type Db } from '../http/context.ts';
import { deliverEvents } from '../webhooks/deliver.ts';
import { emitWebhookEvents } from '../webhooks/outbox.ts';
import { applyMessage } from './apply.ts';
import { ledgerMessage } from './ledger-message.ts';
import { quarantine } from './quarantine.ts';
import { webhookEventsOf } from './webhook-events.ts';

const LEDGER_QUEUE = 'cliffhanger-ledger';

/** Each message is acknowledged by itself, so one that fails does not bring the others back. */
export async function consume(
  batch: MessageBatch,
  env: ApiEnv,
  ctx: Pick<ExecutionContext, 'waitUntil'>,
): Promise<void> {
  const db = openDb(env.DB);
  const told: string[] = [];
  for (const message of batch.messages) {
    try {
      told.push(...(await consumeOne(env, db, batch.queue, message)));
      message.ack();
    } catch (thrown) {
      const { id: messageId, attempts } = message;
      log('error', 'message_failed', { queue: batch.queue, messageId, attempts, reason: reasonOf(thrown) });
      message.retry({ delaySeconds: Math.min(300, 2 ** attempts) });
    }
  }
  if (told.length > 0) ctx.waitUntil(deliverEvents(env, told));
}

/** The ids of the events that backends are told of. */
async function consumeOne(env: ApiEnv, db: Db, queue: string, message: Message): Promise<string[]> {
  if (queue !== LEDGER_QUEUE) {
    await quarantine(db, queue, message, 'given up by its queue');
    return [];
  }
  const parsed = ledgerMessage.safeParse(message.body);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    await quarantine(db, queue, message, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
    return [];
  }
  await applyMessage(env, parsed.data);
  const events = webhookEventsOf(parsed.data);
  await emitWebhookEvents(db, events);
  return events.map(({ id }) => id);
}
