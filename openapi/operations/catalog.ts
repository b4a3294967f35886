import * as inputs from '../../workers/api/routes/catalog-schemas.ts';
import { encodingInput } from '../../workers/api/routes/encoding.ts';
import { named } from '../names.ts';
import { operations, type OperationDetails } from '../operation.ts';
import * as wire from '../wire/catalog.ts';
import { pageQuery } from '../wire/scalars.ts';

const policyInput = named('AccessPolicy', inputs.accessPolicyInput);
const POLICY_EXAMPLE = { freeEpisodes: 5, coinPrice: 10, previewSeconds: 5, passes: ['vip'] };

/** An access policy, read and written the same way at each of its three levels. */
function access(path: string, of: string, level: string): Record<string, OperationDetails> {
  return {
    [`GET ${path}/access`]: {
      id: `get${of}Access`,
      summary: `Read the access policy of ${level}`,
      etag: 'read',
      answers: {
        200: {
          description: 'The policy as it was put; empty, version 0, where none was.',
          content: wire.storedPolicy,
          headers: ['ETag'],
        },
      },
    },
    [`PUT ${path}/access`]: {
      id: `put${of}Access`,
      summary: `Replace the access policy of ${level}`,
      description: 'Field by field the nearest level that says something wins: episode, season, series.',
      body: policyInput,
      bodyExample: POLICY_EXAMPLE,
      etag: 'write',
      answers: { 200: { description: 'The policy that is kept now.', content: wire.storedPolicy, headers: ['ETag'] } },
    },
  };
}

/** Titles in other languages, the same at each level that has titles. */
function localisations(path: string, of: string, level: string): Record<string, OperationDetails> {
  return {
    [`GET ${path}/localisations`]: {
      id: `list${of}Localisations`,
      summary: `List the titles of ${level} by language`,
      answers: { 200: { description: 'All of them.', content: wire.localisations } },
    },
    [`GET ${path}/localisations/{language}`]: {
      id: `get${of}Localisation`,
      summary: `Read the title of ${level} in a language`,
      etag: 'read',
      problems: ['not-found', 'invalid-request'],
      answers: { 200: { description: 'The title.', content: wire.localisation, headers: ['ETag'] } },
    },
    [`PUT ${path}/localisations/{language}`]: {
      id: `put${of}Localisation`,
      summary: `Set the title of ${level} in a language`,
      body: named('LocalisationInput', inputs.localisationInput),
      bodyExample: { title: 'La otra mujer' },
      etag: 'write',
      problems: ['conflict'],
      answers: { 200: { description: 'The title that is kept now.', content: wire.localisation, headers: ['ETag'] } },
    },
    [`DELETE ${path}/localisations/{language}`]: {
      id: `delete${of}Localisation`,
      summary: `Take away the title of ${level} in a language`,
      etag: 'write',
      problems: ['not-found', 'invalid-request'],
      answers: { 204: { description: 'It is gone.' } },
    },
  };
}

