import { Hono } from 'hono';
import { z } from 'zod';
import { ANYWHERE } from '#core/entitlement/decide.ts';
import { MAX_COINS_PER_OPERATION, REFERENCE_PATTERN } from '#core/ledger/limits.ts';
import { findPlayableEpisode } from '#shared/db/playback-catalog.ts';
import { storeRevocation } from '#shared/db/revocations.ts';
import { sha256Base64url } from '#shared/encoding.ts';
import { ProblemError, problemResponse } from '#shared/http/problem.ts';
import { hashViewer } from '#shared/keys/viewer-hash.ts';
import { decideEpisode, decisionToWire, loadViewerState, viewerObject } from '#shared/playback/decide-episode.ts';
import { withBundleOffers } from '#shared/playback/series-access.ts';
import { adIntentInput, intentResponse, openIntent } from '../ads/open-intent.ts';
import { findEpisode, findSeason, findSeries } from '../db/catalog.ts';
import { readJson } from '../http/body.ts';
import { IDEMPOTENT_REPLAYED, iso, isoOrNull, type ApiContext, type ApiVariables } from '../http/context.ts';
import { requireIdempotencyKey, requireScope, requireViewerId } from '../http/guards.ts';
import { idempotent } from '../http/idempotent.ts';
import { mergedProblem, refuseErased } from '../http/merged.ts';
import { readPage, readSeqCursor } from '../http/paging.ts';
import { accessOfSeries } from '../series-access.ts';
import { seriesEpisodes } from '../series-catalogue.ts';
import { storeAccount } from '../stores/store-account.ts';
import { autoUnlockToWire } from '../unlock-automatically.ts';
import { unlockToWire, walletToWire } from '../unlock-wire.ts';
import { getViewerResume } from './resume.ts';
import { quoteFor, unlockBy } from './unlock-by.ts';
import { quoteInput, unlockInput } from './unlock-input.ts';
import { viewerMoneyRoutes } from './viewer-money.ts';
import { viewerRightsRoutes } from './viewer-rights.ts';

/** What app backends ask and order for a viewer. */
export const viewerRoutes = new Hono<{ Bindings: ApiEnv; Variables: ApiVariables }>();
viewerRoutes.use(requireScope('entitlements'));
viewerRoutes.route('/', viewerMoneyRoutes);
viewerRoutes.route('/', viewerRightsRoutes);

viewerRoutes.get('/:viewerId/access', async (c) => {
  const viewerId = requireViewerId(c);
  const { nowMs } = c.var;
  const country = readCountry(c.req.query('country'));
  const seriesName = c.req.query('series');
  if (seriesName !== undefined) {
    const series = await seriesEpisodes(c.env.DB, seriesName, nowMs);
    if (series === null) throw new ProblemError({ code: 'series-not-found' });
    return c.json(await accessOfSeries(c.env.VIEWERS, series, { viewerId, claims: null, country, nowMs }));
  }
  const episode = await findPlayableEpisode(c.env.DB, c.req.query('episodeId') ?? '', nowMs);
  if (!episode)
    throw new ProblemError({
      code: 'episode-not-found',
      detail: 'It does not exist, or it is not published. Name it as ?episodeId=, or a whole series as ?series=.',
    });
  const viewer = await loadViewerState(viewerObject(c.env.VIEWERS, viewerId), [episode.id], nowMs);
  const decision = decideEpisode(episode, viewer, country, Math.floor(nowMs / 1_000));
  const place = { env: c.env, viewerId, claims: null, country, nowMs };
  const [offered = decision] = await withBundleOffers(place, [episode], [decision]);
  return c.json(decisionToWire(offered));
});

/** A backend may say where its viewer is; when it does not, the country rule waits for the playback request. */
function readCountry(country: string | undefined): string {
  if (country === undefined || /^[A-Z]{2}$/.test(country)) return country ?? ANYWHERE;
  throw new ProblemError({ code: 'invalid-request', detail: 'country must be an ISO 3166-1 alpha-2 code, e.g. DE.' });
}

export const creditInput = z.strictObject({
  coins: z.int().min(1).max(MAX_COINS_PER_OPERATION),
  kind: z.enum(['paid', 'bonus']),
  expiresAt: z.iso.datetime({ offset: true }).nullish(),
  reference: z.string().regex(REFERENCE_PATTERN, '1 to 200 visible characters').nullish(),
});

