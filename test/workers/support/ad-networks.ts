/** Ad networks as they call back: AdMob with keys of our own making and a server that publishes them, and any other. */
import { createHmac, generateKeyPairSync, randomUUID, sign, type KeyObject } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { edgeFetch } from '../../support/edge.ts';

export interface AdmobKey {
  readonly keyId: number;
  readonly privateKey: KeyObject;
  /** As Google's list has it. */
  readonly published: { readonly keyId: number; readonly pem: string; readonly base64: string };
}

export function makeAdmobKey(keyId: number): AdmobKey {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pem = publicKey.export({ format: 'pem', type: 'spki' }).toString();
  const base64 = publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
  return { keyId, privateKey, published: { keyId, pem, base64 } };
}

export interface KeyServer {
  readonly url: string;
  /** How often it was asked. */
  requests: number;
  /** What it answers from now on. */
  body: string;
  status: number;
  stop(): Promise<void>;
}

export async function startKeyServer(keys: readonly AdmobKey[]): Promise<KeyServer> {
  const server = createServer((_, response) => {
    state.requests++;
    response.writeHead(state.status, { 'content-type': 'application/json' }).end(state.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const state: KeyServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/verifier-keys.json`,
    requests: 0,
    body: publish(keys),
    status: 200,
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return state;
}

export function publish(keys: readonly AdmobKey[]): string {
  return JSON.stringify({ keys: keys.map(({ published }) => published) });
}

export type Parameters = readonly (readonly [name: string, value: string])[];

export const AD_UNIT = '2747237135';

/** What Google sends of one ad, in its order; values are encoded as Google's are. */
export function admobParameters(customData: string, more: Readonly<Record<string, string>> = {}): Parameters {
  const values = {
    ad_network: '5450213213286189855',
    ad_unit: AD_UNIT,
    custom_data: encodeURIComponent(customData),
    reward_amount: '1',
    reward_item: 'Coins%20%26%20more%2c+a%2F%3D%E2%98%95',
    timestamp: String(Date.now()),
    transaction_id: randomUUID().replaceAll('-', ''),
    user_id: 'somebody',
    ...more,
  };
  return Object.entries(values);
}

export const queryOf = (parameters: Parameters): string =>
  parameters.map(([name, value]) => `${name}=${value}`).join('&');

export function signatureOf(key: AdmobKey, text: string): string {
  return sign('sha256', Buffer.from(text), key.privateKey).toString('base64url');
}

export function signedQuery(key: AdmobKey, parameters: Parameters): string {
  const text = queryOf(parameters);
  return `${text}&signature=${signatureOf(key, text)}&key_id=${key.keyId}`;
}

export function sendAdmob(query: string, headers: Record<string, string> = {}): Promise<Response> {
  return edgeFetch(`/v1/ad-callbacks/admob?${query}`, { headers });
}

/** Standard Webhooks, as any network of the operator's own would sign. */
export function sendSignedAd(
  network: string,
  secret: string,
  body: unknown,
  { atMs = Date.now(), text = JSON.stringify(body) }: { atMs?: number; text?: string } = {},
): Promise<Response> {
  const id = `msg_${randomUUID()}`;
  const timestamp = String(Math.floor(atMs / 1_000));
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
  const mac = createHmac('sha256', key)
    .update(`${id}.${timestamp}.${JSON.stringify(body)}`)
    .digest('base64');
  const headers = {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${mac}`,
  };
  return edgeFetch(`/v1/ad-callbacks/${network}`, { method: 'POST', headers, body: text });
}
