import { importJWK } from 'jose';
import { checkPublicUrl } from '#core/net/public-url.ts';
import { err, type Result } from '#core/result.ts';
import { readJwks, type Jwks } from '#core/token/jwks.ts';
import { JWKS_TIMEOUT_MS, MAX_JWKS_BYTES } from '#core/token/limits.ts';
import { readBounded } from '#shared/http/read-bounded.ts';
import { reasonOf } from '#shared/log.ts';

/**
 * Asks a backend for its JWK Set. The URL is checked each time, so that one that was stored under other rules is not
 * asked. What comes back is never shown, only what is wrong with it.
 */
export async function fetchJwks(url: string, allowLoopback: boolean): Promise<Result<Jwks, string>> {
  const allowed = checkPublicUrl(url, { allowLoopback });
  if (!allowed.ok) return err(`jwksUrl: ${allowed.error}`);
  try {
    return await ask(allowed.value);
  } catch (thrown) {
    const isLate = thrown instanceof Error && thrown.name === 'TimeoutError';
    return err(
      isLate ? `it did not answer in ${JWKS_TIMEOUT_MS / 1_000} s` : `it could not be reached: ${reasonOf(thrown)}`,
    );
  }
}

async function ask(url: string): Promise<Result<Jwks, string>> {
  const response = await fetch(url, {
    headers: { Accept: 'application/jwk-set+json, application/json' },
    // Where a redirect leads was not checked.
    redirect: 'manual',
    // A key that was taken out must not live on in a cache of ours.
    cache: 'no-store',
    // Holds for the body too, so that one that trickles is given up.
    signal: AbortSignal.timeout(JWKS_TIMEOUT_MS),
  });
  const refusal = refuseAnswer(response);
  if (refusal !== null) {
    await response.body?.cancel();
    return err(refusal);
  }
  const bytes = await readBounded(response, MAX_JWKS_BYTES);
  if (bytes === null) return err(`the document is longer than ${MAX_JWKS_BYTES} bytes`);
  const document = parse(bytes);
  if (document === undefined) return err('the document is not JSON');
  const jwks = readJwks(document);
  if (!jwks.ok) return jwks;
  for (const { kid, alg, members } of jwks.value.keys) {
    const isUsable = await importJWK({ ...members }, alg).then(
      () => true,
      () => false,
    );
    if (!isUsable) return err(`the key ${kid} is not a usable public key`);
  }
  return jwks;
}

function refuseAnswer({ status, headers }: Response): string | null {
  if (status >= 300 && status < 400) return `it answered ${status}: redirects are not followed`;
  if (status !== 200) return `it answered ${status}`;
  const type = headers.get('Content-Type') ?? '';
  if (!/^application\/(jwk-set\+)?json\s*(;|$)/i.test(type))
    return `its content type is "${type.slice(0, 64)}" and not application/json or application/jwk-set+json`;
  return null;
}

/** undefined when the bytes are not JSON in UTF-8. */
function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes));
  } catch {
    return undefined;
  }
}
