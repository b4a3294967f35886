import type { Problem } from '#core/problem/codes.ts';
import { err, ok, type Result } from '#core/result.ts';
import { VIEWER_ID_PATTERN } from '#core/token/limits.ts';
import { sha256Base64url } from '#shared/encoding.ts';
import { viewerObject } from '#shared/playback/decide-episode.ts';
import type { ApplyMergeReply } from '#shared/viewer/merge-rpc.ts';
import { endMerge } from './end-merge.ts';
import { mergedProblem } from './http/merged.ts';

export interface MergeOrder {
  readonly target: string;
  readonly guest: string;
  readonly idempotencyKey: string;
  readonly nowMs: number;
}

/** All steps of one call take seconds; so long does the target stay where it is for a guest that is on its way. */
const MERGE_OPEN_MS = 60_000;

const OPPOSITE: Problem = {
  code: 'conflict',
  detail:
    'Another call makes this viewer a part of that guest, and goes first. Nothing was done here. Ask for the wallet of both: mergedInto says who is part of whom, and if neither is after a quarter of an hour, try again.',
};

/**
 * Moves a guest into a viewer, in four steps of which each may have happened before (viewer-object/merge.ts). A call
 * that breaks off is gone on with by its retry, or by the guest itself half a minute later.
 */
export async function mergeViewers(
  env: Pick<ApiEnv, 'DB' | 'MASTER_SECRET' | 'VIEWERS'>,
  { target, guest, idempotencyKey, nowMs }: MergeOrder,
): Promise<Result<Extract<ApplyMergeReply, { outcome: 'applied' | 'replayed' }>, Problem>> {
  if (!VIEWER_ID_PATTERN.test(guest) || guest === target) {
    return err({ code: 'invalid-request', detail: 'from must be the id of another viewer.' });
  }
  const request = { idempotencyKey, requestSha256: await sha256Base64url(`merge\n${guest}`), nowMs };
  const [into, from] = [viewerObject(env.VIEWERS, target), viewerObject(env.VIEWERS, guest)];
  const opened = await into.openMerge({ ...request, guest, openUntilMs: nowMs + MERGE_OPEN_MS });
  if (opened.outcome === 'merged') return err(mergedProblem(opened));
  if (opened.outcome === 'key-reused')
    return err({ code: 'idempotency-key-reused', detail: 'Use a new key for another merge.' });
  const begun = await from.beginMerge({ ...request, guest, target });
  if (begun.outcome === 'merged') return err(mergedProblem(begun));
  if (begun.outcome === 'busy')
    return err({ code: 'conflict', detail: 'This guest takes in another one right now. Try again in a minute.' });
  if (begun.outcome === 'opposite') return err(OPPOSITE);
  const { transferId, transfer, passesRevokedAtSeconds } = begun;
  const applied = await into.applyMerge({ transferId, transfer, nowMs });
  if (applied.outcome === 'merged') return err(mergedProblem(applied));
  if (applied.outcome === 'unknown')
    return err({ code: 'conflict', detail: 'The guest was taken in by a viewer who is part of another one now.' });
  await endMerge(env, { guest, target, transfer, passesRevokedAtSeconds, closed: applied.closed });
  await from.finishMerge(transferId);
  return ok(applied);
}
