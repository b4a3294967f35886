import { z } from 'zod';
import type { AutoUnlockWire } from '#core/catalog/free-ways-wire.ts';
import { MAX_COINS_PER_OPERATION } from '#core/ledger/limits.ts';
import type { Problem } from '#core/problem/codes.ts';
import { err, ok, type Result } from '#core/result.ts';
import { nextUtcDay } from '#core/time/utc-day.ts';
import type { AutoUnlockRecord } from '#shared/viewer/free-ways-rpc.ts';
import type { UnlockReply, UnlockRequest, ViewerRpc } from '#shared/viewer/rpc.ts';
import { iso } from './http/context.ts';

/** The viewer's own switch for unlocks that the player makes without asking; both are said each time. */
export const autoUnlockInput = z.strictObject({
  enabled: z.boolean(),
  dailyCapCoins: z.int().min(0).max(MAX_COINS_PER_OPERATION),
});

/** The debit of an unlock for coins; `auto`: only as far as the viewer's own rule allows. */
export async function debitUnlock(
  viewer: ViewerRpc,
  request: UnlockRequest,
  auto: boolean,
): Promise<Result<UnlockReply, Problem>> {
  if (!auto) return ok(await viewer.unlock(request));
  const reply = await viewer.unlockAutomatically(request);
  if (reply.outcome === 'auto-off')
    return err({ code: 'auto-unlock-off', detail: 'Ask the viewer before each unlock. Nothing was debited.' });
  if (reply.outcome === 'auto-cap') {
    const { leftTodayCoins, ...wire } = autoUnlockToWire(reply.auto, request.nowMs);
    return err({
      code: 'auto-unlock-cap',
      detail: `${leftTodayCoins} coins are left of today’s ${wire.dailyCapCoins}; it costs ${request.coins}. Nothing was debited.`,
      members: { coins: request.coins, leftTodayCoins, ...wire },
    });
  }
  return ok(reply);
}

export function autoUnlockToWire(auto: AutoUnlockRecord, nowMs: number): AutoUnlockWire {
  const left = auto.enabled ? Math.max(0, auto.dailyCapCoins - auto.spentTodayCoins) : 0;
  return { ...auto, leftTodayCoins: left, resetsAt: iso(nextUtcDay(nowMs)) };
}
