import { z } from 'zod';
import { adIntentInput } from '../../workers/api/ads/open-intent.ts';
import { tokenInput } from '../../workers/api/issue-viewer-token.ts';
import { unlockInput } from '../../workers/api/routes/unlock-input.ts';
import { creditInput, grantInput } from '../../workers/api/routes/viewers.ts';
import { named } from '../names.ts';
import { operations } from '../operation.ts';
import { decision } from '../wire/decision.ts';
import { pageQuery, text } from '../wire/scalars.ts';
import * as wire from '../wire/viewers.ts';
import { adIntentAnswers, UNLOCK_EXAMPLE, UNLOCK_PROBLEMS, unlockAnswers, UNLOCK_DESCRIPTION } from './unlocking.ts';

const seriesQuery = z.object({ series: text(80).describe('Id or slug.') });

export const viewerOperations = operations(
  { tag: 'Viewers', auth: { scope: 'entitlements' } },
  {
    'POST /v1/viewer-tokens': {
      id: 'createViewerToken',
      summary: 'Make a viewer token',
      description: 'For backends that do not sign their own. Each restriction narrows what the token opens.',
      auth: { scope: 'tokens' },
      body: named('ViewerTokenInput', tokenInput),
      bodyExample: { viewerId: 'viewer-1', ttlSeconds: 21_600 },
      answers: { 201: { description: 'The token; it is kept nowhere.', content: wire.viewerToken } },
    },
    'GET /v1/viewers/{viewerId}/access': {
      id: 'getViewerAccess',
      summary: 'Decide what a viewer may play',
      description: 'One episode by `episodeId`, or a whole series by `series`.',
      query: z.object({
        episodeId: text(64).optional(),
        series: text(80).describe('Id or slug; instead of `episodeId`.').optional(),
        country: z
          .string()
          .max(2)
          .regex(/^[A-Z]{2}$/)
          .describe('ISO 3166-1 alpha-2; without it no country rule is applied.')
          .optional(),
      }),
      problems: ['episode-not-found', 'series-not-found'],
      answers: {
        200: {
          description: 'The decision, or those of the series.',
          content: named('ViewerAccess', z.union([decision, wire.seriesAccess])),
        },
      },
    },
    'POST /v1/viewers/{viewerId}/credits': {
      id: 'creditCoins',
      summary: 'Give coins',
      body: named('CreditInput', creditInput),
      bodyExample: { coins: 100, kind: 'paid', reference: 'order-4711' },
      idempotencyKey: 'required',
      problems: ['ledger-reconciling'],
      answers: {
        201: {
          description: 'The credit, and the wallet after it.',
          content: wire.credit,
          headers: ['Idempotent-Replayed'],
        },
      },
    },
    'POST /v1/viewers/{viewerId}/unlocks': {
      id: 'unlockForViewer',
      summary: 'Unlock an episode for a viewer',
      description: UNLOCK_DESCRIPTION,
      body: named('UnlockInput', unlockInput),
      bodyExample: UNLOCK_EXAMPLE,
      idempotencyKey: 'required',
      problems: UNLOCK_PROBLEMS,
      answers: unlockAnswers,
    },
    'GET /v1/viewers/{viewerId}/unlocks': {
      id: 'listUnlocks',
      summary: 'List what a viewer has unlocked for coins',
      query: pageQuery,
      answers: { 200: { description: 'A page, the newest first.', content: wire.unlockPage } },
    },
    'GET /v1/viewers/{viewerId}/export': {
      id: 'exportViewer',
      summary: 'Copy everything that is kept of a viewer',
      description: 'For the person. `notCovered` says what cannot be joined to a viewer, and why.',
      problems: ['viewer-erased'],
      answers: { 200: { description: 'Row by row, as it is stored.', content: wire.viewerExport } },
    },
    'DELETE /v1/viewers/{viewerId}': {
      id: 'eraseViewer',
      summary: 'Forget a viewer',
      description:
        'Coins are forfeited, tokens and passes end. For 30 days the id answers 410; then it is as one that never was.',
      problems: ['viewer-merged', 'conflict'],
      answers: { 204: { description: 'It is done, now or before.' } },
    },
    'GET /v1/viewers/{viewerId}/wallet': {
      id: 'getWallet',
      summary: 'Read a viewer’s wallet',
      answers: { 200: { description: 'The wallet; empty for a viewer nobody has heard of.', content: wire.wallet } },
    },
    'GET /v1/viewers/{viewerId}/ledger': {
      id: 'listLedger',
      summary: 'List what happened to a viewer’s coins',
      query: pageQuery,
      answers: { 200: { description: 'A page, the newest first.', content: wire.ledgerPage } },
    },
    'POST /v1/viewers/{viewerId}/grants': {
      id: 'grantAccess',
      summary: 'Give access without coins',
      description: 'A purchase of your own shop, a pass product, a gift.',
      body: named('GrantInput', grantInput),
      bodyExample: { scope: 'all', pass: 'vip', expiresAt: '2027-01-01T00:00:00Z' },
      idempotencyKey: 'optional',
      problems: ['series-not-found', 'episode-not-found', 'not-found'],
      answers: { 201: { description: 'The grant.', content: wire.grant, headers: ['Idempotent-Replayed'] } },
    },
    'DELETE /v1/viewers/{viewerId}/grants/{grant}': {
      id: 'revokeGrant',
      summary: 'Take a grant away',
      problems: ['grant-not-found'],
      answers: { 204: { description: 'It is gone.' } },
    },
    'POST /v1/viewers/{viewerId}/revocations': {
      id: 'revokeViewer',
      summary: 'End every token and media pass of a viewer',
      description: 'All from before this call stop working within 10 s. New ones may be made at once.',
      answers: { 201: { description: 'From when on.', content: wire.revocation } },
    },
    'GET /v1/viewers/{viewerId}/resume': {
      id: 'getViewerResume',
      summary: 'Read where a viewer stopped in a series',
      query: seriesQuery,
      problems: ['series-not-found'],
      answers: { 200: { description: 'The place; null where there is none.', content: wire.resume } },
    },
    'GET /v1/viewers/{viewerId}/sessions': {
      id: 'listSessions',
      summary: 'List what a viewer plays now',
      description: 'Where streams are limited.',
      answers: { 200: { description: 'All of them.', content: wire.sessionPage } },
    },
    'GET /v1/viewers/{viewerId}/devices': {
      id: 'listDevices',
      summary: 'List the devices of a viewer',
      description: 'Where devices are limited.',
      answers: { 200: { description: 'All of them.', content: wire.devicePage } },
    },
    'DELETE /v1/viewers/{viewerId}/devices/{device}': {
      id: 'forgetDevice',
      summary: 'Forget a device',
      problems: ['not-found'],
      answers: { 204: { description: 'Its place is free, its streams have ended.' } },
    },
    'POST /v1/viewers/{viewerId}/ad-intents': {
      id: 'openViewerAdIntent',
      summary: 'Let a rewarded ad count for an episode',
      body: named('AdIntentInput', adIntentInput),
      bodyExample: { episodeId: 'ep_01k9zq3v7c8m2n5p6r7s8t9v0w', network: 'admob' },
      ...adIntentAnswers,
    },
    'GET /v1/viewers/{viewerId}/auto-unlock': {
      id: 'getViewerAutoUnlock',
      summary: 'Read what a viewer lets be spent without asking',
      answers: { 200: { description: 'Only the viewer can change it.', content: wire.autoUnlock } },
    },
  },
);
