import type { BeaconMessage } from '#core/qoe/beacon-message.ts';
import { log, reasonOf } from '#shared/log.ts';
import { writeRawEvents } from './raw-events.ts';
import { seriesOfEpisodes } from './series-of-episodes.ts';
import { sinksOf, type Delivered } from './sink.ts';

const MAX_RETRY_SECONDS = 300;

/**
 * Raw events first, then what counts them. A message is acknowledged once all of that has it, by itself: what fails does not
 * bring the others of its batch back. Everything here may happen twice.
 */
export async function consume(batch: MessageBatch, env: AnalyticsEnv, nowMs: number): Promise<void> {
  const failed = new Map<string, unknown>();
  const messages = batch.messages.flatMap(({ id, body }) => {
    if (isBeaconMessage(body)) return [{ id, body }];
    failed.set(id, new Error('not a beacon'));
    return [];
  });
  try {
    const delivered = await ofSeries(env, messages);
    await writeRawEvents(env, delivered, nowMs);
    for (const sink of sinksOf(env)) for (const [id, reason] of await sink.write(delivered)) failed.set(id, reason);
  } catch (thrown) {
    for (const { id } of messages) failed.set(id, thrown);
  }
  for (const message of batch.messages) settle(message, failed);
}

function settle(message: Message, failed: ReadonlyMap<string, unknown>): void {
  const { id: messageId, attempts } = message;
  if (!failed.has(messageId)) return message.ack();
  log('error', 'beacon_failed', { messageId, attempts, reason: reasonOf(failed.get(messageId)) });
  message.retry({ delaySeconds: Math.min(MAX_RETRY_SECONDS, 2 ** attempts) });
}

/** Enough to tell our own messages from what was before them; their members were checked when they were accepted. */
function isBeaconMessage(body: unknown): body is BeaconMessage {
  return typeof body === 'object' && body !== null && 'formatVersion' in body && body.formatVersion === 1;
}

/** Each message by the series of its events. Of episodes that are not there nothing is counted: to ask again brings none. */
async function ofSeries(
  env: Pick<AnalyticsEnv, 'DB'>,
  messages: readonly { id: string; body: BeaconMessage }[],
): Promise<Delivered[]> {
  const ids = new Set(messages.flatMap(({ body }) => body.events.map(({ episodeId }) => episodeId)));
  const seriesOf = await seriesOfEpisodes(env.DB, ids);
  const delivered: Delivered[] = [];
  let unknownEvents = 0;
  for (const { id, body } of messages) {
    for (const [seriesId, events] of Map.groupBy(body.events, ({ episodeId }) => seriesOf.get(episodeId) ?? null)) {
      if (seriesId === null) unknownEvents += events.length;
      else delivered.push({ messageId: id, seriesId, message: { ...body, events } });
    }
  }
  if (unknownEvents > 0) log('warn', 'beacons_of_unknown_episodes', { events: unknownEvents });
  return delivered;
}
