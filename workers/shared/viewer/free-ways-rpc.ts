import type { Idempotent, Merged, ResumePoint, UnlockReply, UnlockRequest } from './rpc.ts';

/** The ways in without coins, and the viewer's own rule for coins that are spent without asking. */
export interface FreeWaysRpc {
  startWait(request: WaitRequest): Promise<WaitReply>;
  openAdIntent(request: AdIntentRequest): Promise<AdIntentReply>;
  /** Counts an ad that its network vouches for. The caller has checked the signature. */
  countAd(request: AdViewRequest): Promise<AdViewReply>;
  /** The unlock for the ads watched so far, where they are enough. */
  unlockByAds(request: AdUnlockRequest): Promise<AdUnlockReply>;
  /** What a wait or ads have opened; null when neither has. */
  freeUnlock(request: { episodeId: string; nowMs: number }): Promise<FreeUnlockRecord | null>;
  autoUnlock(request: { nowMs: number }): Promise<AutoUnlockRecord>;
  setAutoUnlock(request: AutoUnlockRequest): Promise<AutoUnlockRecord | Merged>;
  /** An unlock for coins, within what the viewer allows to be spent without asking. */
  unlockAutomatically(request: UnlockRequest): Promise<AutoUnlockReply>;
}

export interface WaitRequest extends Idempotent {
  readonly episodeId: string;
  readonly seriesId: string;
  readonly hours: number;
}

export interface WaitRecord {
  /** Also the id of the unlock that it becomes. */
  readonly id: string;
  readonly episodeId: string;
  readonly seriesId: string;
  readonly startedAtMs: number;
  readonly readyAtMs: number;
}

/** `other`: another episode of the series is waited for. */
export type WaitReply =
  | { readonly outcome: 'started' | 'running' | 'ready' | 'other'; readonly wait: WaitRecord }
  | { readonly outcome: 'key-reused' }
  | Merged;

export interface FreeUnlockRecord {
  readonly id: string;
  readonly episodeId: string;
  readonly method: 'ad' | 'wait';
  readonly createdAtMs: number;
}

export interface AdIntentRequest {
  readonly episodeId: string;
  readonly seriesId: string;
  /** The network that may answer; null = any. */
  readonly network: string | null;
  /** The policy's, as the viewer is shown it. */
  readonly adsPerUnlock: number;
  readonly dailyCap: number;
  readonly nowMs: number;
}

export type AdIntentReply =
  | {
      readonly outcome: 'opened';
      readonly id: string;
      readonly expiresAtMs: number;
      readonly adsWatched: number;
      readonly adsLeftToday: number;
    }
  | { readonly outcome: 'cap-reached' }
  | Merged;

export interface AdViewRequest {
  readonly intentId: string;
  readonly network: string;
  /** The network's own name for the view: counted once for good. */
  readonly transactionId: string;
  readonly nowMs: number;
}

export type AdIgnored =
  | 'intent-used'
  | 'intent-expired'
  | 'intent-unknown'
  | 'another-network'
  | 'already-unlocked'
  | 'daily-cap';

export type AdViewReply =
  | { readonly outcome: 'counted'; readonly unlocked: boolean }
  | { readonly outcome: 'duplicate' }
  | { readonly outcome: 'ignored'; readonly reason: AdIgnored }
  | Merged;

export interface AdUnlockRequest extends Idempotent {
  readonly episodeId: string;
  readonly adsPerUnlock: number;
}

export type AdUnlockReply =
  | { readonly outcome: 'unlocked' | 'owned'; readonly unlock: FreeUnlockRecord }
  | { readonly outcome: 'missing'; readonly adsWatched: number }
  | { readonly outcome: 'key-reused' }
  | Merged;

export interface AutoUnlockRequest {
  readonly enabled: boolean;
  readonly dailyCapCoins: number;
  readonly nowMs: number;
}

export interface AutoUnlockRecord {
  readonly enabled: boolean;
  readonly dailyCapCoins: number;
  /** Spent by automatic unlocks in this UTC day. */
  readonly spentTodayCoins: number;
}

export type AutoUnlockReply =
  | UnlockReply
  | { readonly outcome: 'auto-off' }
  | { readonly outcome: 'auto-cap'; readonly auto: AutoUnlockRecord };

/** It opens nothing more, and counts towards the caps of its day. */
export interface UsedAdView {
  readonly network: string;
  readonly transactionId: string;
  readonly seriesId: string;
  readonly watchedAtMs: number;
}

/** What a guest who is merged takes along beside the ledger. */
export interface LeavingFreeWays {
  readonly unlocks: readonly FreeUnlockRecord[];
  /** Those that run. */
  readonly waits: readonly WaitRecord[];
  /** Watched towards an unlock. */
  readonly adViews: readonly {
    readonly network: string;
    readonly transactionId: string;
    readonly intentId: string;
    readonly episodeId: string;
    readonly seriesId: string;
    readonly watchedAtMs: number;
  }[];
  /** Of this UTC day, those that an unlock has used. */
  readonly usedAdViews: readonly UsedAdView[];
  readonly adIntents: readonly (Omit<AdIntentRequest, 'nowMs'> & {
    readonly id: string;
    readonly createdAtMs: number;
    readonly expiresAtMs: number;
  })[];
  readonly resume: readonly (ResumePoint & { readonly seriesId: string })[];
}
