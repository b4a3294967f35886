/** What backends and players do for a viewer. */
import { randomUUID } from 'node:crypto';
import type { DecisionWire, FeedWire, UnlockWire, WalletWire } from '#core/catalog/feed-wire.ts';
import { apiFetch, edgeFetch } from '../../support/edge.ts';
import { jsonOf } from './http.ts';

export const asViewer = (token: string): RequestInit => ({ headers: { authorization: `Bearer ${token}` } });

export function sendCredit(viewerId: string, body: unknown, key: string = randomUUID()): Promise<Response> {
  return apiFetch(`/v1/viewers/${viewerId}/credits`, { json: body, headers: { 'idempotency-key': key } });
}

export async function credit(viewerId: string, coins: number, more: object = {}): Promise<void> {
  await jsonOf(await sendCredit(viewerId, { coins, kind: 'paid', ...more }), 201);
}

export function sendUnlock(
  viewerId: string,
  episodeId: string,
  key: string = randomUUID(),
  more: object = {},
): Promise<Response> {
  return apiFetch(`/v1/viewers/${viewerId}/unlocks`, {
    json: { episodeId, method: 'coins', ...more },
    headers: { 'idempotency-key': key },
  });
}

export async function unlock(viewerId: string, episodeId: string): Promise<UnlockWire> {
  return jsonOf<UnlockWire>(await sendUnlock(viewerId, episodeId), 201);
}

/** The player's own call, with the viewer token. */
export function sendMyUnlock(token: string, episodeId: string, key: string = randomUUID()): Promise<Response> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': key };
  return edgeFetch('/v1/me/unlocks', { method: 'POST', headers, body: JSON.stringify({ episodeId, method: 'coins' }) });
}

/** Makes a guest a part of the viewer. */
export function mergeInto(viewerId: string, guest: string): Promise<Response> {
  const headers = { 'idempotency-key': randomUUID() };
  return apiFetch(`/v1/viewers/${viewerId}/merge`, { json: { from: guest }, headers });
}

export async function wallet(viewerId: string): Promise<WalletWire> {
  return jsonOf<WalletWire>(await apiFetch(`/v1/viewers/${viewerId}/wallet`));
}

export interface LedgerItem {
  readonly id: string;
  readonly kind: string;
  readonly coins: number;
  readonly episodeId: string | null;
}

export async function ledger(viewerId: string): Promise<readonly LedgerItem[]> {
  return (await jsonOf<{ items: LedgerItem[] }>(await apiFetch(`/v1/viewers/${viewerId}/ledger?limit=100`))).items;
}

export async function access(viewerId: string, episodeId: string, country?: string): Promise<DecisionWire> {
  const query = `episodeId=${episodeId}${country === undefined ? '' : `&country=${country}`}`;
  return jsonOf<DecisionWire>(await apiFetch(`/v1/viewers/${viewerId}/access?${query}`));
}

export async function grant(viewerId: string, body: object): Promise<{ id: string }> {
  return jsonOf<{ id: string }>(await apiFetch(`/v1/viewers/${viewerId}/grants`, { json: body }), 201);
}

export function playlist(episodeId: string, token: string): Promise<Response> {
  return edgeFetch(`/v1/episodes/${episodeId}/playlist.m3u8`, asViewer(token));
}

/** The path of each Variant Stream, as the playlist lists them: `/m/{pass}/{asset}/{version}/v0/media.m3u8`. */
export async function variantPaths(episodeId: string, token: string): Promise<string[]> {
  const response = await playlist(episodeId, token);
  const text = await response.text();
  if (response.status !== 200) throw new Error(`playlist: ${response.status} ${text}`);
  return text.split('\n').filter((line) => line.startsWith('/m/'));
}

/** `/m/{pass}/{asset}/{version}` of what this viewer may play. */
export async function mediaPrefix(episodeId: string, token: string): Promise<string> {
  const [first = ''] = await variantPaths(episodeId, token);
  return first.split('/').slice(0, 5).join('/');
}

export async function feed(token: string, query: string): Promise<FeedWire> {
  return jsonOf<FeedWire>(await edgeFetch(`/v1/feed?${query}`, asViewer(token)));
}