export const seriesOperations = operations(
  { tag: 'Series', auth: { scope: 'catalog' } },
  {
    'POST /v1/series': {
      id: 'createSeries',
      summary: 'Create a series',
      body: named('SeriesInput', inputs.seriesInput),
      bodyExample: { slug: 'the-heiress', title: 'The Heiress', defaultLanguage: 'en' },
      idempotencyKey: 'optional',
      problems: ['conflict'],
      answers: {
        201: {
          description: 'The series.',
          content: wire.series,
          headers: ['Location', 'ETag', 'Idempotent-Replayed'],
          example: {
            id: 'ser_01k9zq3v7c8m2n5p6r7s8t9v0w',
            slug: 'the-heiress',
            title: 'The Heiress',
            synopsis: null,
            defaultLanguage: 'en',
            protection: 'none',
            createdAt: '2026-11-22T20:00:00.000Z',
            updatedAt: '2026-11-22T20:00:00.000Z',
          },
        },
      },
    },
    'GET /v1/series': {
      id: 'listSeries',
      summary: 'List series',
      query: pageQuery,
      answers: { 200: { description: 'A page, in the order they were made.', content: wire.seriesPage } },
    },
    'GET /v1/series/{series}': {
      id: 'getSeries',
      summary: 'Read a series',
      etag: 'read',
      answers: { 200: { description: 'The series.', content: wire.series, headers: ['ETag'] } },
    },
    'PATCH /v1/series/{series}': {
      id: 'updateSeries',
      summary: 'Change a series',
      description: 'A field that is left out stays; null clears it.',
      body: named('SeriesChange', inputs.seriesChange),
      bodyExample: { title: 'The Heiress Returns' },
      etag: 'write',
      problems: ['conflict'],
      answers: { 200: { description: 'The series as it is now.', content: wire.series, headers: ['ETag'] } },
    },
    'DELETE /v1/series/{series}': {
      id: 'deleteSeries',
      summary: 'Delete a series with its episodes',
      etag: 'write',
      answers: { 204: { description: 'It is gone.' } },
    },
    'POST /v1/series/{series}/seasons': {
      id: 'createSeason',
      summary: 'Add a season',
      body: named('GroupInput', inputs.groupInput),
      bodyExample: { number: 1, title: 'Season one' },
      idempotencyKey: 'optional',
      problems: ['conflict'],
      answers: { 201: { description: 'The season.', content: wire.group } },
    },
    'POST /v1/series/{series}/arcs': {
      id: 'createArc',
      summary: 'Add a story arc',
      body: inputs.groupInput,
      bodyExample: { number: 1, title: 'The letter' },
      idempotencyKey: 'optional',
      problems: ['conflict'],
      answers: { 201: { description: 'The arc.', content: wire.group } },
    },
    ...access('/v1/series/{series}', 'Series', 'a series'),
    'GET /v1/series/{series}/encoding': {
      id: 'getSeriesEncoding',
      summary: 'Read how the episodes of a series are encoded',
      etag: 'read',
      answers: { 200: { description: 'The settings, whole.', content: wire.encodingSettings, headers: ['ETag'] } },
    },
    'PUT /v1/series/{series}/encoding': {
      id: 'putSeriesEncoding',
      summary: 'Set how the episodes of a series are encoded from now on',
      description: 'What is left out is as it is by default. Versions that are there stay as they are.',
      body: named('EncodingInput', encodingInput),
      bodyExample: { landscape: 'crop', publishPlayable: true },
      etag: 'write',
      answers: { 200: { description: 'The settings now.', content: wire.encodingSettings, headers: ['ETag'] } },
    },
    ...access('/v1/series/{series}/seasons/{season}', 'Season', 'a season'),
    'GET /v1/series/{series}/graph': {
      id: 'getGraph',
      etag: 'read',
      summary: 'Read how the episodes lead to each other',
      answers: {
        200: { description: 'Every episode as a node, and the edges.', content: wire.graph, headers: ['ETag'] },
      },
    },
    'PUT /v1/series/{series}/graph': {
      id: 'putGraph',
      etag: 'write',
      summary: 'Replace the edges',
      description: 'All at once. A cycle of `next` edges or an edge to another series is refused and nothing changes.',
      body: named('GraphInput', inputs.graphInput),
      bodyExample: {
        edges: [
          {
            from: 'ep_01k9zq3v7c8m2n5p6r7s8t9v0w',
            to: 'ep_01k9zq3v7c8m2n5p6r7s8t9v0x',
            kind: 'branch',
            choice: 'Open the letter',
          },
        ],
      },
      problems: ['graph-invalid', 'conflict'],
      answers: { 200: { description: 'The graph that is kept now.', content: wire.graph, headers: ['ETag'] } },
    },
    ...localisations('/v1/series/{series}', 'Series', 'a series'),
    ...localisations('/v1/series/{series}/seasons/{season}', 'Season', 'a season'),
    ...localisations('/v1/series/{series}/arcs/{arc}', 'Arc', 'an arc'),
  },
);

