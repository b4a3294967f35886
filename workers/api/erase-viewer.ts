import type { AnonymousTxn } from '#core/ledger/plan-erasure.ts';
import type { Problem } from '#core/problem/codes.ts';
import { err, ok, type Result } from '#core/result.ts';
import { storeRevocation } from '#shared/db/revocations.ts';
import { randomBytes, toBase64url, utf8 } from '#shared/encoding.ts';
import { deriveHmacKey } from '#shared/keys/derive.ts';
import { hashViewer } from '#shared/keys/viewer-hash.ts';
import { viewerObject } from '#shared/playback/decide-episode.ts';
import type { Departure, EraseReply, RightsRpc } from '#shared/viewer/rights-rpc.ts';
import { analyticsRights } from './analytics-rights.ts';
import { forgetViewerRows } from './db/viewer-rows.ts';
import { iso } from './http/context.ts';
import { mergedProblem } from './http/merged.ts';
import { MAX_MERGE_HOPS } from './limits.ts';
import { forgetProjected } from './projection/forget-projected.ts';

interface Erasure {
  readonly viewerId: string;
  readonly nowMs: number;
  /** Erased with the viewer that it is part of. */
  readonly asGuest?: boolean;
}

/**
 * Erases a viewer everywhere. The object first, in one transaction, so that nothing new comes in; then what other stores
 * have. A call that breaks off is gone on with by its retry, since the object keeps what is to be put away until it is.
 */
export async function eraseViewer(
  env: ApiEnv,
  { viewerId, nowMs, asGuest = false }: Erasure,
): Promise<Result<null, Problem>> {
  const viewer = viewerObject(env.VIEWERS, viewerId);
  const reply = await viewer.erase({ nowMs, asGuest });
  if (reply.outcome === 'erased') return putAway(env, viewer, viewerId, reply, nowMs);
  const departure = reply.outcome === 'merged' ? reply : reply.leaves;
  if (departure !== null && (await isLostOnTheWay(env, departure, nowMs)))
    return eraseOrphan(env, viewer, viewerId, nowMs);
  if (reply.outcome === 'merged') return err(mergedProblem({ outcome: 'merged', into: reply.into }));
  return err({ code: 'conflict', detail: 'This viewer is being merged right now. Try again in a minute.' });
}

/** Of a guest whose target is erased and never had it. The guest's own alarm comes here too. */
export async function eraseOrphan(
  env: ApiEnv,
  viewer: Pick<RightsRpc, 'erase' | 'finishErasure'>,
  viewerId: string,
  nowMs: number,
): Promise<Result<null, Problem>> {
  const reply = await viewer.erase({ nowMs, asGuest: true, isOrphan: true });
  if (reply.outcome === 'erased') return putAway(env, viewer, viewerId, reply, nowMs);
  return err({ code: 'conflict', detail: 'This viewer takes in another one right now. Try again in a minute.' });
}

/**
 * Whoever has a guest knows the transfer. Nobody will where the way ends with one who is erased; and where it ends with
 * one who never heard of it, that id was erased, and is free again since.
 */
async function isLostOnTheWay(
  env: ApiEnv,
  { into, transferId, isHandedOver }: Departure,
  nowMs: number,
): Promise<boolean> {
  let target: string = into;
  for (let hop = 0; hop < MAX_MERGE_HOPS; hop++) {
    const reply = await viewerObject(env.VIEWERS, target).applyMerge({ transferId, transfer: null, nowMs });
    if (reply.outcome !== 'merged') return reply.outcome === 'unknown' && isHandedOver;
    if (reply.into === null) return true;
    target = reply.into;
  }
  return false;
}

async function putAway(
  env: ApiEnv,
  viewer: Pick<RightsRpc, 'finishErasure'>,
  viewerId: string,
  reply: Extract<EraseReply, { outcome: 'erased' }>,
  nowMs: number,
): Promise<Result<null, Problem>> {
  const { pending, revokedAtSeconds } = reply;
  const viewerHash = await hashViewer(env.MASTER_SECRET, viewerId);
  await storeRevocation(env.DB, viewerHash, revokedAtSeconds);
  for (const guest of pending?.guests ?? []) {
    const erased = await eraseViewer(env, { viewerId: guest, nowMs, asGuest: true });
    if (!erased.ok) return erased;
  }
  if (pending !== null) await keepLedger(env, pending.subject, pending.ledger, reply.erasedAtMs);
  // A retry finds nothing more to rename; what slipped in meanwhile gets a name of its own.
  const subject = pending?.subject ?? toBase64url(randomBytes(15));
  const pseudonym = `erased-${subject}`;
  await forgetViewerRows(env.DB, { viewerId, viewerHash, pseudonym, untilMs: reply.untilMs });
  await forgetProjected(env.DB, viewerHash, pseudonym);
  await analyticsRights(env).forgetViewer(viewerId, nowMs);
  await viewer.finishErasure();
  return ok(null);
}

/** The books must be kept; whose they were need not. A payment can be looked up by who knows its reference. */
async function keepLedger(
  env: ApiEnv,
  subject: string,
  ledger: readonly AnonymousTxn[],
  erasedAtMs: number,
): Promise<void> {
  if (ledger.length === 0) return;
  const key = await deriveHmacKey(env.MASTER_SECRET, 'erased-reference|v1');
  const hash = async (reference: string): Promise<string> =>
    toBase64url(new Uint8Array(await crypto.subtle.sign('HMAC', key, utf8(reference))));
  const transactions = await Promise.all(
    ledger.map(async ({ seq, kind, atMs, reference, amounts }) => {
      const referenceHash = reference === null ? null : await hash(reference);
      return { seq, kind, at: iso(atMs), referenceHash, amounts };
    }),
  );
  const body = JSON.stringify({ subject, erasedAt: iso(erasedAtMs), transactions });
  await env.MEDIA.put(`erased/${subject}.json`, body, { httpMetadata: { contentType: 'application/json' } });
}
