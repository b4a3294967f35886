/** An episode in a feed: what it is, whether it may be played, and what it takes to start it. */
import { z } from 'zod';
import type { FeedItemWire } from '#core/catalog/feed-wire.ts';
import { named } from '../names.ts';
import { decision } from './decision.ts';
import { count, id, seconds, text, time } from './scalars.ts';

export const language = text(35).nullable().describe('BCP 47, of the title.').exactOptional();
export const title = text(200);
const url = z.string().max(4_096);

const playback = named(
  'Playback',
  z.object({
    url: url.describe('The Multivariant Playlist under a media pass. Any HLS player opens it.'),
    expiresAt: time.describe('The media pass lapses then; ask for the feed item again before.'),
    playableSeconds: seconds,
    posterUrl: url,
    playlists: z
      .record(url, text(1_048_576))
      .describe('The playlists’ text by URL, so that a start needs no request for them.')
      .meta({ maxProperties: 12 }),
    licenseUrl: url.describe('Under `cbcs`: where the Clear Key CDM gets its license, by POST.').exactOptional(),
    startUrl: url
      .nullable()
      .describe('The start-up bundle, `{rendition}` standing for `v0` and so on; null where there is none.')
      .exactOptional(),
    inits: z
      .record(url, text(8_192))
      .describe('Media Initialization Sections by URL, base64; of the first items of a page.')
      .meta({ maxProperties: 10 })
      .exactOptional(),
    startBytes: z
      .record(text(2), z.int().min(0))
      .describe('Init section and first segment together, by rendition.')
      .meta({ maxProperties: 10 })
      .exactOptional(),
  }),
);

const feedEpisode = z.object({
  ...{ id, seriesId: id, number: count, title, language, durationSeconds: seconds },
  survival: text(80)
    .describe('A byte a second: value / 255 is the share of viewers still there. May be longer than the episode.')
    .exactOptional(),
  thumbhash: text(40).describe('https://evanw.github.io/thumbhash/').exactOptional(),
});

export const feedItem = named(
  'FeedItem',
  z.object({
    episode: feedEpisode,
    decision,
    playback: playback.nullable(),
    posterUrl: url,
    images: z
      .object({ storyboardUrl: url.describe('WebVTT that cuts the storyboard into stills.').exactOptional() })
      .describe('Pictures of the whole episode, for who may see all of it.')
      .exactOptional(),
  }),
) satisfies z.ZodType<FeedItemWire>;
