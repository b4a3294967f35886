/** Viewer tokens as a backend makes them, right and wrong. */
import { randomUUID } from 'node:crypto';
import { importJWK, SignJWT, type JWK } from 'jose';
import { apiFetch } from '../../support/edge.ts';
import { jsonOf } from './http.ts';

export interface BackendKey {
  readonly kid: string;
  readonly jwk: JWK;
  readonly privateJwk: JWK;
}

export const AUDIENCE = 'urn:cliffhanger:playback';

const made: string[] = [];

/** A pair that the edge made for a backend. Four may be live at a time, so a test file gives its own back. */
export async function makeBackendKey(): Promise<BackendKey> {
  const key = await jsonOf<BackendKey>(await apiFetch('/v1/signing-keys', { json: {} }), 201);
  made.push(key.kid);
  return key;
}

/** For afterAll: takes away the keys that this file made. */
export async function removeBackendKeys(): Promise<void> {
  for (const kid of made.splice(0)) {
    await (await apiFetch(`/v1/signing-keys/${kid}`, { method: 'DELETE' })).arrayBuffer();
  }
}

/** For a file that counts keys: takes away whatever other files left, but not the pair that the edge itself signs with. */
export async function removeEveryKey(): Promise<void> {
  const { items } = await jsonOf<{ items: { kid: string; managed: boolean }[] }>(await apiFetch('/v1/signing-keys'));
  for (const { kid } of items.filter(({ managed }) => !managed))
    await (await apiFetch(`/v1/signing-keys/${kid}`, { method: 'DELETE' })).arrayBuffer();
}

export function newViewerId(): string {
  return `viewer-${randomUUID()}`;
}

/** A token of the edge's own making. */
export async function viewerToken(viewerId: string, more: object = {}): Promise<string> {
  return (await jsonOf<{ token: string }>(await apiFetch('/v1/viewer-tokens', { json: { viewerId, ...more } }), 201))
    .token;
}

export interface TokenParts {
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, unknown>>;
}

export function goodClaims(viewerId: string): Record<string, unknown> {
  const nowSeconds = Math.floor(Date.now() / 1_000);
  return { sub: viewerId, aud: AUDIENCE, iat: nowSeconds, exp: nowSeconds + 300, jti: randomUUID() };
}

/** Signed by the backend's own key with ES256; `undefined` in a part takes a member away. */
export async function signToken(key: BackendKey, viewerId: string, parts: TokenParts = {}): Promise<string> {
  const header = withoutUndefined({ alg: 'ES256', kid: key.kid, typ: 'playback+jwt', ...parts.header });
  const claims = withoutUndefined({ ...goodClaims(viewerId), ...parts.claims });
  return new SignJWT(claims)
    .setProtectedHeader({ ...header, alg: 'ES256' })
    .sign(await importJWK(key.privateJwk, 'ES256'));
}

/** A compact JWS of exactly these parts. */
export function compact(header: object, claims: object, signature: Uint8Array | string): string {
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');
  return `${encode(header)}.${encode(claims)}.${typeof signature === 'string' ? signature : Buffer.from(signature).toString('base64url')}`;
}

function withoutUndefined(parts: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined));
}
