import { chargebackPolicy, closeRevoked } from '../charge-back.ts';
import { askOwner } from '../follow-merges.ts';
import type { StoreEnv } from './store-env.ts';

/** Takes back what a payment brought, once for each reference; one that is not there yet is waited for in the object. */
export async function reverseCredit(env: StoreEnv, viewerId: string, reference: string, nowMs: number): Promise<void> {
  const request = { reference, policy: chargebackPolicy(env), reason: 'the store gave the money back', nowMs };
  const owner = await askOwner(env, viewerId, (viewer) => viewer.chargeback(request));
  if (owner.reply.outcome !== 'parked') await closeRevoked(env, owner.viewerId, owner.reply);
}
