import { z } from 'zod';
import type { DemoSessionWire, FeedWire, HeartbeatWire } from '#core/catalog/feed-wire.ts';
import { AUDIENCES, CONSENTS, CONTEXT_TEXT } from '#core/qoe/beacon-context.ts';
import type { EventsWire } from '#core/qoe/beacon-wire.ts';
import {
  MAX_ERROR_CHARACTERS,
  OFFER_METHODS,
  PLAYS_PER_VIEW,
  RENDITIONS_PER_VIEW,
  SEEKS_PER_VIEW,
  START_SOURCES,
  WENT_TO,
} from '#core/qoe/details.ts';
import { LEFT_BY } from '#core/qoe/view.ts';
import {
  MAX_EVENTS_PER_BEACON,
  MAX_INTERVALS_PER_VIEW,
  MAX_POSITION_SECONDS,
  MAX_SESSION_MS,
  MAX_STALLS_PER_VIEW,
} from '../../workers/analytics/limits.ts';
import { MAX_FEED_LIMIT } from '../../workers/playback/limits.ts';
import { named } from '../names.ts';
import { decision } from './decision.ts';
import { feedItem, language, title } from './feed-item.ts';
import { count, id, pageCursor, seconds, text, time } from './scalars.ts';
import { viewerId } from './viewers.ts';

const feedEnd = z
  .object({
    reason: z.enum(['end-of-series', 'choice-needed']),
    choices: z.array(z.object({ choice: text(80), episodeId: id })).max(100),
  })
  .describe('Why nothing follows the last item.');

export const feed = named(
  'Feed',
  z.object({
    series: z.object({ id, slug: text(80), title, language, episodeCount: count }),
    items: z.array(feedItem).max(MAX_FEED_LIMIT),
    nextCursor: pageCursor,
    heartbeatSeconds: seconds
      .nullable()
      .describe('Send `POST /v1/me/heartbeat` so often while something plays; null: streams are not counted.'),
    end: feedEnd.nullable().exactOptional(),
    resume: z.object({ episodeId: id, positionSeconds: seconds }).nullable().exactOptional(),
  }),
) satisfies z.ZodType<FeedWire>;

const nextEpisode = named(
  'NextEpisode',
  z.object({ id, seriesId: id, number: count, title, language, durationSeconds: seconds }),
);
const choices = z.array(z.object({ choice: text(80).nullable(), episode: nextEpisode })).max(100);

export const next = named(
  'Next',
  z.object({
    episode: nextEpisode.nullable(),
    reason: text(40),
    via: z
      .object({
        kind: z.enum(['next', 'branch', 'recap', 'bonus']),
        choice: text(80).nullable(),
        access: z.enum(['full', 'locked']).nullable(),
        experiment: text(40).nullable(),
      })
      .nullable()
      .describe('The edge that was taken; null: by number.')
      .exactOptional(),
    autoplay: z.boolean().exactOptional(),
    decision: decision.exactOptional(),
    choices,
    recap: z.array(nextEpisode).max(100),
    bonus: z.array(nextEpisode).max(100),
  }),
);

export const heartbeat = named(
  'Heartbeat',
  z.object({ expiresAt: time.nullable(), nextHeartbeatSeconds: seconds.nullable() }),
) satisfies z.ZodType<HeartbeatWire>;

export const demoSession = named(
  'DemoSession',
  z.object({ viewerId, token: text(6_000), expiresAt: time, series: text(80).nullable() }),
) satisfies z.ZodType<DemoSessionWire>;

const uuid = z
  .string()
  .max(36)
  .regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/);
const position = z.number().min(0).max(MAX_POSITION_SECONDS);

const sessionMs = z.number().min(0).max(MAX_SESSION_MS);

