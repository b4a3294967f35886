import { createMiddleware } from 'hono/factory';
import { IDEMPOTENCY_KEY_PATTERN } from '#core/ledger/limits.ts';
import type { Problem } from '#core/problem/codes.ts';
import { randomBytes, sha256Base64url, toBase64url } from '#shared/encoding.ts';
import { problemResponse } from '#shared/http/problem.ts';
import { log, reasonOf } from '#shared/log.ts';
import { claimRequest, forgetRequest, storeAnswer, type EarlierRequest } from '../db/idempotent-requests.ts';
import { readText } from './body.ts';
import { IDEMPOTENT_REPLAYED, type ApiContext, type ApiVariables } from './context.ts';
import { routeOf } from './route-of.ts';

/** What of an answer's headers is worth repeating. */
const KEPT_HEADERS = ['Location', 'ETag'] as const;

/**
 * Lets a backend repeat a POST whose answer it lost: under the same Idempotency-Key the first answer comes again and
 * nothing is done twice. Optional here; calls that move coins demand a key and remember it in the viewer's own ledger.
 * Only what succeeded is remembered: after a refusal the same key may be tried again with the same or a mended body.
 *
 * @see draft-ietf-httpapi-idempotency-key-header-07, 2.6 and 2.7
 */
export function idempotent({ showsSecret = false }: { showsSecret?: boolean } = {}) {
  return createMiddleware<{ Bindings: ApiEnv; Variables: ApiVariables }>(async (c, next) => {
    const idempotencyKey = c.req.header('Idempotency-Key');
    const route = routeOf(c);
    const { apiKeyId } = c.var;
    if (c.req.method !== 'POST' || idempotencyKey === undefined || route === null || apiKeyId === null) return next();
    if (!IDEMPOTENCY_KEY_PATTERN.test(idempotencyKey))
      return problemResponse({ code: 'invalid-request', detail: 'Idempotency-Key: 1 to 128 visible characters.' });
    const claim = toBase64url(randomBytes(12));
    const requestSha256 = await fingerprint(c);
    const request = { apiKeyId, route, idempotencyKey, requestSha256, claim, createdAt: c.var.nowMs };
    const earlier = await claimRequest(c.var.db, request);
    if (earlier !== null) return answerAsBefore(earlier, requestSha256);
    await next();
    await settle(c, request, showsSecret);
  });
}

/** Of all that decides what is done: the path has the parent's id, the query whether it is a rehearsal, the body the rest. */
async function fingerprint(c: ApiContext): Promise<string> {
  // The route reads the body itself.
  const { pathname, search } = new URL(c.req.url);
  return sha256Base64url(`${pathname}${search}\n${await readText(c.req.raw.clone())}`);
}

function answerAsBefore(earlier: EarlierRequest, requestSha256: string): Response {
  if (earlier.requestSha256 !== requestSha256) return problemResponse(REUSED);
  if (earlier.status === null) return problemResponse(IN_FLIGHT);
  if (earlier.body === null) {
    const location = earlier.headers?.['Location'];
    const detail = 'What the first request made is there; its secret was shown then and is not kept. Rotate it.';
    return problemResponse({ code: 'secret-shown-once', detail, members: location ? { location } : {} });
  }
  const headers = { 'Content-Type': 'application/json', ...earlier.headers, ...IDEMPOTENT_REPLAYED };
  return new Response(earlier.body, { status: earlier.status, headers });
}

const REUSED: Problem = {
  code: 'idempotency-key-reused',
  detail: 'The key belongs to another request of this kind. Nothing was done.',
};

const IN_FLIGHT: Problem = {
  code: 'idempotency-key-in-flight',
  detail: 'The first request has not been answered yet. Ask again shortly, with the same key.',
  retryAfterSeconds: 1,
};

interface ClaimedRequest {
  readonly apiKeyId: string;
  readonly route: string;
  readonly idempotencyKey: string;
  readonly claim: string;
}

/** The answer stands whatever happens here: it was given to work that is done. */
async function settle(c: ApiContext, request: ClaimedRequest, showsSecret: boolean): Promise<void> {
  try {
    if (!c.res.ok) return await forgetRequest(c.var.db, request);
    const headers = Object.fromEntries(
      KEPT_HEADERS.flatMap((name) => {
        const value = c.res.headers.get(name);
        return value === null ? [] : [[name, value]];
      }),
    );
    const body = showsSecret ? null : await c.res.clone().text();
    await storeAnswer(c.var.db, request, { status: c.res.status, headers, body });
  } catch (thrown) {
    log('error', 'answer_not_remembered', { route: request.route, reason: reasonOf(thrown) });
  }
}
