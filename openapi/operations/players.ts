import { z } from 'zod';
import { START_CONTENT_TYPE } from '#core/start/header.ts';
import { MAX_START_SEGMENTS } from '#core/start/limits.ts';
import { adIntentInput } from '../../workers/api/ads/open-intent.ts';
import { resumeInput } from '../../workers/api/routes/resume.ts';
import { quoteInput, unlockInput } from '../../workers/api/routes/unlock-input.ts';
import { autoUnlockInput } from '../../workers/api/unlock-automatically.ts';
import { DEFAULT_FEED_LIMIT, MAX_FEED_LIMIT } from '../../workers/playback/limits.ts';
import { named } from '../names.ts';
import { operations } from '../operation.ts';
import * as play from '../wire/playback.ts';
import { text } from '../wire/scalars.ts';
import * as wire from '../wire/viewers.ts';
import {
  adIntentAnswers,
  QUOTE_EXAMPLE,
  QUOTE_PROBLEMS,
  UNLOCK_DESCRIPTION,
  UNLOCK_EXAMPLE,
  UNLOCK_PROBLEMS,
  unlockAnswers,
} from './unlocking.ts';

const seriesQuery = z.object({ series: text(80).describe('Id or slug.') });
const PLAYLIST = { mediaTypes: ['application/vnd.apple.mpegurl'], description: 'A playlist of RFC 8216.' };

export const playbackOperations = operations(
  { tag: 'Playback', auth: 'viewer' },
  {
    'GET /v1/episodes/{episode}/playlist.m3u8': {
      id: 'getPlaylist',
      summary: 'Play an episode',
      description:
        'The Multivariant Playlist that this viewer may have: all of it, or a preview. Plain HLS for any player.',
      problems: ['episode-locked', 'country-not-allowed', 'episode-withdrawn', 'concurrency-limit', 'device-limit'],
      answers: { 200: { description: 'The Multivariant Playlist.', content: PLAYLIST, headers: ['Server-Timing'] } },
    },
    'GET /watch/{episode}': {
      id: 'getWatchPage',
      summary: 'Open an episode as a page',
      description:
        'For links that people share: HTML with the first two seconds in it. Where guests are let in, no token is needed.',
      problems: ['country-not-allowed', 'episode-withdrawn', 'concurrency-limit', 'device-limit'],
      answers: {
        200: {
          description: 'The page; of a locked episode, with its poster and nothing that plays.',
          content: { mediaTypes: ['text/html'], description: 'HTML.' },
        },
      },
    },
    'GET /v1/feed': {
      id: 'getFeed',
      summary: 'List what to swipe through next',
      description: 'Along the graph, each episode with its decision, offers, and what a player needs to start it.',
      query: z.object({
        series: text(80).describe('Id or slug. Not needed beside `after` or `at`.').optional(),
        after: text(64).describe('An episode: go on behind it.').optional(),
        at: text(64).describe('An episode: begin with it.').optional(),
        cursor: text(64).describe('The `nextCursor` of the page before.').optional(),
        start: text(64).describe('An episode whose rental begins with this answer.').optional(),
        limit: z.int().min(1).max(MAX_FEED_LIMIT).describe(`${DEFAULT_FEED_LIMIT} unless said.`).optional(),
        resume: z.enum(['1']).describe('Begin where the viewer stopped.').optional(),
        language: text(35).describe('BCP 47; before Accept-Language.').optional(),
      }),
      problems: ['series-not-found', 'episode-not-found', 'concurrency-limit', 'device-limit'],
      answers: { 200: { description: 'A page of the feed.', content: play.feed, headers: ['Server-Timing'] } },
    },
    'GET /v1/episodes/{episode}/next': {
      id: 'getNext',
      summary: 'Tell what comes next, and why',
      query: z.object({
        choice: text(80).describe('What the viewer chose.').optional(),
        language: text(35).optional(),
      }),
      problems: ['choice-not-offered'],
      answers: { 200: { description: 'The episode and its decision; null at an end.', content: play.next } },
    },
    'POST /v1/me/heartbeat': {
      id: 'sendHeartbeat',
      summary: 'Keep the stream’s place',
      problems: ['concurrency-limit', 'device-limit'],
      answers: { 200: { description: 'Until when it counts.', content: play.heartbeat } },
    },
    'DELETE /v1/me/session': {
      id: 'endSession',
      summary: 'Give the stream’s place back',
      answers: { 204: { description: 'The place is free.' } },
    },
  },
);

const MEDIA = '/m/{pass}/{asset}/{version}';

