import type { UnlockMethod } from '#core/entitlement/viewer-state.ts';
import type { CoinKind } from '#core/ledger/plan-draws.ts';
import type { FreeWaysRpc } from './free-ways-rpc.ts';

/**
 * What a viewer's Durable Object answers over RPC: plain values, so that any Worker can call it without its class.
 * Times are unix milliseconds; the caller passes its clock, the object has none of its own.
 */
export interface ViewerRpc extends FreeWaysRpc {
  /** With a stream's order, the stream is taken in the same call; without one, nothing is counted. */
  state(request: {
    episodeIds: readonly string[];
    nowMs: number;
    stream?: StreamOrder | null;
  }): Promise<ViewerStateReply>;
  credit(request: CreditRequest): Promise<CreditReply>;
  unlock(request: UnlockRequest): Promise<UnlockReply>;
  /** What the key was answered before; null when it is new. */
  earlierUnlock(request: Idempotent): Promise<UnlockReply | null>;
  wallet(request: { nowMs: number }): Promise<WalletReply>;
  ledger(request: PageRequest): Promise<{ items: LedgerEntry[]; nextSeq: number | null }>;
  unlocks(request: PageRequest): Promise<{ items: UnlockRecord[]; nextSeq: number | null }>;
  grant(request: GrantRequest): Promise<GrantRecord>;
  /** Puts what a store has sold until then in the place of what it said before; an older version changes nothing. */
  putGrant(request: PutGrantRequest): Promise<void>;
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
  readonly debtCoins: number;
  /** Of the episodes asked for, those that the viewer has unlocked or rented, in whatever way. */
  readonly unlocks: readonly EpisodeUnlockRecord[];
  /** Of all series, those that run: what a wait has opened is an unlock. */
  readonly waits: readonly { readonly episodeId: string; readonly seriesId: string; readonly readyAtMs: number }[];
  readonly ads: AdProgressRecord;
  readonly grants: readonly GrantRecord[];
  /** Tokens issued up to this second are refused; null when the viewer was never revoked. */
  readonly revokedAtSeconds: number | null;
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
