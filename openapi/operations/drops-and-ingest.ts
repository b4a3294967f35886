import { z } from 'zod';
import { audioQuery } from '../../workers/api/routes/audio.ts';
import { dropInput, noInput, sourcePullInput } from '../../workers/api/routes/catalog-schemas.ts';
import { hlsImportInput } from '../../workers/api/routes/episodes.ts';
import { jobQuery } from '../../workers/api/routes/jobs.ts';
import { captionsKindQuery, captionsQuery } from '../../workers/api/routes/tracks.ts';
import { named } from '../names.ts';
import { operations } from '../operation.ts';
import * as wire from '../wire/catalog.ts';
import { pageQuery } from '../wire/scalars.ts';

const DROP_EXAMPLE = {
  at: '2026-12-01T18:00:00Z',
  episodes: ['ep_01k9zq3v7c8m2n5p6r7s8t9v0w'],
  policies: [{ scope: 'series', id: 'the-heiress', policy: { freeEpisodes: 5, coinPrice: 10 } }],
};
const input = named('DropInput', dropInput);

export const dropOperations = operations(
  { tag: 'Drops', auth: { scope: 'catalog' } },
  {
    'POST /v1/drops': {
      id: 'createDrop',
      summary: 'Publish many episodes and change policies at once',
      description:
        'Now or at a time; all of it or nothing. `?dryRun=1` is the same call as `POST /v1/drops/preflight`.',
      query: z.object({ dryRun: z.enum(['1']).optional() }),
      body: input,
      bodyExample: DROP_EXAMPLE,
      idempotencyKey: 'optional',
      problems: ['drop-not-ready'],
      answers: {
        200: { description: 'Of a dry run: what is missing.', content: wire.dropReport },
        201: {
          description: 'The drop: done, or scheduled.',
          content: wire.drop,
          headers: ['Location', 'Idempotent-Replayed'],
        },
      },
    },
    'POST /v1/drops/preflight': {
      id: 'preflightDrop',
      summary: 'Tell what a drop would lack',
      description:
        'Changes nothing, so the audit log does not have it. `POST /v1/drops?dryRun=1` is another name for it.',
      body: input,
      bodyExample: DROP_EXAMPLE,
      idempotencyKey: 'optional',
      answers: { 200: { description: 'What is missing.', content: wire.dropReport } },
    },
    'GET /v1/drops': {
      id: 'listDrops',
      summary: 'List drops',
      query: pageQuery,
      answers: { 200: { description: 'A page, the newest first.', content: wire.dropPage } },
    },
    'GET /v1/drops/{drop}': {
      id: 'getDrop',
      summary: 'Read a drop',
      problems: ['drop-not-found'],
      answers: { 200: { description: 'The drop; one that waits comes with what it lacks now.', content: wire.drop } },
    },
    'DELETE /v1/drops/{drop}': {
      id: 'cancelDrop',
      summary: 'Cancel a drop that has not happened',
      problems: ['drop-not-found', 'drop-not-scheduled'],
      answers: { 204: { description: 'It will not happen.' } },
    },
  },
);

