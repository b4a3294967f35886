/** Where events go to be counted: chosen by ANALYTICS_SINK, one or more with a comma. docs/architecture.md compares them. */
import type { BeaconMessage } from '#core/qoe/beacon-message.ts';
import { analyticsEngineSink } from './analytics-engine-sink.ts';
import { rollupsSink } from './rollups-sink.ts';

/** A message of the queue, or the part of it that is of one series. */
export interface Delivered {
  /** The queue's id of the message. */
  readonly messageId: string;
  readonly seriesId: string;
  readonly message: BeaconMessage;
}

export interface AnalyticsSink {
  readonly name: string;
  /** What could not be taken, by the queue's id: those messages come again. Never throws. */
  write(delivered: readonly Delivered[]): Promise<ReadonlyMap<string, unknown>>;
}

type SinkEnv = Pick<AnalyticsEnv, 'SERIES_VIEWS' | 'ANALYTICS_SHARDS' | 'ANALYTICS_SINK' | 'VIEW_POINTS'>;

export function sinksOf(env: SinkEnv): AnalyticsSink[] {
  const known = { rollups: rollupsSink, 'analytics-engine': analyticsEngineSink } as const;
  const names = env.ANALYTICS_SINK.split(',').map((name) => name.trim());
  return names.map((name) => {
    if (name === 'rollups' || name === 'analytics-engine') return known[name](env);
    throw new Error(`ANALYTICS_SINK names "${name}"; there are rollups and analytics-engine`);
  });
}
