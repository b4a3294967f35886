import { Hono } from 'hono';
import { z } from 'zod';
import { AD_NETWORK_PATTERN, TRANSACTION_ID_PATTERN } from '#core/ads/limits.ts';
import { problemResponse } from '#shared/http/problem.ts';
import { log } from '#shared/log.ts';
import type { AdViewReply } from '#shared/viewer/free-ways-rpc.ts';
import type { Merged } from '#shared/viewer/rpc.ts';
import { openCustomData } from '../ads/custom-data.ts';
import { verifyAdmob, type AdmobRefusal } from '../ads/verify-admob.ts';
import { askOwner, ErasedError } from '../follow-merges.ts';
import { validate } from '../http/body.ts';
import type { ApiContext, ApiVariables } from '../http/context.ts';
import { readSignedJson } from '../http/signed-body.ts';

/**
 * What ad networks say of ads that were watched. A network tries again what was not answered with 2xx, so whatever it
 * truly said is answered 200, counted or not; only what it did not say is refused.
 */
export const adCallbackRoutes = new Hono<{ Bindings: ApiEnv; Variables: ApiVariables }>();

const ADMOB = 'admob';

adCallbackRoutes.get('/admob', async (c) => {
  const { url } = c.req.raw;
  const at = url.indexOf('?');
  const callback = await verifyAdmob(c.env, at < 0 ? '' : url.slice(at + 1), c.var.nowMs);
  if (!callback.ok) return refuse(ADMOB, callback.error);
  const { customData, transactionId } = callback.value;
  if (customData === null) return answer(c, ADMOB, { outcome: 'ignored', reason: 'no-custom-data' });
  return count(c, { network: ADMOB, customData, transactionId });
});

export const callbackInput = z.object({
  customData: z.string().max(1_000),
  transactionId: z.string().regex(TRANSACTION_ID_PATTERN, '1 to 200 visible characters'),
});

adCallbackRoutes.post('/:network', async (c) => {
  const network = c.req.param('network');
  const detail = 'Sign the body as Standard Webhooks prescribes, with the secret that AD_CALLBACK_SECRETS has for you.';
  const body = validate(callbackInput, await readSignedJson(c, secretsOf(c.env, network), detail));
  return count(c, { network, ...body });
});

/** A secret, or two while one is replaced, by network; set with `wrangler secret put`, so no toml names it. */
const secretsByNetwork = z.record(z.string().regex(AD_NETWORK_PATTERN), z.union([z.string(), z.array(z.string())]));

interface OptionalSecrets {
  readonly AD_CALLBACK_SECRETS?: string;
}

function secretsOf(env: ApiEnv & OptionalSecrets, network: string): readonly string[] {
  // AdMob signs in its own way; a second way in under its name would not know of its ad units.
  if (network === ADMOB || !AD_NETWORK_PATTERN.test(network)) return [];
  const secrets = new Map(Object.entries(parseSecrets(env.AD_CALLBACK_SECRETS || '{}')));
  return [secrets.get(network) ?? []].flat();
}

/** The parser's own complaint would quote the secrets in the log. */
function parseSecrets(text: string): z.infer<typeof secretsByNetwork> {
  try {
    return secretsByNetwork.parse(JSON.parse(text));
  } catch {
    throw new Error('AD_CALLBACK_SECRETS is not JSON of the form {"network":"whsec_..."}');
  }
}

interface VouchedAd {
  readonly network: string;
  readonly customData: string;
  readonly transactionId: string;
}

async function count(c: ApiContext, { network, customData, transactionId }: VouchedAd): Promise<Response> {
  const reference = await openCustomData(c.env.MASTER_SECRET, customData);
  if (reference === null) return refuse(network, 'custom-data');
  const { viewerId, intentId } = reference;
  const { nowMs } = c.var;
  const view = { intentId, network, transactionId, nowMs };
  const counted = askOwner(c.env, viewerId, (viewer) => viewer.countAd(view)).catch((thrown: unknown) => {
    // True, and of no use to anybody: the network must not come again.
    if (thrown instanceof ErasedError) return { reply: { outcome: 'ignored', reason: 'viewer-erased' } as const };
    throw thrown;
  });
  return answer(c, network, (await counted).reply);
}

type CallbackAnswer =
  | Exclude<AdViewReply, Merged>
  | { readonly outcome: 'ignored'; readonly reason: 'no-custom-data' | 'viewer-erased' };

function answer(c: ApiContext, network: string, reply: CallbackAnswer): Response {
  log('info', 'ad_callback', { network, outcome: reply.outcome, reason: 'reason' in reply ? reply.reason : null });
  return c.json(reply, 200, { 'Cache-Control': 'no-store' });
}

function refuse(network: string, reason: AdmobRefusal | 'custom-data'): Response {
  log('warn', 'ad_callback_refused', { network, reason });
  return problemResponse({ code: 'ad-callback-invalid', members: { reason } });
}
