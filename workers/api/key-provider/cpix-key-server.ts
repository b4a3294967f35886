import { type AnsweredKey, readKeyAnswer } from '#core/cpix/answer.ts';
import { type KeyRequest, serializeKeyRequest, SPEKE_VERSION } from '#core/cpix/request.ts';
import type { TranscodeFailure } from '#core/ingest/transcoder-protocol.ts';
import { err, ok, type Result } from '#core/result.ts';
import { KEY_ID_BYTES } from '#core/token/content-key.ts';
import { fromBase64, randomBytes, toBase64url } from '#shared/encoding.ts';
import { readBounded } from '#shared/http/read-bounded.ts';
import { log, reasonOf } from '#shared/log.ts';
import { KEY_SERVER_TIMEOUT_MS, MAX_CPIX_ANSWER_BYTES } from '../limits.ts';
import type { ProvidedKey } from './key-provider.ts';
import { parseXml } from './parse-xml.ts';
import type { KeyServerSettings } from './settings.ts';

/**
 * Asks a key server for the key of one version, as SPEKE v2 has it: one POST of a CPIX document, which comes back filled in.
 * The key id is ours and random, so that no two versions share a key, whatever the server derives it from.
 *
 * @see https://docs.aws.amazon.com/speke/latest/documentation/the-speke-api-v2.html
 */
export async function askKeyServer(
  settings: KeyServerSettings,
  episodeId: string,
): Promise<Result<ProvidedKey, TranscodeFailure>> {
  const keyId = randomBytes(KEY_ID_BYTES);
  const asked: KeyRequest = {
    contentId: episodeId,
    keyId: toBase64url(keyId),
    scheme: 'cbcs',
    systems: settings.systems,
  };
  const answer = await exchange(settings, asked);
  if (!answer.ok) {
    log('warn', 'key_server_failed', { code: answer.error.code, detail: answer.error.detail });
    return answer;
  }
  return ok({ keyId, key: fromBase64(answer.value.key), signalling: answer.value.signalling });
}

async function exchange(
  { url, headers }: KeyServerSettings,
  asked: KeyRequest,
): Promise<Result<AnsweredKey, TranscodeFailure>> {
  let bytes: Uint8Array | null;
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        ...headers,
        Accept: 'application/xml',
        'Content-Type': 'application/xml',
        'X-Speke-Version': SPEKE_VERSION,
      },
      body: serializeKeyRequest(asked),
      // Where a redirect leads was not checked, and would be told who we are.
      redirect: 'manual',
      // Holds for the body too, so that one that trickles is given up.
      signal: AbortSignal.timeout(KEY_SERVER_TIMEOUT_MS),
    });
    const refusal = refuseAnswer(response);
    if (refusal !== null) {
      await response.body?.cancel();
      return err(refusal);
    }
    bytes = await readBounded(response, MAX_CPIX_ANSWER_BYTES);
  } catch (thrown) {
    const isLate = thrown instanceof Error && thrown.name === 'TimeoutError';
    const why = isLate
      ? `did not answer in ${KEY_SERVER_TIMEOUT_MS / 1_000} s`
      : `could not be reached (${reasonOf(thrown)})`;
    return err(unavailable(why));
  }
  if (bytes === null) return err(invalid(`it is longer than ${MAX_CPIX_ANSWER_BYTES} bytes`));
  const text = decode(bytes);
  if (text === null) return err(invalid('it is not UTF-8'));
  const document = parseXml(text);
  if (!document.ok) return err(invalid(document.error));
  const key = readKeyAnswer(document.value, asked);
  return key.ok ? key : err(invalid(key.error));
}

/** Its own words are not passed on: they are a stranger's, and might quote what we sent. */
function refuseAnswer({ status, headers }: Response): TranscodeFailure | null {
  if (status >= 500 || status === 408 || status === 429) return unavailable(`answered ${status}`);
  if (status >= 300 && status < 400) return refused(`answered ${status}: redirects are not followed`);
  if (status !== 200) return refused(`answered ${status}`);
  const type = headers.get('Content-Type') ?? '';
  if (!/^(?:application|text)\/xml\s*(;|$)/i.test(type))
    return invalid(`its content type is "${type.slice(0, 64)}" and not application/xml`);
  const version = headers.get('X-Speke-Version') ?? '';
  if (version !== SPEKE_VERSION)
    return invalid(`its X-Speke-Version is "${version.slice(0, 16)}" and not ${SPEKE_VERSION}`);
  return null;
}

function decode(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch {
    return null;
  }
}

/** Passes by itself, with luck. */
function unavailable(why: string): TranscodeFailure {
  return { code: 'key-server-unavailable', detail: `The key server ${why}.`, retryable: true };
}

function refused(why: string): TranscodeFailure {
  const detail = `The key server ${why}. Check KEY_SERVER_URL and KEY_SERVER_HEADERS, then upload again.`;
  return { code: 'key-server-refused', detail, retryable: false };
}

function invalid(why: string): TranscodeFailure {
  const detail = `The key server's answer is not taken: ${why}. Nothing was encrypted; ask its operator.`;
  return { code: 'key-server-answer-invalid', detail, retryable: false };
}