viewerRoutes.post('/:viewerId/credits', async (c) => {
  const viewerId = requireViewerId(c);
  const idempotencyKey = requireIdempotencyKey(c);
  const { coins, kind, expiresAt, reference } = await readJson(c.req.raw, creditInput);
  const expiresAtMs = expiresAt == null ? null : Date.parse(expiresAt);
  requireFuture(expiresAtMs, c.var.nowMs);
  const requestSha256 = await sha256Base64url(JSON.stringify(['credit', coins, kind, expiresAtMs, reference ?? null]));
  const request = {
    idempotencyKey,
    requestSha256,
    coins,
    kind,
    expiresAtMs,
    reference: reference ?? null,
    nowMs: c.var.nowMs,
  };
  const reply = await viewerObject(c.env.VIEWERS, viewerId).credit(request);
  if (reply.outcome === 'key-reused') {
    return problemResponse({
      code: 'idempotency-key-reused',
      detail: 'The key or the reference belongs to another credit. Nothing was credited.',
    });
  }
  if (reply.outcome === 'merged') return problemResponse(mergedProblem(reply));
  const { id, createdAtMs } = reply.credit;
  const credit = {
    id,
    coins: reply.credit.coins,
    kind: reply.credit.kind,
    expiresAt: isoOrNull(reply.credit.expiresAtMs),
    reference: reply.credit.reference,
  };
  return c.json(
    { ...credit, createdAt: iso(createdAtMs), wallet: walletToWire(reply.wallet) },
    201,
    reply.outcome === 'replayed' ? IDEMPOTENT_REPLAYED : {},
  );
});

viewerRoutes.post('/:viewerId/unlocks', async (c) => {
  const viewerId = requireViewerId(c);
  const idempotencyKey = requireIdempotencyKey(c);
  const input = await readJson(c.req.raw, unlockInput);
  return unlockBy(c, input, { ...backendOrder(c, viewerId), idempotencyKey });
});

viewerRoutes.post('/:viewerId/quotes', async (c) => {
  const viewerId = requireViewerId(c);
  return quoteFor(c, await readJson(c.req.raw, quoteInput), backendOrder(c, viewerId));
});

/** The viewer's backend says what happens; where the viewer is matters when it plays. */
function backendOrder(c: ApiContext, viewerId: string) {
  return { viewerId, country: ANYWHERE, claims: null, nowMs: c.var.nowMs };
}

viewerRoutes.post('/:viewerId/ad-intents', async (c) => {
  const viewerId = requireViewerId(c);
  const { network = null, ...input } = await readJson(c.req.raw, adIntentInput);
  return intentResponse(c, await openIntent(c.env, { ...backendOrder(c, viewerId), ...input, network }));
});

/** What the viewer has set; only the viewer can, with the viewer token. */
viewerRoutes.get('/:viewerId/auto-unlock', async (c) => {
  const { nowMs } = c.var;
  const auto = await viewerObject(c.env.VIEWERS, requireViewerId(c)).autoUnlock({ nowMs });
  return c.json(autoUnlockToWire(auto, nowMs));
});

viewerRoutes.get('/:viewerId/unlocks', async (c) => {
  const { cursor, limit } = readPage(c);
  const page = await viewerObject(c.env.VIEWERS, requireViewerId(c)).unlocks({
    beforeSeq: readSeqCursor(cursor),
    limit,
  });
  return c.json({
    items: page.items.map(unlockToWire),
    nextCursor: page.nextSeq === null ? null : String(page.nextSeq),
  });
});

viewerRoutes.get('/:viewerId/resume', getViewerResume);

viewerRoutes.get('/:viewerId/wallet', async (c) => {
  return c.json(walletToWire(await viewerObject(c.env.VIEWERS, requireViewerId(c)).wallet({ nowMs: c.var.nowMs })));
});

viewerRoutes.get('/:viewerId/ledger', async (c) => {
  const { cursor, limit } = readPage(c);
  const page = await viewerObject(c.env.VIEWERS, requireViewerId(c)).ledger({
    beforeSeq: readSeqCursor(cursor),
    limit,
  });
  const items = page.items.map(({ createdAtMs, ...entry }) => ({ ...entry, createdAt: iso(createdAtMs) }));
  return c.json({ items, nextCursor: page.nextSeq === null ? null : String(page.nextSeq) });
});

export const grantInput = z
  .strictObject({
    scope: z.enum(['episode', 'season', 'series', 'all']),
    id: z.string().max(64).nullish(),
    pass: z
      .string()
      .regex(/^[a-z0-9][a-z0-9_-]{0,39}$/)
      .nullish(),
    expiresAt: z.iso.datetime({ offset: true }).nullish(),
  })
  .refine(
    ({ scope, id }) => (scope === 'all') === (id == null),
    'id names what the scope is about; only the scope "all" has none',
  );