export const episodeOperations = operations(
  { tag: 'Episodes', auth: { scope: 'catalog' } },
  {
    'POST /v1/series/{series}/episodes': {
      id: 'createEpisode',
      summary: 'Add an episode',
      description: 'A draft: upload a source next, then publish.',
      body: named('EpisodeInput', inputs.episodeInput),
      bodyExample: { number: 1, title: 'The wedding' },
      idempotencyKey: 'optional',
      problems: ['conflict'],
      answers: {
        201: {
          description: 'The episode.',
          content: wire.episode,
          headers: ['Location', 'ETag', 'Idempotent-Replayed'],
        },
      },
    },
    'GET /v1/series/{series}/episodes': {
      id: 'listEpisodes',
      summary: 'List the episodes of a series',
      query: pageQuery,
      answers: { 200: { description: 'A page, by number.', content: wire.episodePage } },
    },
    'POST /v1/series/{series}/episodes/reorder': {
      id: 'reorderEpisodes',
      summary: 'Number all episodes anew',
      description: 'In one call: viewers see the old order or the new one.',
      body: named('ReorderInput', inputs.reorderInput),
      bodyExample: { episodeIds: ['ep_01k9zq3v7c8m2n5p6r7s8t9v0x', 'ep_01k9zq3v7c8m2n5p6r7s8t9v0w'] },
      idempotencyKey: 'optional',
      problems: ['conflict'],
      answers: { 200: { description: 'Each episode with its number.', content: wire.reordered } },
    },
    'GET /v1/episodes/{episode}': {
      id: 'getEpisode',
      summary: 'Read an episode',
      etag: 'read',
      answers: { 200: { description: 'The episode.', content: wire.episode, headers: ['ETag'] } },
    },
    'GET /v1/episodes/{episode}/images/{image}': {
      id: 'getEpisodeImage',
      summary: 'Read a picture of an episode, published or not',
      problems: ['not-found'],
      answers: {
        200: { description: 'The picture.', content: { mediaTypes: ['image/jpeg'], description: 'A JPEG.' } },
      },
    },
    'PATCH /v1/episodes/{episode}': {
      id: 'updateEpisode',
      summary: 'Change an episode',
      description: 'A field that is left out stays; null clears it.',
      body: named('EpisodeChange', inputs.episodeChange),
      bodyExample: { title: 'The wedding night' },
      etag: 'write',
      problems: ['conflict'],
      answers: { 200: { description: 'The episode as it is now.', content: wire.episode, headers: ['ETag'] } },
    },
    'DELETE /v1/episodes/{episode}': {
      id: 'deleteEpisode',
      summary: 'Delete an episode',
      etag: 'write',
      answers: { 204: { description: 'It is gone.' } },
    },
    'POST /v1/episodes/{episode}/publish': {
      id: 'publishEpisode',
      summary: 'Publish an episode',
      description: 'Now, or from `at` on. Again for one that is published: nothing changes.',
      body: named('PublishInput', inputs.publishInput),
      isBodyRequired: false,
      bodyExample: { at: '2026-12-01T18:00:00Z' },
      etag: 'write',
      problems: ['episode-not-ready'],
      answers: { 200: { description: 'The episode as it is now.', content: wire.episode, headers: ['ETag'] } },
    },
    'POST /v1/episodes/{episode}/unpublish': {
      id: 'unpublishEpisode',
      summary: 'Withdraw an episode',
      body: named('Nothing', inputs.noInput),
      isBodyRequired: false,
      etag: 'write',
      answers: { 200: { description: 'The episode as it is now.', content: wire.episode, headers: ['ETag'] } },
    },
    ...access('/v1/episodes/{episode}', 'Episode', 'an episode'),
    ...localisations('/v1/episodes/{episode}', 'Episode', 'an episode'),
  },
);