export const ingestOperations = operations(
  { tag: 'Ingest', auth: { scope: 'ingest' } },
  {
    'PUT /v1/episodes/{episode}/source': {
      id: 'uploadSource',
      summary: 'Upload the video of an episode',
      description:
        'The file as the body, streamed. A newer upload of the same episode takes the place of an older one.',
      body: {
        mediaTypes: ['video/mp4', 'video/quicktime', 'application/octet-stream'],
        description: 'The file, of any type that ffmpeg reads.',
      },
      problems: ['source-too-large'],
      answers: {
        202: {
          description: 'The job that makes the episode playable.',
          content: wire.jobStarted,
          headers: ['Location'],
        },
      },
    },
    'POST /v1/episodes/{episode}/source': {
      id: 'pullSource',
      summary: 'Have the video of an episode fetched from a URL',
      description:
        'Answers at once; the job stays `queued` in the phase `pulling` while the file comes, and fails with `source-unreachable`, `source-too-large` or `source-url-refused`.',
      body: named('SourcePullInput', sourcePullInput),
      bodyExample: { url: 'https://masters.example.com/the-heiress/01.mov' },
      problems: ['source-url-refused'],
      answers: {
        202: {
          description: 'The job that makes the episode playable.',
          content: wire.jobStarted,
          headers: ['Location'],
        },
      },
    },
    'POST /v1/episodes/{episode}/hls': {
      id: 'importHls',
      summary: 'Serve HLS that another encoder wrote to the bucket',
      body: named('HlsImportInput', hlsImportInput),
      bodyExample: { prefix: 'imports/the-heiress/1' },
      problems: ['hls-not-found', 'hls-invalid', 'conflict'],
      answers: {
        200: { description: 'It was imported before.', content: wire.hlsImported, headers: ['Location'] },
        201: { description: 'It is ready.', content: wire.hlsImported, headers: ['Location'] },
      },
    },
    'GET /v1/episodes/{episode}/tracks': {
      id: 'listTracks',
      summary: 'List the languages and captions that viewers get',
      description: 'One language alone is muxed with the picture, and is not a track.',
      answers: { 200: { description: 'The tracks of the current version.', content: wire.tracks } },
    },
    'PUT /v1/episodes/{episode}/captions/{language}': {
      id: 'putCaptions',
      summary: 'Add captions in a language, or replace them',
      description:
        'WebVTT or SubRip of the whole episode as the body. Viewers get them within seconds, and nothing is encoded anew. They stay beside the episode: a later source gets them, too.',
      query: captionsQuery,
      body: { mediaTypes: ['text/vtt', 'application/x-subrip'], description: 'The file, UTF-8.' },
      problems: ['captions-invalid', 'captions-of-imported-hls', 'conflict', 'body-too-large'],
      answers: { 200: { description: 'The captions.', content: wire.captions } },
    },
    'DELETE /v1/episodes/{episode}/captions/{language}': {
      id: 'deleteCaptions',
      summary: 'Take captions away',
      description: 'Those of a file and those that came with the source; of the source they do not come back.',
      query: captionsKindQuery,
      problems: ['not-found', 'captions-of-imported-hls', 'conflict', 'invalid-request'],
      answers: { 204: { description: 'New playlists do not name them.' } },
    },
    'GET /v1/episodes/{episode}/audio': {
      id: 'listAudio',
      summary: 'List the languages that an episode is heard in',
      description: 'And the dubs that are being added. One language alone is muxed with the picture, and is no track.',
      answers: { 200: { description: 'The sound of the current version.', content: wire.audio } },
    },
    'PUT /v1/episodes/{episode}/audio/{language}': {
      id: 'putAudio',
      summary: 'Add a dub in a language, or replace it',
      description:
        'The sound of the whole episode as the body, streamed: an audio file, or a video of which the sound is taken. A job makes a version with it and copies the picture; nothing of that is encoded anew. A later source comes without it.',
      query: audioQuery,
      body: {
        mediaTypes: ['audio/mp4', 'audio/wav', 'audio/mpeg', 'audio/flac', 'video/mp4', 'application/octet-stream'],
        description: 'The file: MP4, MOV, MKV, WebM, MPEG-TS, WAV, FLAC, MP3 or AAC.',
      },
      problems: ['episode-not-ready', 'conflict', 'source-too-large'],
      answers: {
        202: { description: 'The job that adds it.', content: wire.jobStarted, headers: ['Location'] },
      },
    },
    'POST /v1/episodes/{episode}/audio/{language}': {
      id: 'pullAudio',
      summary: 'Have the sound of a dub fetched from a URL',
      description:
        'As `PUT`, and fetched as a source is: the job stays `queued` in the phase `pulling` while the file comes, and fails with `source-unreachable`, `source-too-large` or `source-url-refused`.',
      query: audioQuery,
      body: named('SourcePullInput', sourcePullInput),
      bodyExample: { url: 'https://masters.example.com/the-heiress/01-es.wav' },
      problems: ['episode-not-ready', 'conflict', 'source-url-refused'],
      answers: {
        202: { description: 'The job that adds it.', content: wire.jobStarted, headers: ['Location'] },
      },
    },
    'DELETE /v1/episodes/{episode}/audio/{language}': {
      id: 'deleteAudio',
      summary: 'Take a dub away',
      description: 'The language that plays where nobody chose stays.',
      problems: ['not-found', 'conflict', 'invalid-request'],
      answers: { 204: { description: 'New playlists do not name it.' } },
    },
    'GET /v1/jobs': {
      id: 'listJobs',
      summary: 'List jobs',
      query: pageQuery.extend(jobQuery.shape),
      answers: { 200: { description: 'A page, the newest first.', content: wire.jobPage } },
    },
    'GET /v1/jobs/{job}': {
      id: 'getJob',
      summary: 'Read how a job stands',
      problems: ['job-not-found'],
      answers: { 200: { description: 'The job, with the phases it went through.', content: wire.jobDetail } },
    },
    'POST /v1/jobs/{job}/cancel': {
      id: 'cancelJob',
      summary: 'Stop a job',
      description: 'The transcoder that has it stops at its next report. Nothing of it is published.',
      body: named('Nothing', noInput),
      isBodyRequired: false,
      idempotencyKey: 'optional',
      problems: ['job-not-found', 'job-ended'],
      answers: {
        200: { description: 'The job as it is now: failed, with the code `cancelled`.', content: wire.jobDetail },
      },
    },
    'POST /v1/jobs/{job}/retry': {
      id: 'retryJob',
      summary: 'Try a failed or cancelled job again',
      description: 'With the source that was uploaded, and as many attempts as a new job has.',
      body: named('Nothing', noInput),
      isBodyRequired: false,
      idempotencyKey: 'optional',
      problems: ['job-not-found', 'conflict'],
      answers: { 202: { description: 'The job, in the queue.', content: wire.jobDetail } },
    },
  },
);
