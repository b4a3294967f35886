/** What players and backends do to come in without coins. `laterMs` needs a platform with the chaos of degradation/. */
import { randomUUID } from 'node:crypto';
import type { DecisionWire } from '#core/catalog/feed-wire.ts';
import type { AdIntentWire, AutoUnlockWire, FreeUnlockWire, WaitingWire } from '#core/catalog/free-ways-wire.ts';
import { apiFetch, edgeFetch } from '../../support/edge.ts';
import { chaosHeader } from '../degradation/chaos.ts';
import { jsonOf } from './http.ts';

export const HOUR_MS = 3_600_000;

const at = (laterMs: number): Record<string, string> => (laterMs === 0 ? {} : chaosHeader({ laterMs }));

export function sendFreeUnlock(
  viewer: string,
  episodeId: string,
  method: 'ad' | 'wait',
  { laterMs = 0, key = randomUUID() as string } = {},
): Promise<Response> {
  return apiFetch(`/v1/viewers/${viewer}/unlocks`, {
    json: { episodeId, method },
    headers: { 'idempotency-key': key, ...at(laterMs) },
  });
}

export async function startWait(viewer: string, episodeId: string, laterMs = 0): Promise<WaitingWire> {
  return jsonOf<WaitingWire>(await sendFreeUnlock(viewer, episodeId, 'wait', { laterMs }), 202);
}

export async function freeUnlock(
  viewer: string,
  episodeId: string,
  method: 'ad' | 'wait',
  laterMs = 0,
): Promise<FreeUnlockWire> {
  return jsonOf<FreeUnlockWire>(await sendFreeUnlock(viewer, episodeId, method, { laterMs }), 200);
}

export async function accessAt(viewer: string, episodeId: string, laterMs: number, query = ''): Promise<DecisionWire> {
  const path = `/v1/viewers/${viewer}/access?episodeId=${episodeId}${query}`;
  return jsonOf<DecisionWire>(await apiFetch(path, { headers: at(laterMs) }));
}

export function sendIntent(viewer: string, episodeId: string, more: object = {}, laterMs = 0): Promise<Response> {
  return apiFetch(`/v1/viewers/${viewer}/ad-intents`, { json: { episodeId, ...more }, headers: at(laterMs) });
}

export async function openIntent(viewer: string, episodeId: string, more: object = {}): Promise<AdIntentWire> {
  return jsonOf<AdIntentWire>(await sendIntent(viewer, episodeId, more), 201);
}

/** The player's own calls, with the viewer token. */
export function sendMine(token: string, path: string, body?: object, method = 'POST'): Promise<Response> {
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    'idempotency-key': randomUUID(),
  };
  return edgeFetch(
    `/v1/me/${path}`,
    body === undefined ? { headers } : { method, headers, body: JSON.stringify(body) },
  );
}

export async function setAutoUnlock(token: string, enabled: boolean, dailyCapCoins: number): Promise<AutoUnlockWire> {
  return jsonOf<AutoUnlockWire>(await sendMine(token, 'auto-unlock', { enabled, dailyCapCoins }, 'PUT'));
}

export function sendAutoUnlock(token: string, episodeId: string, expectedCoins: number): Promise<Response> {
  return sendMine(token, 'unlocks', { episodeId, method: 'coins', auto: true, expectedCoins });
}