export const mediaOperations = operations(
  { tag: 'Media', auth: 'pass' },
  {
    [`GET ${MEDIA}/multivariant.m3u8`]: {
      id: 'getMultivariantPlaylist',
      summary: 'Read the Multivariant Playlist under a pass',
      problems: ['not-found'],
      answers: { 200: { description: 'The playlist.', content: PLAYLIST } },
    },
    [`GET ${MEDIA}/{rendition}/media.m3u8`]: {
      id: 'getMediaPlaylist',
      summary: 'Read a Media Playlist',
      problems: ['not-found'],
      answers: { 200: { description: 'As far as the pass reaches.', content: PLAYLIST } },
    },
    [`GET ${MEDIA}/{rendition}/{file}`]: {
      id: 'getSegment',
      summary: 'Read a Media Segment or an init section',
      description: 'Range, conditional requests and HEAD as RFC 9110 has them. Immutable.',
      problems: ['not-found', 'range-not-satisfiable'],
      answers: {
        200: {
          description: 'All of it.',
          content: { mediaTypes: ['video/mp4', 'video/iso.segment'], description: 'CMAF.' },
        },
        206: {
          description: 'The range.',
          content: { mediaTypes: ['video/mp4', 'video/iso.segment'], description: 'CMAF.' },
        },
      },
    },
    [`GET ${MEDIA}/{rendition}/start`]: {
      id: 'getStart',
      summary: 'Read the start-up bundle of a rung',
      description:
        'Init section and first segments in one streamed answer: `CHS1`, the length of a JSON header (uint32, ' +
        'big-endian), `{ "parts": [{ "path", "sizeBytes" }] }`, then the parts. Always whole. HEAD tells the length.',
      query: z.object({
        segments: z.int().min(1).max(MAX_START_SEGMENTS).describe('1 unless said; none beyond the pass.').optional(),
        playlists: z.enum(['1']).describe('The playlists too, as this pass has them.').optional(),
        revision: z.int().min(0).max(9_999).describe('Of the Multivariant Playlist.').optional(),
      }),
      problems: ['not-found'],
      answers: {
        200: {
          description: 'The bundle.',
          content: { mediaTypes: [START_CONTENT_TYPE], description: 'core/start/header.ts' },
        },
      },
    },
    [`GET ${MEDIA}/poster.jpg`]: {
      id: 'getPoster',
      summary: 'Read the poster',
      problems: ['not-found'],
      answers: {
        200: { description: 'The picture.', content: { mediaTypes: ['image/jpeg'], description: 'A JPEG.' } },
      },
    },
    [`GET ${MEDIA}/{sealed}.key`]: {
      id: 'getContentKey',
      summary: 'Read the content key of METHOD=AES-128',
      problems: ['not-found'],
      answers: {
        200: {
          description: '16 bytes.',
          content: { mediaTypes: ['application/octet-stream'], description: 'The key.' },
        },
      },
    },
    [`POST ${MEDIA}/{sealed}.license`]: {
      id: 'getLicense',
      summary: 'Get a Clear Key license',
      description: 'What the browser’s CDM asks for itself. @see W3C EME 9.1.3',
      body: play.licenseInput,
      problems: ['not-found'],
      answers: { 200: { description: 'A JWK set.', content: play.license } },
    },
  },
);

export const meOperations = operations(
  { tag: 'The viewer’s own', auth: 'viewer' },
  {
    'GET /v1/me/access': {
      id: 'getMyAccess',
      summary: 'Decide a whole series',
      description: 'For a grid of episodes.',
      query: seriesQuery,
      problems: ['series-not-found'],
      answers: { 200: { description: 'Each episode with its decision.', content: wire.seriesAccess } },
    },
    'GET /v1/me/wallet': {
      id: 'getMyWallet',
      summary: 'Read the wallet',
      answers: { 200: { description: 'The wallet.', content: wire.wallet } },
    },
    'POST /v1/me/unlocks': {
      id: 'unlock',
      summary: 'Unlock an episode',
      description: UNLOCK_DESCRIPTION,
      query: z.object({
        item: text(64)
          .describe('An episode: the answer brings what the feed would say of it, and its rental begins.')
          .optional(),
      }),
      body: unlockInput,
      bodyExample: UNLOCK_EXAMPLE,
      idempotencyKey: 'required',
      problems: UNLOCK_PROBLEMS,
      answers: unlockAnswers,
    },
    'POST /v1/me/quotes': {
      id: 'quote',
      summary: 'Name a price that holds',
      body: quoteInput,
      bodyExample: QUOTE_EXAMPLE,
      problems: QUOTE_PROBLEMS,
      answers: { 201: { description: 'The quote.', content: wire.quote } },
    },
    'GET /v1/me/resume': {
      id: 'getMyResume',
      summary: 'Read where the viewer stopped in a series',
      query: seriesQuery,
      problems: ['series-not-found'],
      answers: { 200: { description: 'The place; null where there is none.', content: wire.resume } },
    },
    'PUT /v1/me/resume': {
      id: 'putMyResume',
      summary: 'Say where the viewer is',
      body: named('ResumeInput', resumeInput),
      bodyExample: { episodeId: 'ep_01k9zq3v7c8m2n5p6r7s8t9v0w', positionSeconds: 12.5 },
      problems: ['episode-not-found'],
      answers: { 200: { description: 'The place that is kept: the latest.', content: wire.resume } },
    },
    'POST /v1/me/ad-intents': {
      id: 'openMyAdIntent',
      summary: 'Let a rewarded ad count for an episode',
      body: adIntentInput,
      bodyExample: { episodeId: 'ep_01k9zq3v7c8m2n5p6r7s8t9v0w' },
      ...adIntentAnswers,
    },
    'GET /v1/me/auto-unlock': {
      id: 'getMyAutoUnlock',
      summary: 'Read what may be spent without asking',
      answers: { 200: { description: 'The viewer’s rule.', content: wire.autoUnlock } },
    },
    'PUT /v1/me/auto-unlock': {
      id: 'putMyAutoUnlock',
      summary: 'Set what may be spent without asking',
      body: named('AutoUnlockInput', autoUnlockInput),
      bodyExample: { enabled: true, dailyCapCoins: 50 },
      answers: { 200: { description: 'The viewer’s rule as it is now.', content: wire.autoUnlock } },
    },
  },
);
