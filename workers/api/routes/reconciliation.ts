import { z } from 'zod';
import { problemResponse } from '#shared/http/problem.ts';
import { hashViewer } from '#shared/keys/viewer-hash.ts';
import { viewerObject } from '#shared/playback/decide-episode.ts';
import { listToldTxns } from '../db/told-txns.ts';
import { readJson } from '../http/body.ts';
import { iso, isoOrNull, type ApiContext } from '../http/context.ts';
import { requireViewerId } from '../http/guards.ts';

export const reconciliationInput = z.strictObject({
  state: z.enum(['reconciling', 'open']),
  /** What is missing was seen to: coins move again without it. */
  acceptLoss: z.boolean().optional(),
});

/** What the viewer's ledger lacks of what it has told before, and whether coins move. */
export async function getReconciliation(c: ApiContext): Promise<Response> {
  return c.json(await compare(c));
}

/** Stops the viewer's coins, or lets them move again once nothing is missing or somebody says that it was seen to. */
export async function putReconciliation(c: ApiContext): Promise<Response> {
  const { state, acceptLoss = false } = await readJson(c.req.raw, reconciliationInput);
  const viewer = viewerObject(c.env.VIEWERS, requireViewerId(c));
  if (state === 'reconciling') {
    await viewer.stopLedger({ nowMs: c.var.nowMs });
    return c.json(await compare(c));
  }
  const { missing } = await compare(c);
  if (missing.length > 0 && !acceptLoss) {
    const detail = `${missing.length} transactions are missing. Make them good, then say acceptLoss.`;
    return problemResponse({ code: 'conflict', detail, members: { missing } });
  }
  await viewer.resumeLedger({ accepted: missing.map(({ id }) => id) });
  return c.json(await compare(c));
}

async function compare(c: ApiContext) {
  const viewerId = requireViewerId(c);
  const told = await listToldTxns(c.var.db, await hashViewer(c.env.MASTER_SECRET, viewerId));
  const viewer = viewerObject(c.env.VIEWERS, viewerId);
  const { stoppedAtMs, missing } = await viewer.compareLedger(told.map(({ txnId }) => txnId));
  const lacks = new Set(missing);
  return {
    state: stoppedAtMs === null ? 'open' : 'reconciling',
    since: isoOrNull(stoppedAtMs),
    missing: told
      .filter(({ txnId }) => lacks.has(txnId))
      .map(({ txnId: id, kind, paid, bonus, reference, createdAt }) => ({
        id,
        kind,
        paid,
        bonus,
        reference,
        createdAt: iso(createdAt),
      })),
  };
}
