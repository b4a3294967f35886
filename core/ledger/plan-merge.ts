import { isLapsed, type CoinKind } from './plan-draws.ts';
import { refundExpiresAtMs } from './refunds.ts';

/** A lot as it leaves a guest: `remaining` coins in it, the rest of it in the shares of unlocks. */
export interface LeavingLot {
  readonly id: string;
  readonly kind: CoinKind;
  readonly remaining: number;
  readonly expiresAtMs: number | null;
  readonly reference: string | null;
}

export interface LeavingUnlock {
  readonly id: string;
  readonly episodeId: string;
  readonly method: 'coins' | 'rental';
  readonly createdAtMs: number;
  readonly shares: readonly { readonly lotId: string; readonly coins: number }[];
  /** A rental that nobody played: one of an episode that is open anyway is of no use to anyone. */
  readonly isUnplayed: boolean;
}

/** What arrives in one lot: `drawn` of its `coins` paid for the unlocks that are kept. */
export interface ArrivingLot {
  /** null for coins that come back after their lot has lapsed: they get a lot of their own. */
  readonly id: string | null;
  readonly kind: CoinKind;
  readonly coins: number;
  readonly drawn: number;
  /** Of what is not drawn, what comes back for an unlock that is not kept. */
  readonly givenBack: number;
  readonly expiresAtMs: number | null;
  readonly reference: string | null;
}

export interface Arrival<Unlock> {
  readonly lots: readonly ArrivingLot[];
  readonly kept: readonly Unlock[];
  readonly givenBack: readonly Unlock[];
}

/**
 * How a guest's coins and unlocks arrive: an episode that both have is the target's, and what the guest paid for it
 * comes back to its lots on the way. No coin is lost, and none comes twice.
 */
export function planArrival<Unlock extends LeavingUnlock>(
  lots: readonly LeavingLot[],
  unlocks: readonly Unlock[],
  isOpenAtTarget: (unlock: Unlock) => boolean,
  nowMs: number,
): Arrival<Unlock> {
  const isKept = (unlock: Unlock): boolean =>
    !isOpenAtTarget(unlock) || (unlock.method === 'rental' && !unlock.isUnplayed);
  const [kept, givenBack] = [unlocks.filter(isKept), unlocks.filter((unlock) => !isKept(unlock))];
  const arriving = lots.flatMap((lot): ArrivingLot[] => {
    const { id, kind, remaining, expiresAtMs, reference } = lot;
    const drawn = sharesOf(kept, id);
    const back = sharesOf(givenBack, id);
    const base = { kind, expiresAtMs, reference };
    if (expiresAtMs === null || !isLapsed(lot, nowMs))
      return [{ ...base, id, coins: remaining + drawn + back, drawn, givenBack: back }];
    const late = givenBack.flatMap(({ createdAtMs, shares }) =>
      shares
        .filter(({ lotId }) => lotId === id)
        .map(({ coins }) => ({
          ...base,
          id: null,
          coins,
          drawn: 0,
          givenBack: coins,
          expiresAtMs: refundExpiresAtMs(expiresAtMs, createdAtMs, nowMs),
        })),
    );
    return [{ ...base, id, coins: remaining + drawn, drawn, givenBack: 0 }, ...late];
  });
  return { lots: arriving.filter(({ coins }) => coins > 0), kept, givenBack };
}

function sharesOf(unlocks: readonly LeavingUnlock[], lotId: string): number {
  return unlocks
    .flatMap(({ shares }) => shares)
    .reduce((sum, share) => sum + (share.lotId === lotId ? share.coins : 0), 0);
}
