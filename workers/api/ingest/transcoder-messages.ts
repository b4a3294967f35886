import { z } from 'zod';
import { MAX_OBJECTS_PER_UPLOAD_CALL, MAX_OBJECTS_PER_VERSION } from '#core/ingest/limits.ts';

/** The shapes of `core/ingest/transcoder-protocol.ts`, checked. */

const positive = z.number().positive();
/** Only what belongs to a version, below its own prefix: nothing in it can climb. */
const objectPath = z
  .string()
  .regex(
    /^(multivariant\.m3u8|preview\.mp4|[a-z]{1,16}\.(jpg|webp|vtt)|v[0-9]\/((media|iframes)\.m3u8|init\.mp4|(0|[1-9][0-9]{0,3})\.m4s)|a(0|[1-9][0-9]?)\/(media\.m3u8|init\.mp4|(0|[1-9][0-9]{0,3})\.m4s)|t(0|[1-9][0-9]?)\/(media\.m3u8|(0|[1-9][0-9]{0,3})\.vtt))$/,
  );
const sizeBytes = z
  .int()
  .min(1)
  .max(2 ** 31);

const md5 = z
  .string()
  .regex(/^[0-9a-f]{32}$/)
  .optional();

const lease = { jobId: z.string().max(64), attempt: z.int().min(1), fence: z.string().max(64) };

export const leaseRequest = z.strictObject({ workerId: z.string().regex(/^[A-Za-z0-9._-]{1,64}$/) });

export const uploadRequest = z.strictObject({
  ...lease,
  part: z.enum(['playable']).optional(),
  objects: z
    .array(z.strictObject({ path: objectPath, contentType: z.string().max(100), sizeBytes }))
    .min(1)
    .max(MAX_OBJECTS_PER_UPLOAD_CALL),
});

const rendition = z.strictObject({
  name: z.string().regex(/^v[0-9]$/),
  width: z.int().positive(),
  height: z.int().positive(),
  bandwidthBps: z.int().positive(),
  averageBandwidthBps: z.int().positive(),
  codecs: z.string().regex(/^[A-Za-z0-9.,]{1,100}$/),
  frameRate: positive,
  startBytes: sizeBytes.optional(),
});

const language = z
  .string()
  .regex(/^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$/)
  .max(35)
  .nullable();
const label = z.string().min(1).max(100);
const bps = z.int().positive();

const audioTrack = z.strictObject({
  name: z.string().regex(/^a(0|[1-9][0-9]?)$/),
  language,
  label,
  channels: z.int().min(1).max(16),
  codecs: z.string().regex(/^[A-Za-z0-9.,]{1,100}$/),
  bandwidthBps: bps,
  averageBandwidthBps: bps,
  isMachineGenerated: z.boolean(),
});

const textTrack = z.strictObject({
  name: z.string().regex(/^t(0|[1-9][0-9]?)$/),
  language,
  label,
  kind: z.enum(['subtitles', 'captions']),
  isMachineGenerated: z.boolean(),
});

const pixels = z.int().positive().max(65_535);
const preview = z.strictObject({
  width: pixels,
  height: pixels,
  startSeconds: z.number().min(0),
  durationSeconds: positive,
});
export const images = z.strictObject({
  poster: z.strictObject({ width: pixels, height: pixels }).optional(),
  storyboard: z
    .strictObject({
      columns: pixels,
      rows: pixels,
      tiles: pixels,
      tileWidth: pixels,
      tileHeight: pixels,
      intervalSeconds: positive,
    })
    .optional(),
  previewMp4: preview.optional(),
  previewWebp: preview.optional(),
});

const result = z.strictObject({
  durationSeconds: positive,
  renditions: z
    .array(rendition)
    .min(1)
    .max(10)
    .refine((rungs) => rungs.every(({ name }, index) => name === `v${index}`), 'name the rungs v0, v1, … in order'),
  segmentDurationsSeconds: z.array(positive).min(1).max(10_000),
  objects: z.array(z.strictObject({ path: objectPath, sizeBytes, md5 })).max(MAX_OBJECTS_PER_VERSION),
  warnings: z.array(z.strictObject({ code: z.string().max(64), detail: z.string().max(500) })).max(50),
  protection: z.enum(['aes-128', 'cbcs']).optional(),
  mainLanguage: language.optional(),
  audioTracks: z
    .array(audioTrack)
    .max(32)
    .refine((tracks) => tracks.every(({ name }, index) => name === `a${index}`), 'name the tracks a0, a1, … in order')
    .optional(),
  textTracks: z
    .array(textTrack)
    .max(32)
    .refine((tracks) => tracks.every(({ name }, index) => name === `t${index}`), 'name the tracks t0, t1, … in order')
    .optional(),
  // A thumbhash has at most 25 bytes.
  thumbhash: z
    .string()
    .regex(/^[A-Za-z0-9+/]{4,48}={0,2}$/)
    .optional(),
  loudnessLufs: z.number().min(-100).max(20).optional(),
  images: images.optional(),
});

const failure = z.strictObject({
  code: z
    .string()
    .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/)
    .max(64),
  detail: z.string().min(1).max(1_000),
  retryable: z.boolean(),
});

export const transcodeEvent = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('transcode.progress'),
    timestamp: z.iso.datetime(),
    data: z.strictObject({
      ...lease,
      progress: z.number().min(0).max(1),
      stage: z.enum(['leased', 'probed', 'running', 'uploading']).optional(),
    }),
  }),
  z.strictObject({
    type: z.literal('transcode.playable'),
    timestamp: z.iso.datetime(),
    data: z.strictObject({ ...lease, result }),
  }),
  z.strictObject({
    type: z.literal('transcode.completed'),
    timestamp: z.iso.datetime(),
    data: z.strictObject({ ...lease, result }),
  }),
  z.strictObject({
    type: z.literal('transcode.failed'),
    timestamp: z.iso.datetime(),
    data: z.strictObject({ ...lease, failure }),
  }),
]);
