import type { UnlockMethod } from '#core/entitlement/viewer-state.ts';
import type { CoinKind } from '#core/ledger/plan-draws.ts';
import type { ChargebackPolicy, TxnKind } from '#core/ledger/txns.ts';
import type { AdjustmentsRpc } from './adjustments-rpc.ts';
import type { FreeWaysRpc } from './free-ways-rpc.ts';
import type { MergeRpc, ParkedChargeback } from './merge-rpc.ts';
import type { RightsRpc } from './rights-rpc.ts';

/**
 * What a viewer's Durable Object answers over RPC: plain values, so that any Worker can call it without its class.
 * Times are unix milliseconds; the caller passes its clock, the object has none of its own.
 */
export interface ViewerRpc extends AdjustmentsRpc, FreeWaysRpc, MergeRpc, RightsRpc {
  /** With a stream's order, the stream is taken in the same call; without one, nothing is counted. */
  state(request: {
    episodeIds: readonly string[];
    nowMs: number;
    stream?: StreamOrder | null;
  }): Promise<ViewerStateReply>;
  credit(request: CreditRequest): Promise<CreditReply>;
  unlock(request: UnlockRequest): Promise<UnlockReply>;
  unlockBundle(request: BundleRequest): Promise<UnlockReply>;
  rent(request: RentRequest): Promise<UnlockReply>;
  /** Begins a rental's clock, once; null when there is no rental that could play. */
  startRental(request: { episodeId: string; nowMs: number }): Promise<{ untilMs: number } | null>;
  /** What the key was answered before; null when it is new. */
  earlierUnlock(request: Idempotent): Promise<UnlockReply | null>;
  storeQuote(request: QuoteRequest): Promise<QuoteRecord>;
  quote(quoteId: string): Promise<QuoteRecord | null>;
  refund(request: RefundRequest): Promise<RefundReply>;
  chargeback(request: ChargebackRequest): Promise<ChargebackReply>;
  /** Which of these transactions the ledger lacks: docs/decisions/028-after-a-restore.md. */
  compareLedger(toldTxnIds: readonly string[]): Promise<LedgerComparison>;
  stopLedger(request: { nowMs: number }): Promise<void>;
  resumeLedger(request: { accepted: readonly string[] }): Promise<void>;
  /** What is wrong with the ledger: nothing. */
  audit(): Promise<readonly AuditFinding[]>;
  /** Chargebacks whose payment has not come; the oldest first. */
  parkedChargebacks(): Promise<readonly ParkedChargeback[]>;
  /** Sends the whole history to reports again; answers how many rows are on their way. */
  rebuildProjection(): Promise<number>;
  wallet(request: { nowMs: number }): Promise<WalletReply>;
  ledger(request: PageRequest): Promise<{ items: LedgerEntry[]; nextSeq: number | null }>;
  unlocks(request: PageRequest): Promise<{ items: UnlockRecord[]; nextSeq: number | null }>;
  grant(request: GrantRequest): Promise<GrantRecord | Merged>;
  /** Puts what a store has sold until then in the place of what it said before; an older version changes nothing. */
  putGrant(request: PutGrantRequest): Promise<{ readonly outcome: 'put' } | Merged>;
  revokeGrant(request: { grantId: string; nowMs: number }): Promise<boolean>;
  /** Refuses every token and pass from before; answers the moment, a whole second. */
  revoke(request: { nowSeconds: number }): Promise<number>;
  revokedAt(): Promise<number | null>;
  /** As `state` with an order, but the lease may also get shorter: who sends heartbeats needs no longer one. */
  heartbeat(request: { order: StreamOrder; nowMs: number }): Promise<StreamReply>;
  endStream(request: StreamEnd): Promise<void>;
  streams(request: { nowMs: number }): Promise<StreamRecord[]>;
  devices(request: { nowMs: number }): Promise<DeviceRecord[]>;
  /** false when the device is not known. Its streams end with it. */
  forgetDevice(request: { deviceId: string }): Promise<boolean>;
  /** Keeps the point unless a later one is there; answers the one that is kept. */
  setResume(request: ResumePoint & { readonly seriesId: string }): Promise<ResumePoint | Merged>;
  resume(request: { seriesId: string }): Promise<ResumePoint | null>;
}

/** Where a viewer stopped in a series. `atMs` is the player's clock, never later than ours. */
export interface ResumePoint {
  readonly episodeId: string;
  readonly positionSeconds: number;
  readonly atMs: number;
}

/** To whatever would change a viewer who was merged into another, or erased: then `into` is null. */
export interface Merged {
  readonly outcome: 'merged';
  readonly into: string | null;
}

