import type { Problem } from '#core/problem/codes.ts';
import {
  licenseFor,
  MAX_LICENSE_REQUEST_BYTES,
  parseLicenseRequest,
  type LicenseDenial,
} from '#core/token/clear-key-license.ts';
import type { MediaPath } from '#core/token/media-pass.ts';
import { toBase64url } from '#shared/encoding.ts';
import { problemResponse } from '#shared/http/problem.ts';
import { readBounded } from '#shared/http/read-bounded.ts';
import { type ContentKey, openContentKey } from '#shared/keys/content-key.ts';

/** Neither a cache nor a disk may keep a key: it is worth the pass that it was asked with. */
const HEADERS = { 'Cache-Control': 'private, no-store', 'X-Content-Type-Options': 'nosniff' } as const;

/** The 16 bytes that METHOD=AES-128 wants, from the path alone; the pass was checked before. @see RFC 8216bis 5 */
export async function serveContentKey(
  request: Request,
  masterSecret: string,
  path: MediaPath,
  sealed: string,
): Promise<Response> {
  const opened = await openContentKey(masterSecret, { ...path, scheme: 'aes-128' }, sealed);
  if (opened === null) return problemResponse(NO_SUCH_KEY);
  const headers = { ...HEADERS, 'Content-Type': 'application/octet-stream', 'Content-Length': '16' };
  return new Response(request.method === 'HEAD' ? null : opened.key, { headers });
}

/** `POST {"kids":[…],"type":"temporary"}` → a JWK set. @see W3C EME 9.1.3, 9.1.4 */
export async function serveLicense(
  request: Request,
  masterSecret: string,
  path: MediaPath,
  sealed: string,
): Promise<Response> {
  const body = await readBounded(request, MAX_LICENSE_REQUEST_BYTES);
  if (body === null)
    return problemResponse({ code: 'body-too-large', detail: `At most ${MAX_LICENSE_REQUEST_BYTES} bytes.` });
  const asked = parseLicenseRequest(parseJson(body));
  if (!asked.ok) return problemResponse(denialToProblem(asked.error));
  const opened = await openContentKey(masterSecret, { ...path, scheme: 'cbcs' }, sealed);
  if (opened === null) return problemResponse(NO_SUCH_KEY);
  const license = licenseFor(asked.value, jwkOf(opened));
  if (!license.ok) return problemResponse(denialToProblem(license.error));
  return Response.json(license.value, { headers: HEADERS });
}

const NO_SUCH_KEY: Problem = {
  code: 'not-found',
  detail: 'This is no key of this version. Ask for the playlist again.',
};

function jwkOf({ keyId, key }: ContentKey): { kid: string; k: string } {
  return { kid: toBase64url(keyId), k: toBase64url(key) };
}

/** undefined, which is no license request, for what is not JSON. */
function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    return undefined;
  }
}

function denialToProblem(denial: LicenseDenial): Problem {
  switch (denial.reason) {
    case 'malformed':
      return { code: 'invalid-request', detail: `This is no Clear Key license request: ${denial.detail}.` };
    case 'unknown_key_ids':
      return { code: 'not-found', detail: 'This version has none of the keys that were asked for.' };
  }
}
