import type { LeavingLot } from '#core/ledger/plan-merge.ts';
import type { ChargebackPolicy } from '#core/ledger/txns.ts';
import type { LeavingFreeWays } from './free-ways-rpc.ts';
import type { GrantRecord, Idempotent, Merged, UnlockRecord, WalletReply } from './rpc.ts';

/** A guest becomes part of a viewer. */
export interface MergeRpc {
  /** The four steps of a merge, each of which may be done again: see viewer-object/merge.ts. */
  openMerge(request: OpenMergeRequest): Promise<{ readonly outcome: 'open' | 'key-reused' } | Merged>;
  beginMerge(request: Idempotent & { guest: string; target: string }): Promise<BeginMergeReply>;
  applyMerge(request: { transferId: string; transfer: Transfer | null; nowMs: number }): Promise<ApplyMergeReply>;
  finishMerge(transferId: string): Promise<void>;
}

export interface OpenMergeRequest extends Idempotent {
  readonly guest: string;
  /** Until then the target goes nowhere itself. */
  readonly openUntilMs: number;
}

export type BeginMergeReply =
  /** `transfer` is null once the target has it. */
  | {
      readonly outcome: 'begun';
      readonly transferId: string;
      readonly transfer: Transfer | null;
      /** Of the guest, whose passes for what it had bought must know of this second. */
      readonly passesRevokedAtSeconds: number | null;
    }
  | { readonly outcome: 'busy' }
  /** The target is to become part of this one, by another call, and that call goes first. */
  | { readonly outcome: 'opposite' }
  | Merged;

/** Everything of a guest, on its way. */
export interface Transfer {
  readonly id: string;
  readonly guest: string;
  readonly idempotencyKey: string;
  readonly requestSha256: string;
  readonly lots: readonly LeavingLot[];
  readonly unlocks: readonly TransferredUnlock[];
  readonly grants: readonly TransferredGrant[];
  readonly free: LeavingFreeWays;
  readonly debtCoins: number;
  readonly parked: readonly ParkedChargeback[];
  readonly absorbed: readonly string[];
  readonly goneCoins: readonly TransferredCoins[];
  /** Payments and chargebacks, so that a late retry at the target moves nothing twice. */
  readonly known: readonly {
    readonly kind: 'credit' | 'chargeback';
    readonly reference: string;
    readonly requestSha256: string | null;
    readonly result: string;
  }[];
}

/** It waits for its payment. */
export interface ParkedChargeback {
  readonly reference: string;
  readonly policy: ChargebackPolicy;
  readonly reason: string | null;
  readonly createdAtMs: number;
}

/** Of one payment, what is in no lot and in no unlock any more. */
export interface GoneCoins {
  readonly lapsed: number;
  readonly adjusted: number;
  /** They paid a debt back. */
  readonly repaid: number;
}

export interface TransferredCoins extends GoneCoins {
  readonly reference: string;
}

/** `reference` and `version` where a store renews it. */
export interface TransferredGrant extends GrantRecord {
  readonly reference: string | null;
  readonly version: number | null;
  readonly revokedAtMs: number | null;
}

export interface TransferredUnlock extends UnlockRecord {
  readonly shares: readonly { readonly lotId: string; readonly coins: number }[];
}

export interface MergeRecord {
  readonly id: string;
  readonly from: string;
  /** What came into the wallet. */
  readonly coins: number;
  readonly unlocks: number;
  /** Episodes that both had: the guest's coins for them are in the wallet. */
  readonly givenBack: readonly { readonly unlockId: string; readonly episodeId: string; readonly coins: number }[];
  readonly grants: number;
  readonly createdAtMs: number;
}

/** What a chargeback took away that one half knew of, and whose payment the other had. */
export interface MergeClosed {
  readonly episodeIds: readonly string[];
  readonly passesRevokedAtSeconds: number;
}

export type ApplyMergeReply =
  | {
      readonly outcome: 'applied' | 'replayed';
      readonly merge: MergeRecord;
      readonly wallet: WalletReply;
      readonly closed: MergeClosed | null;
    }
  | { readonly outcome: 'unknown' }
  | Merged;
