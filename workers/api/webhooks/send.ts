import { Webhook } from 'standardwebhooks';
import { checkPublicUrl, type UrlRules } from '#core/net/public-url.ts';
import { reasonOf } from '#shared/log.ts';
import { WEBHOOK_TIMEOUT_MS } from '../limits.ts';

export interface SignedMessage {
  /** The `webhook-id`: the same for every try and every replay. */
  readonly id: string;
  readonly payload: string;
  /** One, or two while a rotation overlaps. */
  readonly secrets: readonly string[];
}

/** How one try ended; `failure` is null where the receiver took it. */
export interface Attempt {
  readonly status: number | null;
  readonly failure: 'timeout' | 'connection' | 'redirect' | 'status' | 'url' | null;
}

/** One try, as Standard Webhooks prescribes: 2xx is success and nothing else; a redirect is not followed. */
export async function sendWebhook(target: string, message: SignedMessage, rules: UrlRules): Promise<Attempt> {
  // Checked when it was stored, and again: the rules may have become stricter since.
  const url = checkPublicUrl(target, rules);
  if (!url.ok) return { status: null, failure: 'url' };
  const at = new Date();
  const signatures = message.secrets.map((secret) => new Webhook(secret).sign(message.id, at, message.payload));
  try {
    const answer = await fetch(url.value, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        'User-Agent': 'Cliffhanger-Webhooks/1',
        'webhook-id': message.id,
        'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
        'webhook-signature': signatures.join(' '),
      },
      body: message.payload,
      redirect: 'manual',
      signal: AbortSignal.timeout(WEBHOOK_TIMEOUT_MS),
    });
    // What it says beside its status is of no use, and may be without end.
    await answer.body?.cancel();
    return { status: answer.status, failure: failureOf(answer.status) };
  } catch (thrown) {
    return { status: null, failure: /timeout|abort/i.test(reasonOf(thrown)) ? 'timeout' : 'connection' };
  }
}

function failureOf(status: number): Attempt['failure'] {
  if (status >= 200 && status < 300) return null;
  return status >= 300 && status < 400 ? 'redirect' : 'status';
}
