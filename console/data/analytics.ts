/** The numbers, as the API tells them. */
import type { Dropoffs, Funnel, LiveViews, Qoe, Retention, Timeseries } from '../../client/index.ts';
import { api } from './api.ts';
import type { View } from './period.ts';

export const DIMENSIONS = [
  ['country', 'Country'],
  ['device', 'Device'],
  ['os', 'System'],
  ['browser', 'Browser'],
  ['connection', 'Connection'],
  ['rendition', 'Rendition'],
  ['appVersion', 'App version'],
  ['experiment', 'Experiment'],
  ['audience', 'New or returning'],
] as const;
export type DimensionName = (typeof DIMENSIONS)[number][0];

/** Both have them; the same tables are made of them. */
export interface Subject {
  readonly kind: 'episode' | 'series';
  readonly id: string;
}

export const retentionOf = (episode: string, { range, comparison }: View): Promise<Retention> =>
  api.call('GET /v1/analytics/episodes/{episode}/retention', {
    params: { episode },
    query: { ...range, ...comparison },
  });

export const dropoffsOf = (episode: string, { range }: View): Promise<Dropoffs> =>
  api.call('GET /v1/analytics/episodes/{episode}/dropoffs', { params: { episode }, query: range });

export const funnelOf = (series: string, { range }: View): Promise<Funnel> =>
  api.call('GET /v1/analytics/series/{series}/funnel', { params: { series }, query: range });

export function qoeOf({ kind, id }: Subject, { range, comparison }: View, by: readonly DimensionName[]): Promise<Qoe> {
  const query = { ...range, ...comparison, ...(by.length === 0 ? {} : { by: by.join(',') }) };
  return kind === 'episode'
    ? api.call('GET /v1/analytics/episodes/{episode}/qoe', { params: { episode: id }, query })
    : api.call('GET /v1/analytics/series/{series}/qoe', { params: { series: id }, query });
}

export const timeseriesOf = ({ kind, id }: Subject, { range }: View): Promise<Timeseries> =>
  kind === 'episode'
    ? api.call('GET /v1/analytics/episodes/{episode}/timeseries', { params: { episode: id }, query: range })
    : api.call('GET /v1/analytics/series/{series}/timeseries', { params: { series: id }, query: range });

export const liveOf = (series?: string): Promise<LiveViews> =>
  api.call('GET /v1/analytics/live', { query: series === undefined ? {} : { series } });
