import { Hono } from 'hono';
import { z } from 'zod';
import { ProblemError } from '#shared/http/problem.ts';
import { bearerToken } from '#shared/http/viewer-auth.ts';
import { log } from '#shared/log.ts';
import { recordPurchase } from '../db/store-purchases.ts';
import { markApplied, wasApplied } from '../db/stores.ts';
import { readJson } from '../http/body.ts';
import type { ApiVariables } from '../http/context.ts';
import { readNotification } from '../stores/app-store/receive.ts';
import { followPurchase } from '../stores/follow-purchase.ts';
import { verifyPushToken } from '../stores/google-play/push-token.ts';
import { applyDeveloperNotification, pushEnvelope, readDeveloperNotification } from '../stores/google-play/receive.ts';
import { googlePlaySettings } from '../stores/settings.ts';

/**
 * What stores tell by themselves. A message is applied first and marked then, both any number of times: one that fails
 * in between is applied again when it comes again. Stores send again what was answered with 5xx, so that is what every
 * passing trouble is answered with.
 */
export const storeNotificationRoutes = new Hono<{ Bindings: ApiEnv; Variables: ApiVariables }>();

export const appStoreInput = z.looseObject({ signedPayload: z.string().min(1) });

storeNotificationRoutes.post('/app-store', async (c) => {
  const { db, nowMs } = c.var;
  const { signedPayload } = await readJson(c.req.raw, appStoreInput);
  const { id, purchase } = await readNotification(c.env, signedPayload, nowMs);
  if (await wasApplied(db, id)) return c.json({ received: true });
  if (purchase !== null) {
    await recordPurchase(db, purchase, nowMs);
    await followPurchase(c.env, db, purchase.reference, nowMs);
  }
  await markApplied(db, id, nowMs);
  return c.json({ received: true });
});

storeNotificationRoutes.post('/google-play', async (c) => {
  const { db, nowMs } = c.var;
  const settings = googlePlaySettings(c.env);
  const pushed = await verifyPushToken(settings, bearerToken(c.req.raw), nowMs);
  if (!pushed.ok)
    throw new ProblemError({ code: 'store-signature-invalid', detail: `Google did not push this: ${pushed.error}.` });
  const { message } = await readJson(c.req.raw, pushEnvelope);
  const id = `google-play:${message.messageId}`;
  if (await wasApplied(db, id)) return c.json({ received: true });
  const notification = readDeveloperNotification(message.data);
  if (notification === null || notification.packageName !== settings.packageName) {
    // Sent again it would be the same, for days.
    log('warn', 'store_message_ignored', { reason: notification === null ? 'not readable' : 'another app' });
  } else await applyDeveloperNotification({ env: c.env, db, settings, nowMs }, notification);
  await markApplied(db, id, nowMs);
  return c.json({ received: true });
});
