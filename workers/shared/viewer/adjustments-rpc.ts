import type { CoinKind } from '#core/ledger/plan-draws.ts';
import type { Idempotent, Merged, WalletReply } from './rpc.ts';

/** Corrections by hand, and the approval of large ones. */
export interface AdjustmentsRpc {
  adjust(request: AdjustmentRequest): Promise<AdjustmentReply>;
  pendingAdjustments(request: { nowMs: number }): Promise<PendingAdjustment[]>;
  /** May be asked again by the same key: it is done once. */
  decideAdjustment(decision: AdjustmentDecision): Promise<DecisionReply>;
}

export interface AdjustmentRequest extends Idempotent {
  /** Not 0. */
  readonly coins: number;
  readonly kind: CoinKind;
  readonly reason: string;
  readonly actor: string;
  readonly apiKeyId: string;
  /** Above this a second API key has to approve; null = never. */
  readonly approvalCoins: number | null;
}

/** A correction that waits for a second API key. */
export interface PendingAdjustment extends Pick<AdjustmentRequest, 'coins' | 'kind' | 'reason' | 'actor'> {
  readonly id: string;
  readonly state: 'pending' | 'approved' | 'rejected' | 'expired';
  readonly madeBy: string;
  readonly decidedBy: string | null;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
}

export interface AdjustmentDecision {
  readonly id: string;
  readonly apiKeyId: string;
  readonly isApproved: boolean;
  readonly nowMs: number;
}

export type DecisionReply =
  | Extract<AdjustmentReply, { outcome: 'adjusted' | 'replayed' | 'insufficient' }>
  | { readonly outcome: 'rejected' | 'not-found' | 'own' }
  | { readonly outcome: 'not-pending'; readonly state: PendingAdjustment['state'] }
  | Merged;

export interface AdjustmentRecord extends Pick<AdjustmentRequest, 'coins' | 'kind' | 'reason' | 'actor'> {
  readonly id: string;
  readonly createdAtMs: number;
}

export type AdjustmentReply =
  | {
      readonly outcome: 'adjusted' | 'replayed';
      readonly adjustment: AdjustmentRecord;
      readonly wallet: WalletReply;
    }
  | { readonly outcome: 'pending'; readonly pending: PendingAdjustment }
  | { readonly outcome: 'insufficient'; readonly balance: number }
  | { readonly outcome: 'key-reused' }
  | Merged;
