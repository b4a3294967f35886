import { textOption, withoutUndefined, type Command } from '../command.ts';
import { describeEpisode } from '../stats/describe-episode.ts';
import { describeSeries } from '../stats/describe-series.ts';

/** One view of a country is not its experience. */
const MIN_VIEWS_OF_COUNTRY = 10;

export const statsCommand: Command = {
  name: 'stats',
  summary: 'How far viewers watch an episode or a series, where they leave, and why',
  args: ['<episode|series>'],
  options: {
    from: { type: 'string', value: '<time>', help: 'ISO 8601, or a day; the last 28 days unless said' },
    to: { type: 'string', value: '<time>', help: 'ISO 8601, or a day' },
    segment: { type: 'string', value: '<part>', help: 'of the audience, like country:DE or device:phone' },
  },
  examples: ['cliffhanger stats the-heiress --from 2026-11-01', 'cliffhanger stats ep_… --segment country:IN --json'],
  async run({ client, args: [name = ''], options, out }) {
    const period = withoutUndefined({ from: textOption(options, 'from'), to: textOption(options, 'to') });
    const segment = textOption(options, 'segment');
    const query = { ...period, ...(segment === undefined ? {} : { segment }) };
    // A part of the audience is a part by one thing: of a country there are no countries.
    const byCountry = segment === undefined ? { by: 'country', minViews: MIN_VIEWS_OF_COUNTRY } : {};
    if (name.startsWith('ep_')) {
      const params = { episode: name };
      const [retention, { items: dropoffs }, qoe] = await Promise.all([
        client.call('GET /v1/analytics/episodes/{episode}/retention', { params, query }),
        client.call('GET /v1/analytics/episodes/{episode}/dropoffs', { params, query }),
        client.call('GET /v1/analytics/episodes/{episode}/qoe', { params, query: { ...query, ...byCountry } }),
      ]);
      out.result({ ...retention, dropoffs, qoe }, describeEpisode(retention, dropoffs, qoe));
      return undefined;
    }
    const params = { series: name };
    const [funnel, qoe] = await Promise.all([
      client.call('GET /v1/analytics/series/{series}/funnel', { params, query }),
      client.call('GET /v1/analytics/series/{series}/qoe', { params, query: { ...query, ...byCountry } }),
    ]);
    out.result({ ...funnel, qoe }, describeSeries(funnel, qoe));
    return undefined;
  },
};