/** The id of what a grant names; a grant of nothing would be a promise that the viewer finds broken. */
async function requireTarget(c: ApiContext, scope: string, name: string): Promise<string> {
  if (scope === 'series') {
    const series = await findSeries(c.var.db, name);
    if (!series) throw new ProblemError({ code: 'series-not-found' });
    return series.id;
  }
  if (scope === 'season' && !(await findSeason(c.var.db, name))) {
    throw new ProblemError({ code: 'not-found', detail: 'No such season.' });
  }
  if (scope === 'episode' && !(await findEpisode(c.var.db, name)))
    throw new ProblemError({ code: 'episode-not-found' });
  return name;
}

function requireFuture(expiresAtMs: number | null, nowMs: number): void {
  if (expiresAtMs === null || expiresAtMs > nowMs) return;
  throw new ProblemError({
    code: 'invalid-request',
    detail: 'expiresAt lies in the past: nobody could ever use this.',
  });
}

viewerRoutes.post('/:viewerId/grants', idempotent(), async (c) => {
  const viewerId = requireViewerId(c);
  const input = await readJson(c.req.raw, grantInput);
  const request = {
    scope: input.scope,
    targetId: input.id == null ? null : await requireTarget(c, input.scope, input.id),
    pass: input.pass ?? null,
    expiresAtMs: input.expiresAt == null ? null : Date.parse(input.expiresAt),
    nowMs: c.var.nowMs,
  };
  requireFuture(request.expiresAtMs, c.var.nowMs);
  const grant = await viewerObject(c.env.VIEWERS, viewerId).grant(request);
  if ('outcome' in grant) return problemResponse(mergedProblem(grant));
  const { id, scope, targetId, pass, expiresAtMs, createdAtMs } = grant;
  return c.json({ id, scope, targetId, pass, expiresAt: isoOrNull(expiresAtMs), createdAt: iso(createdAtMs) }, 201);
});

/** First where tokens are compared, then the list that the edge checks passes against. */
viewerRoutes.post('/:viewerId/revocations', async (c) => {
  const viewerId = requireViewerId(c);
  await refuseErased(c.env, viewerId);
  const revokedAtSeconds = await viewerObject(c.env.VIEWERS, viewerId).revoke({
    nowSeconds: Math.floor(c.var.nowMs / 1_000),
  });
  const viewerHash = await hashViewer(c.env.MASTER_SECRET, viewerId);
  await storeRevocation(c.env.DB, viewerHash, revokedAtSeconds);
  return c.json({ revokedAt: iso(revokedAtSeconds * 1_000) }, 201);
});

/** For a backend that starts purchases itself: the same token as the viewer's own call gives. */
viewerRoutes.post('/:viewerId/store-account', async (c) => {
  const viewerId = requireViewerId(c);
  await refuseErased(c.env, viewerId);
  return c.json(await storeAccount(c.env, c.var.db, viewerId, c.var.nowMs), 201);
});

/** What plays now, of viewers whose streams are limited. */
viewerRoutes.get('/:viewerId/sessions', async (c) => {
  const streams = await viewerObject(c.env.VIEWERS, requireViewerId(c)).streams({ nowMs: c.var.nowMs });
  const items = streams.map(({ stream, deviceId, startedAtMs, renewedAtMs, lapsesAtMs }) => ({
    session: stream,
    deviceId,
    startedAt: iso(startedAtMs),
    renewedAt: iso(renewedAtMs),
    expiresAt: iso(lapsesAtMs),
  }));
  return c.json({ items, nextCursor: null });
});

viewerRoutes.get('/:viewerId/devices', async (c) => {
  const devices = await viewerObject(c.env.VIEWERS, requireViewerId(c)).devices({ nowMs: c.var.nowMs });
  const items = devices.map(({ deviceId, firstSeenAtMs, lastSeenAtMs }) => ({
    deviceId,
    firstSeenAt: iso(firstSeenAtMs),
    lastSeenAt: iso(lastSeenAtMs),
  }));
  return c.json({ items, nextCursor: null });
});

viewerRoutes.delete('/:viewerId/devices/:device', async (c) => {
  const deviceId = c.req.param('device');
  if (await viewerObject(c.env.VIEWERS, requireViewerId(c)).forgetDevice({ deviceId })) return c.body(null, 204);
  throw new ProblemError({ code: 'not-found', detail: 'This viewer has no such device.' });
});

viewerRoutes.delete('/:viewerId/grants/:grant', async (c) => {
  const revoked = await viewerObject(c.env.VIEWERS, requireViewerId(c)).revokeGrant({
    grantId: c.req.param('grant'),
    nowMs: c.var.nowMs,
  });
  if (!revoked) throw new ProblemError({ code: 'grant-not-found' });
  return c.body(null, 204);
});
