import { z } from 'zod';
import type { Missing } from '#core/catalog/preflight.ts';
import type { GraphFinding } from '#core/catalog/validate-graph.ts';
import { JOB_PHASES } from '#core/ingest/job-machine.ts';
import { MAX_MOMENTS_PER_JOB } from '#core/ingest/limits.ts';
import type { EncodingSettings } from '#core/ladder/settings.ts';
import { images } from '../../workers/api/ingest/transcoder-messages.ts';
import { accessPolicyInput } from '../../workers/api/routes/catalog-schemas.ts';
import type { episodeToWire } from '../../workers/api/routes/episodes.ts';
import { jobState, type jobToWire, type jobWithTimeline } from '../../workers/api/routes/jobs.ts';
import type { captionsToWire, trackToWire } from '../../workers/api/routes/tracks.ts';
import type { uploadToWire } from '../../workers/api/routes/uploads.ts';
import { named } from '../names.ts';
import { count, failure, id, pageOf, seconds, text, time } from './scalars.ts';

const title = text(200);
const synopsis = text(2_000).nullable();
const language = text(35);

export const series = named(
  'Series',
  z.object({
    id,
    slug: text(80),
    title,
    synopsis,
    defaultLanguage: language.nullable(),
    protection: z.enum(['none', 'aes-128', 'cbcs']),
    createdAt: time,
    updatedAt: time,
  }),
);
export const seriesPage = pageOf('SeriesPage', series);

export const group = named('Group', z.object({ id, seriesId: id, number: count, title, createdAt: time }));

const presentation = named(
  'Presentation',
  z.object({
    mainLanguage: language.nullable().describe('BCP 47, of the sound that plays where nobody chose.'),
    loudnessLufs: z.number().min(-100).max(20).nullable().describe('EBU R 128, of the source before it was levelled.'),
    thumbhash: text(64)
      .nullable()
      .describe('A blurred placeholder of the poster, base64: https://evanw.github.io/thumbhash/'),
    images: z.object(images.shape).describe('What there is beside the playlists.'),
    startBytes: z
      .array(z.int().min(1))
      .max(10)
      .nullable()
      .describe('For each Rendition, the lowest first: bytes of its init section and its first segment.'),
  }),
);

const episodeState = z.enum(['draft', 'processing', 'ready', 'published', 'failed']);

export const episode = named(
  'Episode',
  z.object({
    id,
    seriesId: id,
    seasonId: id.nullable(),
    arcId: id.nullable(),
    number: count,
    title,
    synopsis,
    tier: text(40).nullable(),
    state: episodeState,
    failure: failure.exactOptional(),
    durationSeconds: seconds.nullable(),
    presentation: presentation.nullable().describe('Of the version that viewers get.'),
    releaseAt: time.nullable(),
    publishedAt: time.nullable(),
    createdAt: time,
    updatedAt: time,
  }),
) satisfies z.ZodType<ReturnType<typeof episodeToWire>>;
export const episodePage = pageOf('EpisodePage', episode);

export const reordered = named('Reordered', z.object({ items: z.array(z.object({ id, number: count })).max(2_000) }));

export const storedPolicy = named('StoredAccessPolicy', z.object({ ...accessPolicyInput.shape, version: count }));

const edge = z.object({
  from: id,
  to: id,
  kind: z.enum(['next', 'branch', 'recap', 'bonus']),
  when: z
    .object({
      access: z.enum(['full', 'locked']).optional(),
      of: id.optional(),
      experiment: z.object({ name: text(40), from: count, to: count }).optional(),
    })
    .optional(),
  choice: text(80).optional(),
  autoplay: z.boolean(),
});

const graphFinding = named(
  'GraphFinding',
  z.object({
    code: z.enum([
      'cycle',
      'cross-series-edge',
      'unknown-episode',
      'duplicate-edge',
      'two-next-edges',
      'two-same-choices',
      'two-autoplay-choices',
      'branch-without-condition',
      'choice-not-on-branch',
      'unreachable',
    ]),
    severity: z.enum(['error', 'warning']),
    detail: text(1_000),
    edgeIndexes: z.array(count).max(500),
    episodeIds: z.array(id).max(2_000),
  }),
) satisfies z.ZodType<GraphFinding>;

export const graph = named(
  'Graph',
  z.object({
    seriesId: id,
    version: count,
    nodes: z
      .array(
        z.object({
          id,
          number: count,
          title,
          state: episodeState,
          tier: text(40).nullable(),
          seasonId: id.nullable(),
          arcId: id.nullable(),
          releaseAt: time.nullable(),
        }),
      )
      .max(2_000),
    edges: z.array(edge).max(500),
    warnings: z.array(graphFinding).max(2_000),
  }),
);

export const localisation = named('Localisation', z.object({ language, title, synopsis, updatedAt: time }));
export const localisations = pageOf('Localisations', localisation, 50);

