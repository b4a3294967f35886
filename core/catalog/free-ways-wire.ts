/** What the ways in without coins answer: `POST …/unlocks` with `ad` or `wait`, `POST …/ad-intents`, `…/auto-unlock`. */
import type { WalletWire, WithItemWire } from './feed-wire.ts';

/** 202: the wait runs. It needs no further call: at `readyAt` the episode is open. */
export interface WaitingWire extends WithItemWire {
  readonly method: 'wait';
  /** Of the unlock that it becomes. */
  readonly id: string;
  readonly episodeId: string;
  readonly startedAt: string;
  readonly readyAt: string;
}

/** As an unlock for coins, which cost none. */
export interface FreeUnlockWire extends WithItemWire {
  readonly id: string;
  readonly episodeId: string;
  readonly method: 'ad' | 'wait';
  readonly coins: 0;
  readonly createdAt: string;
  readonly alreadyUnlocked: boolean;
  readonly wallet: WalletWire;
}

export interface AdIntentWire {
  readonly intent: string;
  /** Hand this to the ad as its custom data; the network's callback brings it back. */
  readonly customData: string;
  readonly expiresAt: string;
  readonly adsWatched: number;
  readonly adsPerUnlock: number;
  readonly adsLeftToday: number;
}

export interface AutoUnlockWire {
  readonly enabled: boolean;
  readonly dailyCapCoins: number;
  readonly spentTodayCoins: number;
  readonly leftTodayCoins: number;
  /** When today's spending begins anew. */
  readonly resetsAt: string;
}