export interface ViewerStateReply {
  readonly coins: number;
  readonly debtCoins: number;
  /** Of the episodes asked for, those that the viewer has unlocked or rented, in whatever way. */
  readonly unlocks: readonly EpisodeUnlockRecord[];
  /** Of all series, those that run: what a wait has opened is an unlock. */
  readonly waits: readonly { readonly episodeId: string; readonly seriesId: string; readonly readyAtMs: number }[];
  readonly ads: AdProgressRecord;
  readonly grants: readonly GrantRecord[];
  /** Another text whenever the grants that count are others: a debit is asked for with the one that its price rests on. */
  readonly grantsVersion: string;
  /** Tokens issued up to this second are refused; null when the viewer was never revoked. */
  readonly revokedAtSeconds: number | null;
  /** Passes for something are refused from this second on: not before `revokedAtSeconds`. */
  readonly passesRevokedAtSeconds: number | null;
  /** null when no stream was ordered. */
  readonly stream: StreamReply | null;
}

/** One stream of a viewer, as the caller may have it: never with a time of the player's own. */
export interface StreamOrder {
  /** `streamName` of the token. */
  readonly stream: string;
  readonly deviceId: string | null;
  /** Of the token: one from before a revocation takes nothing. */
  readonly issuedAtSeconds: number;
  readonly maxStreams: number | null;
  /** Set only with a `deviceId`. */
  readonly maxDevices: number | null;
  /** How long it counts from now without another sign of life. */
  readonly holdMs: number;
}

export type StreamReply =
  | {
      readonly outcome: 'held';
      /** null where streams are not limited. */
      readonly lapsesAtMs: number | null;
      readonly isNew: boolean;
    }
  | { readonly outcome: 'too-many-streams'; readonly limit: number; readonly startedAtMs: readonly number[] }
  | { readonly outcome: 'too-many-devices'; readonly limit: number }
  | { readonly outcome: 'revoked' };

export interface StreamEnd {
  readonly stream: string;
  readonly issuedAtSeconds: number;
  /** Only if nothing has renewed it since it was taken. */
  readonly onlyUnused: boolean;
}

export interface StreamRecord {
  readonly stream: string;
  readonly deviceId: string | null;
  readonly startedAtMs: number;
  readonly renewedAtMs: number;
  readonly lapsesAtMs: number;
}

export interface DeviceRecord {
  readonly deviceId: string;
  readonly firstSeenAtMs: number;
  readonly lastSeenAtMs: number;
}

/** How an episode of the viewer's came to be open, and until when. */
export interface EpisodeUnlockRecord {
  readonly episodeId: string;
  readonly method: UnlockMethod;
  /** null = for good, or a rental that was not played yet. */
  readonly untilMs: number | null;
  /** A rental that was not played yet; null for everything else. */
  readonly rental: { readonly hours: number; readonly startByMs: number } | null;
}

