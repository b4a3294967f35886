import { z } from 'zod';
import { DIMENSION_NAME_LIST } from '#core/qoe/answers/segment-names.ts';
import { DEFAULT_PAGE, MAX_PAGE } from '../../workers/analytics/limits.ts';
import { alertChange, alertInput } from '../../workers/api/routes/alerts.ts';
import { named } from '../names.ts';
import { operations, type OperationDetails } from '../operation.ts';
import * as wire from '../wire/analytics.ts';
import { alert, alertPage } from '../wire/operators.ts';
import { pageQuery, text } from '../wire/scalars.ts';

const moment = text(40).describe('ISO 8601 with its zone, or a day of UTC; widened to whole hours.').optional();
const segmentText = text(100).describe(
  `A part of the audience: \`country:DE\`. Dimensions: ${DIMENSION_NAME_LIST.join(', ')}.`,
);
const range = {
  from: moment.describe(
    'ISO 8601 with its zone, or a day of UTC; widened to whole hours. 28 days before `to` unless said.',
  ),
  to: moment,
  format: z
    .enum(['json', 'csv'])
    .describe('`csv`, or an `Accept: text/csv`: RFC 4180, with no formula that a spreadsheet would run.')
    .optional(),
  shared: z.enum(['0', '1']).describe('1: for others than you; no cell of fewer than 10 viewers is told.').optional(),
};
const { shared: _shared, ...period } = range;
const segment = segmentText.optional();
const comparison = {
  compareFrom: moment.describe('Another period to compare with: the same part of the audience.'),
  compareTo: moment.describe('Its end; as long as the first one unless said.'),
  against: segmentText.describe('Another part of the audience to compare with, in the same period.').optional(),
};
const by = text(200)
  .describe(`A list of ${DIMENSION_NAME_LIST.join(', ')}.`)
  .optional();
const minViews = z.int().min(0).describe('Rows of fewer views are left out.').optional();
const grain = z.enum(['hour', 'day']).describe('Days of UTC. Hours of up to three days, unless said.').optional();

const CSV = { mediaTypes: ['text/csv'], description: 'The same as a table.' };

const COMPARED =
  'With `compareFrom` and `compareTo`, or `against`, a `comparison` of the same form and the `differences`.';

const qoe = (id: string, what: string): OperationDetails => ({
  id,
  summary: `Read the quality that viewers of ${what} had`,
  description: `In all and by dimension, the worst experience first. ${COMPARED}`,
  query: z.object({ ...range, by, minViews, segment, ...comparison }),
  answers: { 200: { description: 'Every metric.', content: wire.qoe, alternative: CSV } },
});
const timeseries = (id: string, what: string): OperationDetails => ({
  id,
  summary: `Read the numbers of ${what} over time`,
  query: z.object({ ...range, grain, segment }),
  answers: { 200: { description: 'One item for each hour, or day.', content: wire.timeseries, alternative: CSV } },
});

