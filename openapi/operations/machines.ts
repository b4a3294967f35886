import { z } from 'zod';
import { CONSENTS } from '#core/qoe/beacon-context.ts';
import { leaseRequest, transcodeEvent, uploadRequest } from '../../workers/api/ingest/transcoder-messages.ts';
import { callbackInput } from '../../workers/api/routes/ad-callbacks.ts';
import { sessionInput } from '../../workers/api/routes/demo.ts';
import { named } from '../names.ts';
import { operations } from '../operation.ts';
import * as wire from '../wire/operators.ts';
import * as play from '../wire/playback.ts';
import { text } from '../wire/scalars.ts';
import { wallet } from '../wire/viewers.ts';

export const beaconOperations = operations(
  { tag: 'Analytics', auth: 'viewer' },
  {
    'POST /v1/events': {
      id: 'sendBeacon',
      summary: 'Tell how a view goes',
      description:
        'At least once, batched; as `application/json`, or `text/plain` from `navigator.sendBeacon`. Each event says all of its view so far. Players that are not ours send `application/cmcd`: event reports of CMCD v2 (CTA-5004-B), one a line, with the episode as `cid`; `accepted` is how many views they were of. Without a token a media pass of the view will do: it tells of its own episode only, until ten minutes after it has lapsed; later it is answered and dropped.',
      query: z.object({
        pass: text(2_000).describe('A media URL of the view, or its path up to the version.').optional(),
        consent: z.enum(CONSENTS).describe('Of `application/cmcd`, which has no key for it.').optional(),
      }),
      body: play.beaconInput,
      answers: { 202: { description: 'How many events were taken.', content: play.beaconAccepted } },
    },
  },
);

export const transcoderOperations = operations(
  { tag: 'Transcoder', auth: 'webhook' },
  {
    'POST /v1/transcoder/leases': {
      id: 'leaseJob',
      summary: 'Take the oldest queued job',
      body: named('LeaseRequest', leaseRequest),
      answers: {
        200: { description: 'The job, for 60 s.', content: wire.leasedJob },
        204: { description: 'Nothing is queued.' },
      },
    },
    'POST /v1/transcoder/uploads': {
      id: 'presignUploads',
      summary: 'Ask for URLs to upload to',
      body: named('UploadRequest', uploadRequest),
      problems: ['lease-lost'],
      answers: { 200: { description: 'A presigned PUT for each object.', content: wire.uploadGrant } },
    },
    'POST /v1/transcoder/events': {
      id: 'reportTranscode',
      summary: 'Report progress, completion or failure',
      body: named('TranscodeEvent', transcodeEvent),
      problems: ['lease-lost'],
      answers: { 200: { description: 'It was taken, now or before.', content: wire.eventReceipt } },
    },
  },
);

export const adCallbackOperations = operations(
  { tag: 'Ad networks', auth: 'signature' },
  {
    'GET /v1/ad-callbacks/admob': {
      id: 'receiveAdmobCallback',
      summary: 'AdMob says that an ad was watched',
      description: 'Server-side verification of AdMob: the query is signed with ECDSA by Google’s keys.',
      query: z.object({
        custom_data: text(1_000).optional(),
        transaction_id: text(200),
        key_id: text(32),
        signature: text(256),
      }),
      problems: ['ad-callback-invalid'],
      answers: {
        200: { description: 'Counted or not, there is no need to send it again.', content: wire.adCallbackAnswer },
      },
    },
    'POST /v1/ad-callbacks/{network}': {
      id: 'receiveAdCallback',
      summary: 'An ad network says that an ad was watched',
      auth: 'webhook',
      body: named('AdCallbackInput', callbackInput),
      problems: ['ad-callback-invalid'],
      answers: {
        200: { description: 'Counted or not, there is no need to send it again.', content: wire.adCallbackAnswer },
      },
    },
  },
);

export const systemOperations = operations(
  { tag: 'System', auth: 'none' },
  {
    'GET /health': {
      id: 'getHealth',
      summary: 'Tell that the edge answers',
      answers: { 200: { description: 'It does.', content: play.health } },
    },
    'POST /v1/demo/session': {
      id: 'createDemoSession',
      summary: 'Let a guest in',
      description: 'Only where `DEMO` is `1`, as `npm start` sets it.',
      body: named('DemoSessionInput', sessionInput),
      isBodyRequired: false,
      problems: ['not-found'],
      answers: { 201: { description: 'A guest with some coins.', content: play.demoSession } },
    },
    'POST /v1/demo/coins': {
      id: 'topUpDemoWallet',
      summary: 'Give a guest more coins',
      description: 'Only where `DEMO` is `1`.',
      auth: 'viewer',
      idempotencyKey: 'required',
      problems: ['not-found'],
      answers: { 201: { description: 'The wallet.', content: wallet } },
    },
  },
);
