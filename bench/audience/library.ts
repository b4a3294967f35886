/** What the simulated viewers watch. The same plan is published over HTTP, or given ids of its own where nothing runs. */

export interface SimEpisode {
  readonly id: string;
  readonly seriesId: string;
  /** From 0, in the order of the series. */
  readonly position: number;
  readonly durationSeconds: number;
  readonly hasPaywall: boolean;
  /** Of who comes by, every fourth leaves here. */
  readonly dullAtSeconds: number | null;
  /** There is a next one, and it is out. */
  readonly hasNext: boolean;
}

export interface SimSeries {
  readonly id: string;
  readonly episodes: readonly SimEpisode[];
}

export interface EpisodePlan {
  readonly durationSeconds: number;
  readonly hasPaywall: boolean;
  readonly dullAtSeconds: number | null;
}

const free = (durationSeconds: number, dullAtSeconds: number | null = null): EpisodePlan => ({
  durationSeconds,
  hasPaywall: false,
  dullAtSeconds,
});
const paid = (durationSeconds: number): EpisodePlan => ({ ...free(durationSeconds), hasPaywall: true });

/**
 * Two series, since a visit may go from one to another. Lengths that are whole, that are not, and of which a tenth of a second is
 * a half of a hundredth of a percent, or the middle of a hundredth: where floating point would round as it likes.
 */
export const SERIES_PLANS: readonly (readonly EpisodePlan[])[] = [
  [free(75, 30), free(60), free(88.4), paid(61.3), free(90), paid(45.5), paid(74.9), paid(120), paid(66), paid(58.3)],
  [free(60, 41), free(72.7), paid(91.1), paid(64), paid(80)],
];

export interface Rung {
  readonly heightPx: number;
  readonly bandwidthBps: number;
}

/** 640 is under half of 1,920, so it is the low one. */
export const LADDER: readonly Rung[] = [
  { heightPx: 640, bandwidthBps: 618_337 },
  { heightPx: 960, bandwidthBps: 1_404_219 },
  { heightPx: 1_920, bandwidthBps: 3_911_608 },
];
export const LOW_BELOW_PX = 960;

/** Ids of the same form as the platform's, for where there is no platform. */
export function unpublishedLibrary(): SimSeries[] {
  return SERIES_PLANS.map((plans, series) => {
    const id = `sr_${String(series).padStart(26, '0')}`;
    return seriesOf(
      id,
      plans.map((_, position) => `ep_${String(series * 100 + position).padStart(26, '0')}`),
      plans,
    );
  });
}

export function seriesOf(id: string, episodeIds: readonly string[], plans: readonly EpisodePlan[]): SimSeries {
  const episodes = plans.map((plan, position) => ({
    ...plan,
    id: episodeIds[position] ?? '',
    seriesId: id,
    position,
    hasNext: position + 1 < plans.length,
  }));
  return { id, episodes };
}