export const analyticsOperations = operations(
  { tag: 'Analytics', auth: { scope: 'analytics' } },
  {
    'GET /v1/analytics/episodes/{episode}/segment-reports': {
      id: 'getSegmentReports',
      summary: 'Read what other players say with their segment requests',
      description:
        'CMCD (CTA-5004) of players that are not ours and send no events: stalls and throughput, sampled (`CMCD_SAMPLE` of the playback Worker, off as it comes).',
      query: z.object(period),
      answers: { 200: { description: 'Counts of the sample.', content: wire.segmentReports, alternative: CSV } },
    },
    'GET /v1/analytics/episodes/{episode}/retention': {
      id: 'getRetention',
      summary: 'Read how far viewers watch an episode',
      description: COMPARED,
      query: z.object({ ...range, segment, ...comparison }),
      answers: {
        200: {
          description: 'Coverage by second and by hundredth, survival, stalls.',
          content: wire.retention,
          alternative: CSV,
        },
      },
    },
    'GET /v1/analytics/episodes/{episode}/dropoffs': {
      id: 'getDropoffs',
      summary: 'Read where viewers leave an episode, and why',
      description: 'Script or buffering: each drop-off with its counts, intervals, and the verdict in words.',
      query: z.object({ ...range, segment }),
      answers: { 200: { description: 'In the order of the episode.', content: wire.dropoffs, alternative: CSV } },
    },
    'GET /v1/analytics/episodes/{episode}/qoe': qoe('getEpisodeQoe', 'an episode'),
    'GET /v1/analytics/series/{series}/qoe': qoe('getSeriesQoe', 'a series'),
    'GET /v1/analytics/episodes/{episode}/timeseries': timeseries('getEpisodeTimeseries', 'an episode'),
    'GET /v1/analytics/series/{series}/timeseries': timeseries('getSeriesTimeseries', 'a series'),
    'GET /v1/analytics/series/{series}/funnel': {
      id: 'getFunnel',
      summary: 'Read how viewers go through a series, and where they pay',
      description: COMPARED,
      query: z.object({ ...range, segment, ...comparison }),
      answers: { 200: { description: 'Episode after episode.', content: wire.funnel, alternative: CSV } },
    },
    'GET /v1/analytics/overview': {
      id: 'getOverview',
      summary: 'Read the numbers of all series, or of all episodes',
      query: z.object({
        ...period,
        by: z.enum(['series', 'episode']).describe('`series` unless said.').optional(),
        series: text(80).describe('Of one series only: id or slug.').optional(),
        sort: text(64)
          .describe('Any number of an item; with a minus the largest first. `-views` unless said.')
          .optional(),
        cursor: text(80).describe('The `nextCursor` of the page before.').optional(),
        limit: z.int().min(1).max(MAX_PAGE).describe(`${DEFAULT_PAGE} unless said.`).optional(),
      }),
      problems: ['series-not-found'],
      answers: { 200: { description: 'A page, of whole days.', content: wire.overview, alternative: CSV } },
    },
    'GET /v1/analytics/live': {
      id: 'getLiveViews',
      summary: 'Count the views that go on now',
      description: 'Not left, and heard of in the last 45 s.',
      query: z.object({ format: range.format, series: text(80).describe('Id or slug.').optional() }),
      problems: ['series-not-found'],
      answers: { 200: { description: 'By episode, the most watched first.', content: wire.live, alternative: CSV } },
    },
    'GET /v1/analytics/cost': {
      id: 'getDeliveryCost',
      summary: 'Read what delivery costs',
      description:
        'Bytes as players told them, requests as they follow from what was watched, dollars by Cloudflare’s prices beyond what a plan includes.',
      query: z.object({ ...period, series: text(80).describe('Id or slug; all series unless said.').optional() }),
      problems: ['series-not-found'],
      answers: { 200: { description: 'Line by line.', content: wire.cost, alternative: CSV } },
    },
  },
);

export const alertOperations = operations(
  { tag: 'Alerts', auth: { scope: 'analytics' } },
  {
    'POST /v1/alerts': {
      id: 'createAlert',
      summary: 'Be told when a number is not what it should be',
      description:
        'Looked at each minute; told as the webhook events `alert.fired`, once in each cool-down, and `alert.resolved`.',
      body: named('AlertInput', alertInput),
      bodyExample: {
        name: 'Too much buffering',
        metric: 'rebufferPercentage',
        comparison: 'above',
        threshold: 2,
        minViews: 500,
      },
      idempotencyKey: 'optional',
      problems: ['conflict', 'episode-not-found', 'series-not-found'],
      answers: { 201: { description: 'The alert.', content: alert, headers: ['Location', 'ETag'] } },
    },
    'GET /v1/alerts': {
      id: 'listAlerts',
      summary: 'List alerts',
      query: pageQuery,
      answers: { 200: { description: 'A page.', content: alertPage } },
    },
    'GET /v1/alerts/{alert}': {
      id: 'getAlert',
      summary: 'Read an alert, and whether it fires',
      etag: 'read',
      problems: ['not-found'],
      answers: { 200: { description: 'The alert.', content: alert, headers: ['ETag'] } },
    },
    'PATCH /v1/alerts/{alert}': {
      id: 'updateAlert',
      summary: 'Change an alert',
      description: 'What changes more than its name begins anew: nothing fires, nothing has cooled down.',
      body: named('AlertChange', alertChange),
      bodyExample: { threshold: 3 },
      etag: 'write',
      problems: ['not-found', 'episode-not-found', 'series-not-found'],
      answers: { 200: { description: 'The alert as it is now.', content: alert, headers: ['ETag'] } },
    },
    'DELETE /v1/alerts/{alert}': {
      id: 'deleteAlert',
      summary: 'Delete an alert',
      etag: 'write',
      problems: ['not-found'],
      answers: { 204: { description: 'It tells nothing any more.' } },
    },
  },
);
