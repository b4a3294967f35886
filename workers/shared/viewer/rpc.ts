import type { CoinKind } from '#core/ledger/plan-draws.ts';

/**
 * What a viewer's Durable Object answers over RPC: plain values, so that any Worker can call it without its class.
 * Times are unix milliseconds; the caller passes its clock, the object has none of its own.
 */
export interface ViewerRpc {
  state(request: { episodeIds: readonly string[]; nowMs: number }): Promise<ViewerStateReply>;
  credit(request: CreditRequest): Promise<CreditReply>;
  unlock(request: UnlockRequest): Promise<UnlockReply>;
  /** What the key was answered before; null when it is new. */
  earlierUnlock(request: Idempotent): Promise<UnlockReply | null>;
  wallet(request: { nowMs: number }): Promise<WalletReply>;
  ledger(request: PageRequest): Promise<{ items: LedgerEntry[]; nextSeq: number | null }>;
  unlocks(request: PageRequest): Promise<{ items: UnlockRecord[]; nextSeq: number | null }>;
  grant(request: GrantRequest): Promise<GrantRecord>;
  revokeGrant(request: { grantId: string; nowMs: number }): Promise<boolean>;
  /** Refuses every token and pass from before; answers the moment, a whole second. */
  revoke(request: { nowSeconds: number }): Promise<number>;
  revokedAt(): Promise<number | null>;
  /** Keeps the point unless a later one is there; answers the one that is kept. */
  setResume(request: ResumePoint & { readonly seriesId: string }): Promise<ResumePoint>;
  resume(request: { seriesId: string }): Promise<ResumePoint | null>;
}

/** Where a viewer stopped in a series. `atMs` is the player's clock, never later than ours. */
export interface ResumePoint {
  readonly episodeId: string;
  readonly positionSeconds: number;
  readonly atMs: number;
}

export interface ViewerStateReply {
  readonly coins: number;
  /** Of the episodes asked for, those that the viewer has unlocked. */
  readonly unlockedEpisodeIds: readonly string[];
  readonly grants: readonly GrantRecord[];
  /** Tokens issued up to this second are refused; null when the viewer was never revoked. */
  readonly revokedAtSeconds: number | null;
}

export interface Idempotent {
  readonly idempotencyKey: string;
  /** Tells a retry from another request under the same key. */
  readonly requestSha256: string;
  readonly nowMs: number;
}

export interface CreditRequest extends Idempotent {
  readonly coins: number;
  readonly kind: CoinKind;
  readonly expiresAtMs: number | null;
  /** The operator's own name for the payment; one credit per reference, whatever the key. */
  readonly reference: string | null;
}

export interface CreditRecord {
  readonly id: string;
  readonly coins: number;
  readonly kind: CoinKind;
  readonly expiresAtMs: number | null;
  readonly reference: string | null;
  readonly createdAtMs: number;
}

export type CreditReply =
  | { readonly outcome: 'credited' | 'replayed'; readonly credit: CreditRecord; readonly wallet: WalletReply }
  | { readonly outcome: 'key-reused' };

export interface UnlockRequest extends Idempotent {
  readonly episodeId: string;
  readonly coins: number;
}

export interface UnlockRecord {
  readonly id: string;
  readonly episodeId: string;
  readonly coins: number;
  readonly createdAtMs: number;
}

export type UnlockReply =
  | { readonly outcome: 'unlocked' | 'replayed' | 'owned'; readonly unlock: UnlockRecord; readonly wallet: WalletReply }
  | { readonly outcome: 'insufficient'; readonly balance: number }
  | { readonly outcome: 'key-reused' };

export interface WalletReply {
  readonly coins: number;
  readonly paid: number;
  readonly bonus: number;
  readonly lots: readonly {
    readonly kind: CoinKind;
    readonly remaining: number;
    readonly expiresAtMs: number | null;
  }[];
}

export interface PageRequest {
  readonly beforeSeq: number | null;
  readonly limit: number;
}

export interface LedgerEntry {
  readonly id: string;
  readonly kind: 'credit' | 'unlock' | 'lapse';
  /** Signed change of the viewer's own coins. */
  readonly coins: number;
  readonly paid: number;
  readonly bonus: number;
  readonly reference: string | null;
  readonly episodeId: string | null;
  readonly createdAtMs: number;
}

export interface GrantRequest {
  readonly scope: 'episode' | 'season' | 'series' | 'all';
  readonly targetId: string | null;
  readonly pass: string | null;
  readonly expiresAtMs: number | null;
  readonly nowMs: number;
}

export interface GrantRecord extends Omit<GrantRequest, 'nowMs'> {
  readonly id: string;
  readonly createdAtMs: number;
}
