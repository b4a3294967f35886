import { z } from 'zod';
import { TXN_KINDS } from '#core/ledger/txns.ts';
import { VIEWER_ID_PATTERN } from '#core/token/limits.ts';

/** One fact of a viewer's object on its way to reports and webhooks. It says the same however often it is sent. */
const id = z.string().min(1).max(64);
const timeMs = z.int().min(0);

const unlock = z.strictObject({
  id,
  episodeId: id,
  method: z.enum(['coins', 'rental', 'ad', 'wait']),
  coins: z.int().min(0),
  createdAtMs: timeMs,
  end: z.strictObject({ kind: z.enum(['refund', 'transfer-out']), atMs: timeMs }).nullable(),
});

const txn = z.strictObject({
  id,
  kind: z.enum(TXN_KINDS),
  /** What it changed in the wallet. */
  paid: z.int(),
  bonus: z.int(),
  debtCoins: z.int(),
  reference: z.string().max(200).nullable(),
  createdAtMs: timeMs,
  /** When the coins of a credit lapse. */
  expiresAtMs: timeMs.nullable(),
});

export const ledgerMessage = z.strictObject({
  v: z.literal(1),
  viewerId: z.string().regex(VIEWER_ID_PATTERN),
  /** false: for reports alone, as when they are rebuilt. */
  tell: z.boolean(),
  /** null for what was opened without coins. */
  txn: txn.nullable(),
  /** Those that it opened or ended. A transaction with many comes in several messages. */
  unlocks: z.array(unlock).max(1_000),
  /** Of what took unlocks away: the second that passes must know of. Not in messages from before there was this field. */
  passesRevokedAtMs: timeMs.nullish(),
});

export type LedgerMessage = z.infer<typeof ledgerMessage>;
export type LedgerTxn = z.infer<typeof txn>;
export type LedgerUnlock = z.infer<typeof unlock>;
