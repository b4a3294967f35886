import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { randomBytes, toBase64url } from '#shared/encoding.ts';
import { seal, unseal, type SealContext } from '#shared/keys/seal.ts';
import { findOwnSigningKey, insertSigningKey } from './db/keys.ts';
import type { Db } from './http/context.ts';

export interface OwnSigningKey {
  readonly kid: string;
  readonly privateJwk: JWK;
}

/** The pair that signs tokens for backends that do not sign their own; made on first need, its private half sealed in D1. */
export async function loadOwnSigningKey(db: Db, masterSecret: string, nowMs: number): Promise<OwnSigningKey> {
  const stored = await findOwnSigningKey(db);
  if (stored?.privateJwkSealed)
    return {
      kid: stored.kid,
      privateJwk: JSON.parse(await unseal(sealOf(masterSecret, stored.kid), stored.privateJwkSealed)),
    };
  const made = await makeSigningKey(nowMs);
  await insertSigningKey(db, {
    ...made.record,
    privateJwkSealed: await seal(sealOf(masterSecret, made.record.kid), JSON.stringify(made.privateJwk)),
  });
  return { kid: made.record.kid, privateJwk: made.privateJwk };
}

export async function makeSigningKey(nowMs: number) {
  const pair = await generateKeyPair('ES256', { extractable: true });
  const kid = `k_${toBase64url(randomBytes(12))}`;
  const publicJwk = { ...(await exportJWK(pair.publicKey)), kid, alg: 'ES256', use: 'sig' };
  const privateJwk = { ...(await exportJWK(pair.privateKey)), kid, alg: 'ES256', use: 'sig' };
  return { record: { kid, alg: 'ES256' as const, publicJwk, createdAt: nowMs }, privateJwk };
}

function sealOf(masterSecret: string, kid: string): SealContext {
  return { masterSecret, purpose: 'signing-keys|v1', owner: kid };
}
