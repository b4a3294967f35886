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

export interface SinkEnv extends Pick<AnalyticsEnv, 'SERIES_VIEWS' | 'ANALYTICS_SHARDS' | 'ANALYTICS_SINK'> {
  /** Not every account has it. */
  readonly VIEW_POINTS?: AnalyticsEngineDataset;
}

export function sinksOf(env: SinkEnv): AnalyticsSink[] {
  return env.ANALYTICS_SINK.split(',').map((name) => {
    if (name.trim() === 'rollups') return rollupsSink(env);
    if (name.trim() !== 'analytics-engine') throw new Error(`ANALYTICS_SINK: there is no ${name}`);
    if (env.VIEW_POINTS === undefined)
      throw new Error('ANALYTICS_SINK: analytics-engine needs the binding VIEW_POINTS');
    return analyticsEngineSink(env.VIEW_POINTS);
  });
}
