export { renderEpisode } from './render-episode.ts';
export { type SampleEpisode, sampleSeries } from './series.ts';
