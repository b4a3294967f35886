import type { BeaconMessage } from '#core/qoe/beacon-message.ts';
import { callBinding } from '#shared/binding-call.ts';
import { seriesViews, shardOf, shardsOf } from '../series-views-rpc.ts';
import type { AnalyticsSink, Delivered } from './sink.ts';

/** Exact, and the one that every answer of the API comes from: docs/decisions/042-analytics-pipeline.md */
export function rollupsSink(env: Pick<AnalyticsEnv, 'SERIES_VIEWS' | 'ANALYTICS_SHARDS'>): AnalyticsSink {
  return {
    name: 'rollups',
    async write(delivered) {
      const failed = new Map<string, unknown>();
      await Promise.all(
        byObject(delivered, shardsOf(env)).map(async ({ seriesId, shard, messages, messageIds }) => {
          try {
            await callBinding('analytics', () => seriesViews(env.SERIES_VIEWS, seriesId, shard).apply(messages));
          } catch (thrown) {
            for (const messageId of messageIds) failed.set(messageId, thrown);
          }
        }),
      );
      return failed;
    },
  };
}

interface ForObject {
  readonly seriesId: string;
  readonly shard: number;
  readonly messages: BeaconMessage[];
  readonly messageIds: string[];
}

function byObject(delivered: readonly Delivered[], shards: number): ForObject[] {
  const objects = new Map<string, ForObject>();
  for (const { messageId, seriesId, message } of delivered) {
    const shard = shardOf(message.route, shards);
    const key = `${seriesId}:${shard}`;
    const object = objects.get(key) ?? { seriesId, shard, messages: [], messageIds: [] };
    objects.set(key, object);
    object.messages.push(message);
    object.messageIds.push(messageId);
  }
  return [...objects.values()];
}
