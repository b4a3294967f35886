/** An App Store of our own: what Apple sends, signed under a root of ours. */
import { randomUUID, sign, type KeyObject } from 'node:crypto';
import { edgeFetch } from '../../support/edge.ts';
import { makeCertificate, sha256Hex, type Authority } from './certificates.ts';

export const LEAF_OID = '1.2.840.113635.100.6.11.1';
export const INTERMEDIATE_OID = '1.2.840.113635.100.6.2.1';
export const BUNDLE_ID = 'com.example.drama';
export const APP_APPLE_ID = 1_234_567_890;

export interface Signer {
  readonly x5c: readonly string[];
  readonly privateKey: KeyObject;
}

export const root: Authority = makeCertificate({ name: 'Our Root', isCa: true });
export const intermediate: Authority = makeCertificate({
  name: 'Our Intermediate',
  isCa: true,
  oids: [INTERMEDIATE_OID],
  issuer: root,
});
export const leaf: Authority = makeCertificate({
  name: 'Our Signer',
  curve: 'P-256',
  oids: [LEAF_OID],
  issuer: intermediate,
});
export const ROOT_SHA256: string = sha256Hex(root.der);

export function signerOf(...chain: readonly Authority[]): Signer {
  const [first] = chain;
  if (first === undefined) throw new Error('a chain has a signer');
  return { x5c: chain.map(({ der }) => der.toString('base64')), privateKey: first.privateKey };
}

export const apple: Signer = signerOf(leaf, intermediate, root);

export function signJws(payload: object, signer: Signer = apple, header: object = {}): string {
  const protectedHeader = encode({ alg: 'ES256', x5c: signer.x5c, ...header });
  const input = `${protectedHeader}.${encode(payload)}`;
  const signature = sign('sha256', Buffer.from(input), { key: signer.privateKey, dsaEncoding: 'ieee-p1363' });
  return `${input}.${signature.toString('base64url')}`;
}

export function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}

export interface TransactionFields {
  readonly transactionId: string;
  readonly productId: string;
  readonly [field: string]: unknown;
}

export function transaction(
  fields: Readonly<Record<string, unknown>> & { readonly productId: string },
): TransactionFields {
  const transactionId = `2000${randomUUID().replaceAll(/\D/g, '').slice(0, 12).padEnd(12, '0')}`;
  return {
    originalTransactionId: fields['transactionId'] ?? transactionId,
    transactionId,
    bundleId: BUNDLE_ID,
    environment: 'Production',
    type: 'Consumable',
    quantity: 1,
    inAppOwnershipType: 'PURCHASED',
    purchaseDate: Date.now() - 1_000,
    signedDate: Date.now(),
    ...fields,
  };
}

export interface NotificationParts {
  readonly transaction?: TransactionFields;
  readonly renewal?: object;
  readonly payload?: Readonly<Record<string, unknown>>;
  readonly data?: Readonly<Record<string, unknown>>;
}

export function notification(notificationType: string, parts: NotificationParts = {}): Record<string, unknown> {
  const { transaction: bought, renewal } = parts;
  return {
    notificationType,
    notificationUUID: randomUUID(),
    version: '2.0',
    signedDate: Date.now(),
    data: {
      appAppleId: APP_APPLE_ID,
      bundleId: BUNDLE_ID,
      environment: 'Production',
      ...(bought === undefined ? {} : { signedTransactionInfo: signJws(bought) }),
      ...(renewal === undefined ? {} : { signedRenewalInfo: signJws(renewal) }),
      ...parts.data,
    },
    ...parts.payload,
  };
}

export function deliver(signedPayload: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
  return edgeFetch('/v1/store-notifications/app-store', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ signedPayload }),
  });
}

/** The whole way of a notification, as Apple would send it. */
export function notify(
  notificationType: string,
  bought: TransactionFields,
  parts: NotificationParts = {},
): Promise<Response> {
  return deliver(signJws(notification(notificationType, { transaction: bought, ...parts })));
}
