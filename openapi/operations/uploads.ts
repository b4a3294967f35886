import { TUS_BODY_TYPE } from '#core/ingest/tus.ts';
import { uploadQuery } from '../../workers/api/routes/uploads.ts';
import { operations, type Binary } from '../operation.ts';
import * as wire from '../wire/catalog.ts';

const BYTES: Binary = { mediaTypes: [TUS_BODY_TYPE], description: 'Bytes of the file, as many as come.' };

export const uploadOperations = operations(
  { tag: 'Ingest', auth: { scope: 'ingest' } },
  {
    'OPTIONS /v1/uploads': {
      id: 'describeUploads',
      summary: 'Tell what of tus is spoken',
      auth: 'none',
      description: 'tus 1.0.0 with creation, creation-with-upload, expiration, termination and checksum.',
      answers: { 204: { description: 'In `Tus-…` headers.', headers: ['Tus-Extension'] } },
    },
    'POST /v1/uploads': {
      id: 'createUpload',
      summary: 'Begin a resumable upload (tus 1.0.0)',
      description: 'With `Content-Type: application/offset+octet-stream` the body is the beginning of the file.',
      headers: ['Tus-Resumable', 'Upload-Length', 'Upload-Metadata', 'Upload-Checksum'],
      problems: [
        'invalid-request',
        'episode-not-found',
        'series-not-found',
        'tus-version-unsupported',
        'source-too-large',
        'upload-checksum-mismatch',
      ],
      answers: {
        201: {
          description: 'Send its bytes with PATCH to `Location`.',
          content: wire.upload,
          headers: ['Location', 'Upload-Offset', 'Upload-Expires'],
        },
      },
    },
    'GET /v1/uploads': {
      id: 'listUploads',
      summary: 'Find the uploads of an episode',
      description: 'The newest first; by the hash, so that a client that was restarted goes on with its own.',
      query: uploadQuery,
      answers: { 200: { description: 'Those that have not expired.', content: wire.uploadList } },
    },
    'GET /v1/uploads/{upload}': {
      id: 'getUpload',
      summary: 'Read how an upload stands',
      description: 'HEAD, as tus has it, answers the same headers and needs `Tus-Resumable`.',
      problems: ['upload-not-found', 'upload-expired', 'tus-version-unsupported'],
      answers: {
        200: {
          description: 'The upload.',
          content: wire.upload,
          headers: ['Upload-Offset', 'Upload-Length', 'Upload-Expires'],
        },
      },
    },
    'PATCH /v1/uploads/{upload}': {
      id: 'appendToUpload',
      summary: 'Send bytes of an upload',
      description:
        'Any number. What came before a connection broke is kept: ask with HEAD and go on from there. The last bytes make the job. Where only POST gets through: POST with `X-HTTP-Method-Override: PATCH`, or `DELETE`.',
      headers: ['Tus-Resumable', 'Upload-Offset', 'Upload-Checksum'],
      body: BYTES,
      problems: [
        'upload-not-found',
        'upload-expired',
        'episode-not-found',
        'conflict',
        'upload-offset-mismatch',
        'upload-locked',
        'tus-version-unsupported',
        'unsupported-media-type',
        'upload-checksum-mismatch',
      ],
      answers: {
        204: { description: 'They are durable.', headers: ['Upload-Offset', 'Upload-Expires'] },
      },
    },
    'DELETE /v1/uploads/{upload}': {
      id: 'endUpload',
      summary: 'Drop an upload that is not whole',
      headers: ['Tus-Resumable'],
      problems: ['upload-not-found', 'upload-expired', 'conflict', 'upload-locked', 'tus-version-unsupported'],
      answers: { 204: { description: 'It is gone, with what was stored of it.' } },
    },
  },
);