const viewDetails = named(
  'ViewDetails',
  z
    .object({
      startSource: z.enum(START_SOURCES).nullable().describe('Where the first frame came from.'),
      renditions: z
        .array(z.object({ atSeconds: position, bandwidthBps: count, heightPx: count.nullable() }))
        .max(RENDITIONS_PER_VIEW),
      seeks: z.array(z.object({ fromSeconds: position, toSeconds: position })).max(SEEKS_PER_VIEW),
      frames: z.object({ total: count, dropped: count }).nullable(),
      bytes: z.object({
        fetched: count,
        unwatched: count,
        ahead: count.describe('Fetched for episodes without a view so far; the session’s last view has its figure.'),
      }),
      bandwidthBps: z.number().min(0).nullable(),
      muted: z.boolean(),
      muteChanges: count,
      paywallShown: z.boolean(),
      unlockMs: z.number().min(0).max(600_000).nullable(),
      error: text(MAX_ERROR_CHARACTERS).nullable(),
      plays: z
        .array(z.tuple([position, position]))
        .max(PLAYS_PER_VIEW)
        .nullable()
        .describe('The stretches in the order they were played: one played again is there twice.')
        .exactOptional(),
      place: z
        .object({
          index: count.describe('Its place among the views of its session, from 0.'),
          intentMs: sessionMs,
          endedMs: sessionMs.nullable(),
          leftMs: sessionMs.nullable(),
        })
        .nullable()
        .describe('Where the view stands in its session, in milliseconds since that began.')
        .exactOptional(),
      offerTaken: z.enum(OFFER_METHODS).nullable().describe('What was taken at the paywall.').exactOptional(),
      captions: z
        .object({
          language: text(35).nullable().describe('BCP 47; null: off.'),
          changes: count.describe('On, off, or into another language, by the viewer.'),
        })
        .nullable()
        .exactOptional(),
      wentTo: z.enum(WENT_TO).nullable().describe('Which episode came after it.').exactOptional(),
      replays: count.describe('How often the viewer began it again.').exactOptional(),
    })
    .describe('Cumulative, too. A member that is not as it should be counts as not told.'),
);

const contextText = z.string().regex(CONTEXT_TEXT).max(40);

const beaconContext = named(
  'BeaconContext',
  z
    .object({
      consent: z
        .enum(CONSENTS)
        .describe(
          'What the viewer has agreed to. Without `analytics` nobody is counted beyond the visit, and experiment and audience are not kept. Not told: as the deployment has it.',
        )
        .exactOptional(),
      appVersion: contextText.exactOptional(),
      experiment: contextText.exactOptional(),
      connectionType: contextText.describe('`wifi`, `cellular`, `4g`: as the browser names it.').exactOptional(),
      audience: z.enum(AUDIENCES).exactOptional(),
    })
    .describe('What numbers are compared by. A member that is not as it should be counts as not told.'),
);

/** What `workers/analytics/parse-beacon.ts` takes, which is written by hand for its speed. */
export const beaconInput = named(
  'Beacon',
  z.object({
    context: beaconContext.exactOptional(),
    events: z
      .array(
        named(
          'ViewEvent',
          z.object({
            viewId: uuid,
            seq: z.int().min(0).max(1_000_000).describe('Rises with each sending of the same view.'),
            sessionId: uuid,
            episodeId: id,
            watched: z.array(z.tuple([position, position])).max(MAX_INTERVALS_PER_VIEW),
            startupMs: z.number().min(0).max(600_000).nullable(),
            stalls: z
              .array(z.object({ atSeconds: position, durationMs: z.number().min(0).max(3_600_000) }))
              .max(MAX_STALLS_PER_VIEW),
            ended: z.boolean(),
            leftBy: z.enum(LEFT_BY).nullable(),
            details: viewDetails.exactOptional(),
          }),
        ),
      )
      .max(MAX_EVENTS_PER_BEACON),
  }),
) satisfies z.ZodType<EventsWire>;
export const beaconAccepted = named('BeaconAccepted', z.object({ accepted: count }));

export const licenseInput = named(
  'ClearKeyRequest',
  z.object({ kids: z.array(text(64)).max(16), type: z.enum(['temporary', 'persistent-license']).optional() }),
);
export const license = named(
  'ClearKeyLicense',
  z.object({
    keys: z.array(z.object({ kty: z.literal('oct'), kid: text(64), k: text(64) })).max(16),
    type: z.literal('temporary').exactOptional(),
  }),
);
export const health = named('Health', z.object({ ok: z.literal(true) }));