const policyScope = z.enum(['series', 'season', 'episode']);
const missing = named(
  'Missing',
  z.union([
    z.object({ code: z.literal('episode-not-found'), episodeId: text(64) }),
    z.object({ code: z.literal('not-transcoded'), episodeId: id, state: episodeState }),
    z.object({ code: z.literal('captions-missing'), episodeId: id, languages: z.array(language).max(50) }),
    z.object({ code: z.literal('policy-target-not-found'), scope: policyScope, id: text(80) }),
  ]),
) satisfies z.ZodType<Missing>;
const missings = z.array(missing).max(1_000);

export const dropReport = named('DropReport', z.object({ ready: z.boolean(), missing: missings }));

export const drop = named(
  'Drop',
  z.object({
    id,
    state: z.enum(['scheduled', 'done', 'failed', 'cancelled']),
    at: time,
    episodes: z.array(text(64)).max(200),
    policies: z.array(z.object({ scope: policyScope, id: text(80), policy: accessPolicyInput })).max(50),
    requireCaptionLanguages: z.array(language).max(50),
    failure: z.object({ code: z.literal('drop-not-ready'), missing: missings }).exactOptional(),
    createdAt: time,
    finishedAt: time.nullable(),
    preflight: dropReport.describe('Where it is made, or waits for its time.').exactOptional(),
  }),
);
export const dropPage = pageOf('DropPage', drop);

const sha256 = text(64).regex(/^[0-9a-f]{64}$/);

export const upload = named(
  'SourceUpload',
  z.object({
    id,
    episodeId: id,
    state: z.enum(['open', 'finished', 'failed']),
    offsetBytes: count.describe('How many are durable.'),
    lengthBytes: count,
    filename: text(255).nullable(),
    filetype: text(100).nullable(),
    sha256: sha256.nullable().describe('As the client said.'),
    jobId: id.nullable().describe('It is there once the upload is finished.'),
    createdAt: time,
    expiresAt: time,
  }),
) satisfies z.ZodType<ReturnType<typeof uploadToWire>>;
export const uploadList = named('SourceUploadList', z.object({ items: z.array(upload).max(20) }));

const trackName = z.string().regex(/^[at](0|[1-9][0-9]{0,2})$/);
const captionKind = z.enum(['subtitles', 'captions']);
const track = named(
  'Track',
  z.object({
    name: trackName,
    kind: z.enum(['audio', 'subtitles', 'captions']),
    language: language.nullable(),
    label: text(100),
    isMachineGenerated: z.boolean(),
    isDefault: z.boolean().describe('What plays where nobody chose.'),
    channels: count.nullable().exactOptional(),
    codecs: text(100).nullable().exactOptional(),
    bandwidthBps: count.nullable().exactOptional(),
    averageBandwidthBps: count.nullable().exactOptional(),
  }),
) satisfies z.ZodType<ReturnType<typeof trackToWire>>;
export const tracks = named(
  'Tracks',
  z.object({
    version: id.nullable(),
    revision: count.describe('How its Multivariant Playlist is called; 0: as the transcoder wrote it.'),
    tracks: z.array(track).max(1_000),
  }),
);
export const captions = named(
  'Captions',
  z.object({
    language,
    kind: captionKind,
    isMachineGenerated: z.boolean(),
    track: trackName.nullable().describe('null: the episode has no version yet, and gets them with its first.'),
    updatedAt: time,
  }),
) satisfies z.ZodType<ReturnType<typeof captionsToWire>>;

const phase = z.enum(JOB_PHASES).describe('Where exactly it stands; `state` follows from it.');
const jobFields = {
  id,
  episodeId: id,
  state: jobState,
  phase,
  progress: z.number().min(0).max(1),
  attempts: count,
  failure: failure.nullable(),
  sourceSizeBytes: count,
  sourceSha256: sha256.nullable().describe('Null while it is not known, and for imported HLS.'),
  createdAt: time,
  updatedAt: time,
};
export const job = named('Job', z.object(jobFields)) satisfies z.ZodType<ReturnType<typeof jobToWire>>;
const moment = named('JobMoment', z.object({ phase, attempt: count, at: time }));
export const jobDetail = named(
  'JobDetail',
  z.object({
    ...jobFields,
    timeline: z.array(moment).max(MAX_MOMENTS_PER_JOB),
    warnings: z
      .array(failure)
      .max(50)
      .describe('What the transcoder noticed about the source: black, silent, cropped, …'),
  }),
) satisfies z.ZodType<ReturnType<typeof jobWithTimeline>>;
export const jobPage = pageOf('JobPage', job);
export const jobStarted = named('JobStarted', z.object({ job }));
export const hlsImported = named(
  'HlsImported',
  z.object({ job, version: id.nullable(), warnings: z.array(failure).max(1_000) }),
);

export const encodingSettings = named(
  'EncodingSettings',
  z.object({
    landscape: z.enum(['crop', 'blur-pad', 'refuse']).describe('What becomes of a picture that is wider than tall.'),
    av1: z.boolean().describe('Adds AV1 Variant Streams.'),
    publishPlayable: z.boolean().describe('Publishes the lowest rungs before the others are encoded.'),
    mainLanguage: language.nullable().describe('Which sound track is muxed with the picture; null: the default one.'),
  }),
) satisfies z.ZodType<EncodingSettings>;
