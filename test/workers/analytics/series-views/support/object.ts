import { env } from 'cloudflare:workers';
import type { SeriesViewsRpc } from '../../../../../workers/analytics/series-views-rpc.ts';

export type SeriesViewsStub = DurableObjectStub & SeriesViewsRpc & { tick(nowMs: number): Promise<void> };

export function objectOf(seriesId: string, shard = 0): SeriesViewsStub {
  return env.SERIES_VIEWS.getByName(`${seriesId}:${shard}`) as unknown as SeriesViewsStub;
}
