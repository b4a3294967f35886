import type { BeaconMessage } from '#core/qoe/beacon-message.ts';
import { callBinding } from '#shared/binding-call.ts';
import { log, reasonOf } from '#shared/log.ts';
import { seriesViews, shardOf, shardsOf } from '../series-views-rpc.ts';
import { seriesOfEpisodes } from './series-of-episodes.ts';

type ConsumerEnv = Pick<AnalyticsEnv, 'DB' | 'SERIES_VIEWS' | 'ANALYTICS_SHARDS'>;

/** What goes to one object, and the queue's messages that it came with. */
interface Delivery {
  readonly seriesId: string;
  readonly shard: number;
  readonly messages: BeaconMessage[];
  readonly from: Message<BeaconMessage>[];
}

/** A message is acknowledged once every object that it is for has written it down; the others of its batch do not matter to it. */
export async function consume(batch: MessageBatch<BeaconMessage>, env: ConsumerEnv): Promise<void> {
  const failed = new Map<Message<BeaconMessage>, unknown>();
  const readable = batch.messages.filter((message) => {
    const isReadable = message.body.formatVersion === 1;
    if (!isReadable) failed.set(message, new Error('not of a known form'));
    return isReadable;
  });
  try {
    const deliveries = await sorted(env, readable);
    await Promise.all(
      deliveries.map(async ({ seriesId, shard, messages, from }) => {
        try {
          await callBinding('analytics', () => seriesViews(env.SERIES_VIEWS, seriesId, shard).apply(messages));
        } catch (thrown) {
          for (const message of from) failed.set(message, thrown);
        }
      }),
    );
  } catch (thrown) {
    for (const message of readable) failed.set(message, thrown);
  }
  for (const message of batch.messages) settle(message, failed);
}

function settle(message: Message<BeaconMessage>, failed: ReadonlyMap<Message<BeaconMessage>, unknown>): void {
  if (!failed.has(message)) return message.ack();
  const { id: messageId, attempts } = message;
  log('error', 'beacon_failed', { messageId, attempts, reason: reasonOf(failed.get(message)) });
  message.retry({ delaySeconds: Math.min(MAX_RETRY_SECONDS, 2 ** attempts) });
}

const MAX_RETRY_SECONDS = 300;

/** By series and shard. Of episodes that are not there nothing is counted: asking again would not bring them back. */
async function sorted(env: ConsumerEnv, messages: readonly Message<BeaconMessage>[]): Promise<Delivery[]> {
  const ids = new Set(messages.flatMap(({ body }) => body.events.map(({ episodeId }) => episodeId)));
  const seriesOf = await seriesOfEpisodes(env.DB, ids);
  const shards = shardsOf(env);
  const deliveries = new Map<string, Delivery>();
  let unknownEvents = 0;
  for (const message of messages) {
    const bySeries = Map.groupBy(message.body.events, ({ episodeId }) => seriesOf.get(episodeId) ?? null);
    for (const [seriesId, events] of bySeries) {
      if (seriesId === null) {
        unknownEvents += events.length;
        continue;
      }
      const shard = shardOf(message.body.route, shards);
      const key = `${seriesId}:${shard}`;
      const delivery = deliveries.get(key) ?? { seriesId, shard, messages: [], from: [] };
      deliveries.set(key, delivery);
      delivery.messages.push({ ...message.body, events });
      delivery.from.push(message);
    }
  }
  if (unknownEvents > 0) log('warn', 'beacons_of_unknown_episodes', { events: unknownEvents });
  return [...deliveries.values()];
}
