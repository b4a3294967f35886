import type { z } from 'zod';
import type { StatedPurchase } from '#core/stores/purchase.ts';
import { ProblemError } from '#shared/http/problem.ts';
import { appStoreSettings, type AppStoreSettings } from '../settings.ts';
import {
  notificationPayload,
  renewalPayload,
  statedByApple,
  transactionPayload,
  type NotificationPayload,
} from './payloads.ts';
import { verifyAppleJws } from './verify-jws.ts';

export interface AppStoreNotification {
  readonly id: string;
  /** null for what is about no payment, as a test is. */
  readonly purchase: StatedPurchase | null;
}

/** App Store Server Notifications, version 2. Throws a problem for what is not Apple's, or not about our app. */
export async function readNotification(
  env: ApiEnv,
  signedPayload: string,
  nowMs: number,
): Promise<AppStoreNotification> {
  const settings = appStoreSettings(env);
  const payload = await readSigned(settings, signedPayload, notificationPayload, nowMs);
  checkPlace(settings, payload);
  const { notificationType, notificationUUID, data } = payload;
  const id = `app-store:${notificationUUID}`;
  if (data?.signedTransactionInfo === undefined) return { id, purchase: null };
  const transaction = await readSigned(settings, data.signedTransactionInfo, transactionPayload, nowMs);
  checkApp(settings, transaction);
  const grace = await readGrace(settings, data.signedRenewalInfo, transaction.originalTransactionId, nowMs);
  return { id, purchase: statedByApple(transaction, notificationType, grace) };
}

/** A transaction as StoreKit gives it to the app. */
export async function readTransaction(env: ApiEnv, signedTransaction: string, nowMs: number): Promise<StatedPurchase> {
  const settings = appStoreSettings(env);
  const transaction = await readSigned(settings, signedTransaction, transactionPayload, nowMs);
  checkApp(settings, transaction);
  return statedByApple(transaction, null, 'unknown');
}

async function readSigned<T extends z.ZodType>(
  settings: AppStoreSettings,
  jws: string,
  schema: T,
  nowMs: number,
): Promise<z.infer<T>> {
  const verified = await verifyAppleJws(jws, settings.rootSha256, nowMs);
  if (!verified.ok)
    throw new ProblemError({ code: 'store-signature-invalid', detail: `Apple did not sign this: ${verified.error}.` });
  const parsed = schema.safeParse(verified.value);
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.map(({ path }) => path.join('.')).slice(0, 5);
  throw notAccepted(`These fields are missing or of another form: ${fields.join(', ')}.`);
}

/** The app and the environment are those of our configuration, or it is none of our business. */
function checkApp(
  settings: AppStoreSettings,
  { bundleId, environment }: { bundleId: string; environment: string },
): void {
  if (bundleId !== settings.bundleId) throw notAccepted('It is of another app.');
  if (!settings.environments.has(environment)) throw notAccepted('It is of an environment that does not count here.');
}

function checkPlace(settings: AppStoreSettings, { data, summary }: NotificationPayload): void {
  const place = data ?? summary;
  // Other notifications name no app in these terms; they are about no payment of ours.
  if (place === undefined) throw notAccepted('It is about no app.');
  checkApp(settings, place);
  if (place.environment === 'Production' && place.appAppleId !== settings.appAppleId)
    throw notAccepted('It is of another app.');
}

async function readGrace(
  settings: AppStoreSettings,
  signedRenewalInfo: string | undefined,
  originalTransactionId: string,
  nowMs: number,
): Promise<StatedPurchase['graceUntilMs']> {
  if (signedRenewalInfo === undefined) return 'unknown';
  const renewal = await readSigned(settings, signedRenewalInfo, renewalPayload, nowMs);
  if (!settings.environments.has(renewal.environment) || renewal.originalTransactionId !== originalTransactionId)
    throw notAccepted('Its renewal is of another purchase.');
  return renewal.gracePeriodExpiresDate ?? null;
}

function notAccepted(detail: string): ProblemError {
  return new ProblemError({ code: 'purchase-not-accepted', detail });
}
