/** Whose beacon it is: by the viewer's token, or by the media pass of the view. */
import { restrictsRequest } from '#core/entitlement/token-restrictions.ts';
import type { Problem } from '#core/problem/codes.ts';
import { err, ok, type Result } from '#core/result.ts';
import { passViewer } from '#core/token/revocation.ts';
import type { ViewerClaims } from '#core/token/viewer-token.ts';
import { bearerToken, authenticateViewer } from '#shared/http/viewer-auth.ts';
import { hashViewer } from '#shared/keys/viewer-hash.ts';
import { log, reasonOf } from '#shared/log.ts';
import { withTimeLimit } from '#shared/time-limit.ts';
import { episodeOfAsset, readPass } from './beacon-pass.ts';
import { MAX_KNOWN_TOKENS, TOKEN_LAST_GOOD_MS, TOKEN_PATIENCE_MS } from './limits.ts';
import { isViewerRevoked } from './revoked-viewers.ts';

export interface Sender {
  /** A keyed hash of the viewer, the same under a token and a pass. What is counted is made of it. */
  readonly viewer: string;
  readonly notBeforeMs: number;
  /** The only episode that its beacons may be of; null = any. */
  readonly episodeId: string | null;
}

interface Place {
  readonly env: Pick<AnalyticsEnv, 'DB' | 'MASTER_SECRET'>;
  readonly nowMs: number;
  readonly waitUntil: (work: Promise<unknown>) => void;
}

/** `null`: nobody whose beacon counts, and nobody who could do anything about it. It is answered as if it did. */
export async function findSender(request: Request, place: Place): Promise<Result<Sender | null, Problem>> {
  const query = new URL(request.url).searchParams;
  const pass = query.get('pass');
  const hasToken = bearerToken(request) !== null || query.has('token');
  return pass !== null && !hasToken ? ok(await senderOfPass(pass, place)) : senderOfToken(request, place);
}

async function senderOfPass(text: string, { env, nowMs }: Place): Promise<Sender | null> {
  const pass = await readPass(env.MASTER_SECRET, text, nowMs);
  if (pass === null) return null;
  const episodeId = await episodeOfAsset(env.DB, pass.assetId);
  if (episodeId === null) return null;
  return { viewer: passViewer(pass.sessionId), notBeforeMs: pass.notBeforeMs, episodeId: episodeId ?? null };
}

async function senderOfToken(request: Request, place: Place): Promise<Result<Sender, Problem>> {
  const { env } = place;
  const claims = await verified(request, place);
  if (!claims.ok) return claims;
  const { viewerId, issuedAtSeconds } = claims.value;
  const viewerHash = await hashViewer(env.MASTER_SECRET, viewerId);
  if (await isViewerRevoked(env.DB, viewerHash, issuedAtSeconds, place)) return err({ code: 'token-revoked' });
  return ok({ viewer: passViewer(viewerHash), notBeforeMs: issuedAtSeconds * 1_000, episodeId: null });
}

/** Tokens that held here, with when. Keys are read anew every few seconds, and a beacon does not wait for that. */
const held = new Map<string, { readonly claims: ViewerClaims; readonly atMs: number }>();

async function verified(request: Request, { env, nowMs, waitUntil }: Place): Promise<Result<ViewerClaims, Problem>> {
  const token = bearerToken(request) ?? new URL(request.url).searchParams.get('token') ?? '';
  const before = held.get(token);
  const isKnown =
    before !== undefined && nowMs - before.atMs < TOKEN_LAST_GOOD_MS && nowMs < before.claims.expiresAtSeconds * 1_000;
  const asking = authenticateViewer(env, request, nowMs);
  if (!isKnown) return remember(token, await asking, nowMs);
  // It may outlive our patience. A failure before that is logged below; after it the beacon was taken on what was known.
  waitUntil(asking.catch(() => undefined));
  try {
    return remember(token, await withTimeLimit(TOKEN_PATIENCE_MS, () => asking), nowMs);
  } catch (thrown) {
    log('warn', 'last_good_used', { what: 'beacon-token', ageMs: nowMs - before.atMs, reason: reasonOf(thrown) });
    return ok(before.claims);
  }
}

function remember(token: string, claims: Result<ViewerClaims, Problem>, nowMs: number): Result<ViewerClaims, Problem> {
  held.delete(token);
  // What holds in one country or network only is looked at each time.
  if (!claims.ok || restrictsRequest(claims.value)) return claims;
  if (held.size >= MAX_KNOWN_TOKENS) held.clear();
  held.set(token, { claims: claims.value, atMs: nowMs });
  return claims;
}