/** Verified rewarded ads: of the episodes asked for since their last unlock, and of this UTC day by series. */
export interface AdProgressRecord {
  readonly watched: readonly { readonly episodeId: string; readonly count: number }[];
  readonly today: readonly { readonly seriesId: string; readonly count: number }[];
  /** What the deployment's cap over all series leaves for today; null = it has none. */
  readonly leftToday: number | null;
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
  | { readonly outcome: 'key-reused' }
  | Merged;

/** What is sold at a price that rests on what the viewer may play without it. */
export interface PricedRequest extends Idempotent {
  readonly grantsVersion: string;
}

export interface UnlockRequest extends PricedRequest {
  readonly episodeId: string;
  readonly coins: number;
}

/** Several episodes in one debit; `episodes` with what each costs by itself. */
export interface BundleRequest extends PricedRequest {
  readonly episodes: readonly { readonly id: string; readonly coins: number }[];
  readonly coins: number;
  readonly bundle: BundleRecord;
}

export interface BundleRecord {
  readonly listCoins: number;
  readonly discountPercent: number;
}

export interface RentRequest extends UnlockRequest {
  readonly hours: number;
  readonly startByMs: number;
}

export interface UnlockRecord {
  readonly id: string;
  readonly episodeId: string;
  readonly method: 'coins' | 'rental';
  /** Of a bundle, this episode's share. */
  readonly coins: number;
  readonly rental: RentalRecord | null;
  readonly createdAtMs: number;
  /** When a refund or a merge ended it. */
  readonly endedAtMs: number | null;
}

export interface RentalRecord {
  readonly hours: number;
  readonly startByMs: number;
  readonly startedAtMs: number | null;
}

export interface PurchaseResult {
  readonly unlocks: readonly UnlockRecord[];
  /** null when it was one episode at its own price. */
  readonly bundle: BundleRecord | null;
  readonly wallet: WalletReply;
}

export type UnlockReply =
  | ({ readonly outcome: 'unlocked' | 'replayed' | 'owned' } & PurchaseResult)
  | { readonly outcome: 'insufficient'; readonly balance: number }
  | { readonly outcome: 'debt'; readonly debtCoins: number }
  /** Something of it was bought, given or opened otherwise since the caller looked: look again. */
  | { readonly outcome: 'changed' }
  | { readonly outcome: 'key-reused' }
  | Merged;

/** A price as it was shown: of one episode, or of several in a bundle. */
export interface QuoteRequest {
  readonly method: 'coins' | 'rental';
  readonly episodes: readonly { readonly id: string; readonly coins: number }[];
  readonly coins: number;
  readonly bundle: BundleRecord | null;
  readonly rental: { readonly hours: number; readonly startWithinHours: number } | null;
  readonly expiresAtMs: number;
  readonly nowMs: number;
}

export interface QuoteRecord extends Omit<QuoteRequest, 'nowMs'> {
  readonly id: string;
}

export interface RefundRequest extends Idempotent {
  readonly unlockId: string;
  readonly reason: string | null;
}

export interface RefundRecord {
  readonly id: string;
  readonly unlockId: string;
  readonly episodeId: string;
  readonly coins: number;
  readonly reason: string | null;
  readonly createdAtMs: number;
}

export type RefundReply =
  | {
      readonly outcome: 'refunded' | 'replayed';
      readonly refund: RefundRecord;
      /** Passes of this viewer for this episode from before are refused. */
      readonly passesRevokedAtSeconds: number;
      readonly wallet: WalletReply;
    }
  | {
      readonly outcome: 'already-refunded';
      readonly episodeId: string;
      readonly endedAtMs: number;
      readonly passesRevokedAtSeconds: number;
    }
  | { readonly outcome: 'not-found' | 'key-reused' }
  | Merged;

export interface ChargebackRequest {
  readonly reference: string;
  readonly policy: ChargebackPolicy;
  readonly reason: string | null;
  readonly nowMs: number;
}

export interface ChargebackRecord {
  readonly id: string;
  readonly reference: string;
  readonly policy: ChargebackPolicy;
  /** What the payment had brought. */
  readonly coins: number;
  readonly takenCoins: number;
  readonly debtCoins: number;
  readonly absorbedCoins: number;
  readonly revoked: readonly { readonly unlockId: string; readonly episodeId: string }[];
  readonly createdAtMs: number;
}

export type ChargebackReply =
  | {
      readonly outcome: 'charged-back' | 'replayed';
      readonly chargeback: ChargebackRecord;
      readonly passesRevokedAtSeconds: number | null;
      readonly wallet: WalletReply;
    }
  /** The payment is not known yet: this waits for it. */
  | { readonly outcome: 'parked' }
  | Merged;

export interface LedgerComparison {
  /** null = coins move. */
  readonly stoppedAtMs: number | null;
  readonly missing: readonly string[];
}

export interface AuditFinding {
  readonly rule: string;
  /** Of what breaks it; the first few. */
  readonly ids: readonly string[];
}

export interface WalletReply {
  readonly coins: number;
  readonly paid: number;
  readonly bonus: number;
  readonly lots: readonly {
    readonly kind: CoinKind;
    readonly remaining: number;
    readonly expiresAtMs: number | null;
  }[];
  /** Owed after a chargeback; while there is any, nothing is sold for coins. */
  readonly debtCoins: number;
  /** The viewer that has all of this now. */
  readonly mergedInto: string | null;
}

export interface PageRequest {
  readonly beforeSeq: number | null;
  readonly limit: number;
}

export interface LedgerEntry {
  readonly id: string;
  readonly kind: TxnKind;
  /** Signed change of the viewer's own coins. */
  readonly coins: number;
  readonly paid: number;
  readonly bonus: number;
  /** Signed change of what the viewer owes. */
  readonly debtCoins: number;
  readonly reference: string | null;
  readonly reason: string | null;
  /** Who made a correction. */
  readonly actor: string | null;
  /** The one, where there is one. */
  readonly episodeId: string | null;
  readonly episodeIds: readonly string[];
  readonly createdAtMs: number;
}

export interface GrantRequest {
  readonly scope: 'episode' | 'season' | 'series' | 'all';
  readonly targetId: string | null;
  readonly pass: string | null;
  readonly expiresAtMs: number | null;
  readonly nowMs: number;
}

/** A pass that is paid for again and again: one row in all its time, named by its reference. */
export interface PutGrantRequest {
  readonly reference: string;
  /** Grows with each word of the store, so that of two calls the newer wins in whichever order they come. */
  readonly version: number;
  readonly pass: string;
  /** In the past = it has ended. */
  readonly expiresAtMs: number | null;
  readonly nowMs: number;
}

export interface GrantRecord extends Omit<GrantRequest, 'nowMs'> {
  readonly id: string;
  readonly createdAtMs: number;
}
