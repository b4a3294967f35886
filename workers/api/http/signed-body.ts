import { Webhook } from 'standardwebhooks';
import { ProblemError } from '#shared/http/problem.ts';
import { parseJson, readText } from './body.ts';
import type { ApiContext } from './context.ts';

/**
 * The body, once its signature held under one of the secrets. Bytes first: what is signed is the text as it came.
 *
 * @see https://www.standardwebhooks.com
 */
export async function readSignedJson(
  c: ApiContext,
  secrets: readonly string[],
  detail: string,
  maxBytes?: number,
): Promise<unknown> {
  const text = await readText(c.req.raw, maxBytes);
  const headers = {
    'webhook-id': c.req.header('webhook-id') ?? '',
    'webhook-timestamp': c.req.header('webhook-timestamp') ?? '',
    'webhook-signature': c.req.header('webhook-signature') ?? '',
  };
  // standardwebhooks reads the timestamp with parseInt; only a plain number is one (security.md 1.2).
  const isFormed =
    /^[0-9]{10}$/.test(headers['webhook-timestamp']) && /^[A-Za-z0-9_-]{1,100}$/.test(headers['webhook-id']);
  if (!isFormed || !secrets.some((secret) => holds(secret, text, headers)))
    throw new ProblemError({ code: 'signature-invalid', detail });
  return parseJson(text);
}

function holds(secret: string, text: string, headers: Record<string, string>): boolean {
  try {
    new Webhook(secret).verify(text, headers, { jsonParse: false });
    return true;
  } catch {
    return false;
  }
}
