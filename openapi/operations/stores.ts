import { assignInput } from '../../workers/api/routes/parked-purchases.ts';
import { appStoreInput } from '../../workers/api/routes/store-notifications.ts';
import { productInput } from '../../workers/api/routes/store-products.ts';
import { pushEnvelope } from '../../workers/api/stores/google-play/receive.ts';
import { myPurchaseInput } from '../../workers/api/stores/my-purchase.ts';
import { named } from '../names.ts';
import { operations } from '../operation.ts';
import * as money from '../wire/money.ts';
import { pageQuery } from '../wire/scalars.ts';

const accountAnswers = {
  201: { description: 'Hand it to the store with each purchase.', content: money.storeAccount },
};
const receivedAnswers = { 200: { description: 'It need not be sent again.', content: money.received } };

/** Coins and passes that the App Store and Google Play sell. */
export const storeOperations = operations(
  { tag: 'Stores', auth: { scope: 'entitlements' } },
  {
    'PUT /v1/products/{store}/{productId}': {
      id: 'putProduct',
      etag: 'write',
      summary: 'Say what a store’s product gives',
      body: named('StoreProductInput', productInput),
      bodyExample: { coins: 100, bonusCoins: 10 },
      problems: ['not-found'],
      answers: {
        200: {
          description: 'The product. Purchases that waited for it are paid out.',
          content: money.product,
          headers: ['ETag'],
        },
      },
    },
    'GET /v1/products/{store}/{productId}': {
      id: 'getProduct',
      etag: 'read',
      summary: 'Read what a store’s product gives',
      problems: ['not-found'],
      answers: { 200: { description: 'The product.', content: money.product, headers: ['ETag'] } },
    },
    'DELETE /v1/products/{store}/{productId}': {
      id: 'deleteProduct',
      etag: 'write',
      summary: 'Forget a product',
      description: 'Later purchases of it are parked.',
      problems: ['not-found'],
      answers: { 204: { description: 'It is gone.' } },
    },
    'GET /v1/parked-purchases': {
      id: 'listParkedPurchases',
      summary: 'List payments of nobody we know, or of an unknown product',
      query: pageQuery,
      answers: { 200: { description: 'A page.', content: money.parkedPage } },
    },
    'POST /v1/parked-purchases/{purchase}/assign': {
      id: 'assignPurchase',
      summary: 'Say whose a parked payment is',
      body: named('AssignInput', assignInput),
      bodyExample: { viewerId: 'viewer-1' },
      problems: ['not-found', 'viewer-erased'],
      answers: { 200: { description: 'The purchase.', content: money.followedPurchase } },
    },
    'POST /v1/viewers/{viewerId}/store-account': {
      id: 'createViewerStoreAccount',
      summary: 'Name a viewer for the stores',
      answers: accountAnswers,
    },
    'POST /v1/me/store-account': {
      id: 'createMyStoreAccount',
      summary: 'Name the viewer for the stores',
      auth: 'viewer',
      answers: accountAnswers,
    },
    'POST /v1/me/purchases': {
      id: 'bringPurchase',
      summary: 'Bring a purchase right after buying',
      description: 'Verified as the store’s own message is, and never counted twice.',
      auth: 'viewer',
      body: named('MyPurchaseInput', myPurchaseInput),
      bodyExample: { store: 'google-play', productId: 'coins100', purchaseToken: 'token' },
      problems: ['purchase-not-accepted', 'store-signature-invalid', 'store-not-configured', 'conflict'],
      answers: {
        200: { description: 'What it gave is in the wallet.', content: money.myPurchase },
        202: { description: 'It is parked.', content: money.myPurchase },
      },
    },
    'POST /v1/store-notifications/app-store': {
      id: 'receiveAppStoreNotification',
      summary: 'App Store Server Notifications V2',
      auth: 'signature',
      body: named('AppStoreNotification', appStoreInput),
      problems: ['store-signature-invalid', 'store-not-configured'],
      answers: receivedAnswers,
    },
    'POST /v1/store-notifications/google-play': {
      id: 'receiveGooglePlayNotification',
      summary: 'Google Play RTDN, pushed by Pub/Sub',
      auth: 'signature',
      body: named('GooglePlayPush', pushEnvelope),
      problems: ['store-signature-invalid', 'store-not-configured'],
      answers: receivedAnswers,
    },
  },
);
