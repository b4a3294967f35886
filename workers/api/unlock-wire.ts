import type {
  BundleUnlockWire,
  QuoteWire,
  RentalWire,
  UnlockedEpisodeWire,
  UnlockWire,
  WalletWire,
} from '#core/catalog/feed-wire.ts';
import type { PurchaseResult, QuoteRecord, RentalRecord, UnlockRecord, WalletReply } from '#shared/viewer/rpc.ts';
import { iso, isoOrNull } from './http/context.ts';

/** What the object answers, as callers read it. */
export function purchaseToWire(result: PurchaseResult, isOwned: boolean): UnlockWire | BundleUnlockWire {
  const unlocks = result.unlocks.map(unlockToWire);
  const wallet = walletToWire(result.wallet);
  const [first] = unlocks;
  if (result.bundle === null && first !== undefined) return { ...first, alreadyUnlocked: isOwned, wallet };
  const coins = unlocks.reduce((sum, unlock) => sum + unlock.coins, 0);
  const { listCoins, discountPercent } = result.bundle ?? { listCoins: coins, discountPercent: 0 };
  const episodeIds = unlocks.map(({ episodeId }) => episodeId);
  return { method: 'coins', episodeIds, coins, listCoins, discountPercent, unlocks, alreadyUnlocked: false, wallet };
}

export function unlockToWire(unlock: UnlockRecord): UnlockedEpisodeWire {
  return {
    id: unlock.id,
    episodeId: unlock.episodeId,
    method: unlock.method,
    coins: unlock.coins,
    rental: unlock.rental === null ? null : rentalToWire(unlock.rental),
    createdAt: iso(unlock.createdAtMs),
    endedAt: isoOrNull(unlock.endedAtMs),
  };
}

function rentalToWire({ hours, startByMs, startedAtMs }: RentalRecord): RentalWire {
  const untilMs = startedAtMs === null ? null : startedAtMs + hours * 3_600_000;
  return { hours, startBy: iso(startByMs), startedAt: isoOrNull(startedAtMs), until: isoOrNull(untilMs) };
}

export function walletToWire(wallet: WalletReply): WalletWire {
  const { coins, paid, bonus, debtCoins, mergedInto } = wallet;
  const lots = wallet.lots.map(({ kind, remaining, expiresAtMs }) => ({
    kind,
    remaining,
    expiresAt: isoOrNull(expiresAtMs),
  }));
  // Answers that were stored before there were debts lack both.
  return { coins, paid, bonus, lots, debtCoins: debtCoins ?? 0, mergedInto: mergedInto ?? null };
}

export function quoteToWire({ id, method, episodes, coins, bundle, expiresAtMs }: QuoteRecord): QuoteWire {
  return {
    id,
    method,
    episodeIds: episodes.map((episode) => episode.id),
    coins,
    listCoins: bundle?.listCoins ?? coins,
    discountPercent: bundle?.discountPercent ?? 0,
    expiresAt: iso(expiresAtMs),
  };
}
