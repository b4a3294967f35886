import type { AnonymousTxn } from '#core/ledger/plan-erasure.ts';
import type { Merged } from './rpc.ts';

/** What the person behind a viewer may ask for: all that is kept, and that it is not kept any more. */
export interface RightsRpc {
  exportAll(): Promise<ViewerExport>;
  /** Can be called again until `finishErasure`; the answer is then the same. */
  erase(request: { nowMs: number; asGuest: boolean }): Promise<EraseReply>;
  /** Everything that the erasure had to put away elsewhere is there. */
  finishErasure(): Promise<void>;
  /** null when the viewer was not erased, or long enough ago. */
  tombstone(): Promise<{ erasedAtMs: number; untilMs: number } | null>;
}

export type ExportedRow = Readonly<Record<string, string | number | null>>;

export interface ViewerExport {
  /** By table: each with all of its columns. */
  readonly tables: Readonly<Record<string, readonly ExportedRow[]>>;
  /** Viewers who became part of this one; what they did before is in their own objects. */
  readonly guests: readonly string[];
}

export type EraseReply =
  | {
      readonly outcome: 'erased';
      readonly erasedAtMs: number;
      readonly untilMs: number;
      readonly revokedAtSeconds: number;
      /** null once it is put away. */
      readonly pending: PendingErasure | null;
    }
  /** A merge is on its way. */
  | { readonly outcome: 'busy' }
  | Merged;

export interface PendingErasure {
  /** Random: names the ledger that stays, and nobody. */
  readonly subject: string;
  readonly guests: readonly string[];
  readonly ledger: readonly AnonymousTxn[];
}
