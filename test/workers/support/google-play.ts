/** A Google of our own: its keys, its token endpoint, its Android Publisher API, and what Pub/Sub pushes. */
import { generateKeyPairSync, randomUUID, type KeyObject } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SignJWT } from 'jose';
import { edgeFetch } from '../../support/edge.ts';

export const PACKAGE_NAME = 'com.example.drama';
export const AUDIENCE = 'https://edge.example.com/v1/store-notifications/google-play';
export const PUSH_EMAIL = 'push@example-project.iam.gserviceaccount.com';
const API_EMAIL = 'play@example-project.iam.gserviceaccount.com';

const signing = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const account = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const KID = 'google-1';

export interface FakeGoogle {
  readonly vars: Readonly<Record<string, string>>;
  /** What the API answers of a purchase, by its token. */
  readonly purchases: Map<string, object>;
  /** Paths of the POST calls, with the token in them. */
  readonly acknowledged: string[];
  /** The status of every call of the API from now on; 200 = it is well. */
  apiStatus: number;
  /** The status of its POST calls. */
  acknowledgeStatus: number;
  /** How often its keys were asked for. */
  keysAsked: number;
  /** By token of a purchase: what an answer waits for that is made already. Taken by the first who asks. */
  readonly held: Map<string, Promise<unknown>>;
  stop(): Promise<void>;
}

export async function startFakeGoogle(): Promise<FakeGoogle> {
  const server = createServer((request, response) => answer(google, request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const google: FakeGoogle = {
    vars: {
      GOOGLE_PLAY_PACKAGE_NAME: PACKAGE_NAME,
      GOOGLE_PLAY_PUSH_AUDIENCE: AUDIENCE,
      GOOGLE_PLAY_PUSH_EMAIL: PUSH_EMAIL,
      GOOGLE_JWKS_URL: `${origin}/certs`,
      GOOGLE_TOKEN_URL: `${origin}/token`,
      GOOGLE_PLAY_API: origin,
      GOOGLE_SERVICE_ACCOUNT_KEY: JSON.stringify({
        client_email: API_EMAIL,
        private_key: account.privateKey.export({ type: 'pkcs8', format: 'pem' }),
      }),
    },
    purchases: new Map(),
    acknowledged: [],
    apiStatus: 200,
    acknowledgeStatus: 200,
    keysAsked: 0,
    held: new Map(),
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return google;
}

function answer(google: FakeGoogle, request: IncomingMessage, response: ServerResponse): void {
  const url = request.url ?? '';
  const send = (status: number, body: object): void => {
    response.writeHead(status, { 'content-type': 'application/json; charset=UTF-8' }).end(JSON.stringify(body));
  };
  if (url === '/certs') {
    google.keysAsked++;
    const jwk = signing.publicKey.export({ format: 'jwk' });
    return send(200, { keys: [{ ...jwk, kid: KID, alg: 'RS256', use: 'sig' }] });
  }
  if (url === '/token') return send(200, { access_token: ACCESS_TOKEN, expires_in: 3_599, token_type: 'Bearer' });
  if (google.apiStatus !== 200) return send(google.apiStatus, { error: { code: google.apiStatus } });
  if (request.headers.authorization !== `Bearer ${ACCESS_TOKEN}`) return send(401, {});
  if (request.method === 'POST') {
    if (google.acknowledgeStatus === 200) google.acknowledged.push(url);
    return send(google.acknowledgeStatus, {});
  }
  const prefix = `/androidpublisher/v3/applications/${PACKAGE_NAME}/purchases/`;
  const token = url.split('/tokens/')[1] ?? '';
  const purchase = google.purchases.get(token);
  if (!url.startsWith(prefix) || purchase === undefined) return send(404, {});
  const held = google.held.get(token);
  google.held.delete(token);
  if (held === undefined) return send(200, purchase);
  void held.then(() => send(200, purchase));
}

export const ACCESS_TOKEN = `ya29.${randomUUID()}`;

export interface PushTokenParts {
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly kid?: string;
  readonly key?: KeyObject;
}

/** The token that Pub/Sub sends along. */
export async function pushToken({
  claims = {},
  kid = KID,
  key = signing.privateKey,
}: PushTokenParts = {}): Promise<string> {
  const nowSeconds = Math.floor(Date.now() / 1_000);
  const payload = {
    iss: 'https://accounts.google.com',
    aud: AUDIENCE,
    email: PUSH_EMAIL,
    email_verified: true,
    sub: '123',
    iat: nowSeconds,
    exp: nowSeconds + 3_600,
    ...claims,
  };
  return new SignJWT(payload).setProtectedHeader({ alg: 'RS256', kid, typ: 'JWT' }).sign(key);
}

export async function push(
  notification: object,
  { messageId = randomUUID(), token }: { messageId?: string; token?: string | null } = {},
): Promise<Response> {
  const bearer = token === undefined ? await pushToken() : token;
  const developerNotification = { version: '1.0', packageName: PACKAGE_NAME, eventTimeMillis: '0', ...notification };
  const data = Buffer.from(JSON.stringify(developerNotification)).toString('base64');
  return edgeFetch('/v1/store-notifications/google-play', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }) },
    body: JSON.stringify({ message: { data, messageId, attributes: {} }, subscription: 'projects/p/subscriptions/s' }),
  });
}

export interface FakePurchase {
  readonly purchaseToken: string;
  readonly orderId: string;
}

/** A purchase that Google knows of. */
export function purchase(google: FakeGoogle, fields: object): FakePurchase {
  const purchaseToken = `token-${randomUUID()}`;
  const orderId = `GPA.${randomUUID()}`;
  google.purchases.set(purchaseToken, {
    kind: 'androidpublisher#productPurchase',
    purchaseTimeMillis: String(Date.now()),
    purchaseState: 0,
    consumptionState: 0,
    acknowledgementState: 0,
    orderId,
    ...fields,
  });
  return { purchaseToken, orderId };
}

export function subscription(google: FakeGoogle, productId: string, expiresAtMs: number, fields: object): FakePurchase {
  const purchaseToken = `token-${randomUUID()}`;
  const orderId = `GPA.${randomUUID()}`;
  google.purchases.set(purchaseToken, {
    kind: 'androidpublisher#subscriptionPurchaseV2',
    latestOrderId: orderId,
    startTime: new Date().toISOString(),
    subscriptionState: 'SUBSCRIPTION_STATE_ACTIVE',
    acknowledgementState: 'ACKNOWLEDGEMENT_STATE_PENDING',
    lineItems: [{ productId, expiryTime: new Date(expiresAtMs).toISOString(), latestSuccessfulOrderId: orderId }],
    ...fields,
  });
  return { purchaseToken, orderId };
}

export const bought = ({ purchaseToken }: FakePurchase, sku: string): object => ({
  oneTimeProductNotification: { version: '1.0', notificationType: 1, purchaseToken, sku },
});

export const renewed = ({ purchaseToken }: FakePurchase): object => ({
  subscriptionNotification: { version: '1.0', notificationType: 2, purchaseToken },
});

export const voided = ({ purchaseToken, orderId }: FakePurchase, refundType = 1): object => ({
  voidedPurchaseNotification: { purchaseToken, orderId, productType: 2, refundType },
});
