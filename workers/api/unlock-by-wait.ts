import type { WaitingWire } from '#core/catalog/free-ways-wire.ts';
import type { Problem } from '#core/problem/codes.ts';
import { err, ok, type Result } from '#core/result.ts';
import type { WaitRecord } from '#shared/viewer/free-ways-rpc.ts';
import {
  claimKey,
  KEY_OF_ANOTHER,
  findOffer,
  lookAtEpisode,
  unlockedAnswer,
  type FreeAnswer,
  type FreeUnlockOrder,
  type FreeWay,
} from './free-way.ts';
import { iso } from './http/context.ts';
import { mergedProblem } from './http/merged.ts';

/** Starts the wait for an episode, or says how it stands. When it is over the episode is open without a further call. */
export async function unlockByWait(
  env: Pick<ApiEnv, 'DB' | 'VIEWERS'>,
  order: FreeUnlockOrder,
): Promise<Result<FreeAnswer, Problem>> {
  const way = await lookAtEpisode(env, order);
  if (!way.ok) return way;
  const { viewer, episode } = way.value;
  const key = await claimKey(viewer, order, 'wait');
  if (!key.ok) return key;
  const hours = hoursOf(way.value);
  if (!hours.ok) return hours;
  const { idempotencyKey, nowMs } = order;
  const reply = await viewer.startWait({
    idempotencyKey,
    requestSha256: key.value,
    episodeId: episode.id,
    seriesId: episode.seriesId,
    hours: hours.value,
    nowMs,
  });
  if (reply.outcome === 'merged') return err(mergedProblem(reply));
  if (reply.outcome === 'key-reused') return err(KEY_OF_ANOTHER);
  const { outcome, wait } = reply;
  switch (outcome) {
    case 'other':
      return err(waitRunning(wait));
    case 'ready': {
      const unlock = { id: wait.id, episodeId: wait.episodeId, method: 'wait' as const, createdAtMs: wait.readyAtMs };
      return ok(await unlockedAnswer(viewer, unlock, 200, nowMs));
    }
    case 'started':
    case 'running':
      return ok({ status: 202, body: waitToWire(wait) });
  }
}

/** A wait that was begun, or is over, stands whatever the policy says by now, so its hours no longer matter. */
function hoursOf(way: FreeWay): Result<number, Problem> {
  const isRunning = way.state.waits.some(({ episodeId }) => episodeId === way.episode.id);
  const offer = findOffer(way, 'wait');
  if (offer.ok) return ok(offer.value?.hours ?? 1);
  return isRunning && offer.error.code === 'unlock-method-not-offered' ? ok(1) : offer;
}

function waitToWire({ id, episodeId, startedAtMs, readyAtMs }: WaitRecord): WaitingWire {
  return { method: 'wait', id, episodeId, startedAt: iso(startedAtMs), readyAt: iso(readyAtMs) };
}

function waitRunning({ episodeId, readyAtMs }: WaitRecord): Problem {
  const readyAt = iso(readyAtMs);
  return {
    code: 'wait-running',
    detail: `One wait at a time in a series; this one ends at ${readyAt}.`,
    members: { episodeId, readyAt },
  };
}
