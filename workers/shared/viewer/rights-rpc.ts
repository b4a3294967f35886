import type { AnonymousTxn } from '#core/ledger/plan-erasure.ts';

/** What the person behind a viewer may ask for: all that is kept, and that it is not kept any more. */
export interface RightsRpc {
  exportAll(): Promise<ViewerExport>;
  /** Can be called again until `finishErasure`; the answer is then the same. */
  erase(request: EraseRequest): Promise<EraseReply>;
  /** Everything that the erasure had to put away elsewhere is there. */
  finishErasure(): Promise<void>;
  /** null when the viewer was not erased, or long enough ago. */
  tombstone(): Promise<{ erasedAtMs: number; untilMs: number } | null>;
}

export interface EraseRequest {
  readonly nowMs: number;
  /** Together with the viewer that it is part of. */
  readonly asGuest: boolean;
  /** Whoever it was on its way to is erased: nobody has it, and nobody will. */
  readonly isOrphan?: boolean;
}

/** Where a guest went, and under which name. */
export interface Departure {
  readonly into: string;
  readonly transferId: string;
  /** It has forgotten what it handed over: then somebody had it once. */
  readonly isHandedOver: boolean;
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
  /** A merge is on its way: of a guest to this viewer, or of this one, where it `leaves`. */
  | { readonly outcome: 'busy'; readonly leaves: Departure | null }
  | ({ readonly outcome: 'merged' } & Departure);

export interface PendingErasure {
  /** Random: names the ledger that stays, and nobody. */
  readonly subject: string;
  readonly guests: readonly string[];
  readonly ledger: readonly AnonymousTxn[];
}
