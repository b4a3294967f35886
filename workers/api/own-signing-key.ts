import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { fromBase64, randomBytes, toBase64url, utf8 } from '#shared/encoding.ts';
import { deriveSealingKey } from '#shared/keys/derive.ts';
import { findOwnSigningKey, insertSigningKey } from './db/keys.ts';
import type { Db } from './http/context.ts';

/** AES-GCM's nonce. @see NIST SP 800-38D 8.2.2 */
const NONCE_BYTES = 12;

export interface OwnSigningKey {
  readonly kid: string;
  readonly privateJwk: JWK;
}

/** The pair that signs tokens for backends that do not sign their own; made on first need, its private half sealed in D1. */
export async function loadOwnSigningKey(db: Db, masterSecret: string, nowMs: number): Promise<OwnSigningKey> {
  const stored = await findOwnSigningKey(db);
  if (stored?.privateJwkSealed)
    return { kid: stored.kid, privateJwk: await unseal(masterSecret, stored.kid, stored.privateJwkSealed) };
  const made = await makeSigningKey(nowMs);
  await insertSigningKey(db, {
    ...made.record,
    privateJwkSealed: await seal(masterSecret, made.record.kid, made.privateJwk),
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

async function seal(masterSecret: string, kid: string, jwk: JWK): Promise<string> {
  const nonce = randomBytes(NONCE_BYTES);
  const key = await deriveSealingKey(masterSecret, 'signing-keys|v1');
  const sealed = await crypto.subtle.encrypt(
    { name: 'AES-GCM', iv: nonce, additionalData: utf8(kid) },
    key,
    utf8(JSON.stringify(jwk)),
  );
  return `${toBase64url(nonce)}.${toBase64url(new Uint8Array(sealed))}`;
}

async function unseal(masterSecret: string, kid: string, sealed: string): Promise<JWK> {
  const [nonce = '', body = ''] = sealed.split('.');
  const key = await deriveSealingKey(masterSecret, 'signing-keys|v1');
  const opened = await crypto.subtle.decrypt(
    { name: 'AES-GCM', iv: fromBase64(nonce), additionalData: utf8(kid) },
    key,
    fromBase64(body),
  );
  return JSON.parse(new TextDecoder().decode(opened));
}
