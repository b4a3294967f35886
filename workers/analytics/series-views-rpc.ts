/** What a SeriesViews object answers. Apart from its class, so that who calls it can be tested without its runtime. */
import type { BeaconMessage } from '#core/qoe/beacon-message.ts';
import type { ViewEventWire } from '#core/qoe/beacon-wire.ts';
import type { RollupGroup, RollupQuery } from '#core/qoe/rollup-query.ts';
import type { ViewRecord } from '#core/qoe/view-record.ts';
import type { Person } from './persons.ts';

export interface LiveViews {
  readonly views: number;
  readonly byEpisode: readonly { readonly episodeId: string; readonly views: number }[];
}

/** A view as its viewer may be told of it. */
export interface ExportedView extends Omit<ViewEventWire, 'seq' | 'details'>, Readonly<ViewRecord['dimensions']> {
  readonly startedAtMs: number;
  readonly lastReceivedAtMs: number;
  readonly details: ViewRecord['details'];
}

export interface SeriesViewsRpc {
  /** Durable once it returns, and the same however often it is called. Only events of this series' episodes. */
  apply(messages: readonly BeaconMessage[]): Promise<void>;
  query(request: RollupQuery): Promise<RollupGroup[]>;
  /** Views that were heard of in the last 45 s and have not been left. */
  live(): Promise<LiveViews>;
  exportViewer(person: Person): Promise<ExportedView[]>;
  /** Their views stay counted, and are nobody's. What comes of them later is dropped. */
  forgetViewer(person: Person, nowMs: number): Promise<void>;
}

/** The object of one shard of a series. */
export function seriesViews(namespace: DurableObjectNamespace, seriesId: string, shard: number): SeriesViewsRpc {
  return namespace.getByName(`${seriesId}:${shard}`) as unknown as SeriesViewsRpc;
}

export function nameParts(name: string): { readonly seriesId: string; readonly shard: number } {
  const [seriesId = '', shard = '0'] = name.split(':');
  return { seriesId, shard: Number(shard) };
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
