/** What a SeriesViews object answers. Apart from its class, so that who calls it can be tested without its runtime. */
import type { BeaconMessage } from '#core/qoe/beacon-message.ts';
import type { RollupGroup, RollupQuery } from '#core/qoe/rollup-query.ts';

export interface LiveViews {
  readonly views: number;
  readonly byEpisode: readonly { readonly episodeId: string; readonly views: number }[];
}

export interface SeriesViewsRpc {
  /** Durable once it returns, and the same however often it is called. Only events of this series' episodes. */
  apply(messages: readonly BeaconMessage[]): Promise<void>;
  query(request: RollupQuery): Promise<RollupGroup[]>;
  /** Views that were heard of in the last 45 s and have not been left. */
  live(): Promise<LiveViews>;
}

/** The object of one shard of a series. */
export function seriesViews(namespace: DurableObjectNamespace, seriesId: string, shard: number): SeriesViewsRpc {
  return namespace.getByName(`${seriesId}:${shard}`) as unknown as SeriesViewsRpc;
}

/** Into how many objects a series is divided. One does some thousand beacons a second (docs/architecture.md). */
export function shardsOf({ ANALYTICS_SHARDS }: { readonly ANALYTICS_SHARDS: string }): number {
  const shards = Number(ANALYTICS_SHARDS);
  return Number.isInteger(shards) && shards >= 1 && shards <= MAX_SHARDS ? shards : 1;
}

const MAX_SHARDS = 256;

/** All views of a viewer are in one shard, so that their sessions are whole and nobody is two viewers. */
export function shardOf(route: number, shards: number): number {
  return route % shards;
}
