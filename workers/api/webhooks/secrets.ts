import { randomBytes } from '#shared/encoding.ts';
import { unseal, type SealContext } from '#shared/keys/seal.ts';
import type { EndpointRecord } from '../db/webhook-endpoints.ts';

/** Standard Webhooks: 24 to 64 bytes. */
const SECRET_BYTES = 32;

/** `whsec_` and base64, which receivers' libraries take as it is. */
export function makeWebhookSecret(): string {
  return `whsec_${btoa(String.fromCharCode(...randomBytes(SECRET_BYTES)))}`;
}

export function sealOf(masterSecret: string, endpointId: string): SealContext {
  return { masterSecret, purpose: 'webhook-endpoints|v1', owner: endpointId };
}

/** What signs now: the newest first, and beside it the one before while the rotation overlaps. */
export async function signingSecrets(masterSecret: string, endpoint: EndpointRecord, nowMs: number): Promise<string[]> {
  const { id, secretSealed, previousSealed, previousUntil } = endpoint;
  const overlaps = previousSealed !== null && previousUntil !== null && previousUntil > nowMs;
  const sealed = overlaps ? [secretSealed, previousSealed] : [secretSealed];
  return Promise.all(sealed.map((each) => unseal(sealOf(masterSecret, id), each)));
}
