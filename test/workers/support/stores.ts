/** Products, accounts and parked purchases, as operators and apps use them. */
import { apiFetch, edgeFetch } from '../../support/edge.ts';
import { jsonOf } from './http.ts';

export interface ParkedPurchase {
  readonly id: string;
  readonly reference: string;
  readonly productId: string;
  readonly reason: string;
}

export async function putProduct(store: string, productId: string, gives: object): Promise<void> {
  await jsonOf(await apiFetch(`/v1/products/${store}/${productId}`, { method: 'PUT', json: gives }));
}

export async function accountToken(viewerId: string): Promise<string> {
  const path = `/v1/viewers/${viewerId}/store-account`;
  return (await jsonOf<{ accountToken: string }>(await apiFetch(path, { method: 'POST' }), 201)).accountToken;
}

export async function parked(reference: string): Promise<ParkedPurchase | undefined> {
  const { items } = await jsonOf<{ items: ParkedPurchase[] }>(await apiFetch('/v1/parked-purchases?limit=100'));
  return items.find((each) => each.reference === reference);
}

export function assign(id: string, viewerId: string): Promise<Response> {
  return apiFetch(`/v1/parked-purchases/${id}/assign`, { json: { viewerId } });
}

export function bringPurchase(token: string, purchase: object): Promise<Response> {
  return edgeFetch('/v1/me/purchases', {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(purchase),
  });
}
