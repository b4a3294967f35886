import { createMiddleware } from 'hono/factory';
import { sha256Base64url } from '#shared/encoding.ts';
import { ProblemError } from '#shared/http/problem.ts';
import type { ApiContext, ApiVariables } from './context.ts';

/** What a resource says of itself now, and the version of the row that a write would change. */
export interface Representation {
  readonly version: number;
  readonly body: object;
}

/**
 * A strong validator: the row's version, and a digest of the very bytes, because some of what is shown (the state of an
 * episode) follows from other rows. @see RFC 9110 8.8.3
 */
async function entityTag({ version, body }: Representation): Promise<string> {
  return `"${version}-${(await sha256Base64url(JSON.stringify(body))).slice(0, 22)}"`;
}

/** An object of the bucket, which no write of ours has a version of: R2's own tag is one. */
export function taggedObject(c: ApiContext, object: R2ObjectBody, contentType: string): Response {
  const headers = { ETag: object.httpEtag, 'Cache-Control': REVALIDATE };
  if (isKnown(c, object.httpEtag)) return c.body(null, 304, headers);
  return c.body(object.body, 200, { ...headers, 'Content-Type': contentType });
}

/** The answer with its ETag; 304 where the If-None-Match of a GET or a HEAD has it. */
export async function tagged(
  c: ApiContext,
  current: Representation,
  status: 200 | 201 = 200,
  headers: Record<string, string> = {},
): Promise<Response> {
  const tag = await entityTag(current);
  const validators = { ETag: tag, 'Cache-Control': REVALIDATE };
  if (isKnown(c, tag)) return c.body(null, 304, validators);
  return c.json(current.body, status, { ...headers, ...validators });
}

function isKnown(c: ApiContext, tag: string): boolean {
  const known = READS.has(c.req.method) ? c.req.header('If-None-Match') : undefined;
  if (known === undefined) return false;
  return known.trim() === '*' || tagsOf(known).some((each) => each.replace(/^W\//, '') === tag);
}

/** An ETag for what a backend reads that has no version of its own, a list for one: a digest of its bytes. */
export const digested = createMiddleware<{ Bindings: ApiEnv; Variables: ApiVariables }>(async (c, next) => {
  await next();
  const isRead = READS.has(c.req.method) && c.res.status === 200 && c.var.apiKeyId !== null;
  if (!isRead || c.res.headers.has('ETag') || isReadOnce(c.req.path)) return;
  const body = await c.res.text();
  const tag = `"${(await sha256Base64url(body)).slice(0, 22)}"`;
  const headers = { 'Content-Type': 'application/json', ETag: tag, 'Cache-Control': REVALIDATE };
  c.res = isKnown(c, tag) ? c.body(null, 304, headers) : c.body(body, 200, headers);
});

/** An export: once in a viewer's life, and as long as that. The console's session: once a page, and it is nobody else's. */
function isReadOnce(path: string): boolean {
  return path.endsWith('/export') || path === '/v1/console/session';
}

const READS: ReadonlySet<string> = new Set(['GET', 'HEAD']);

/**
 * It may be kept and is asked for each time. `no-transform`: Cloudflare makes the ETag of an answer that it compresses a
 * weak one, and no weak one satisfies If-Match.
 */
const REVALIDATE = 'private, no-cache, no-transform';

/**
 * The version that the write must find, or null where the caller does not mind; throws 412 where the caller has seen
 * something else. Between this look and the write another may come: so the version goes into the write's own WHERE.
 *
 * @see RFC 9110 13.1.1
 */
export async function matchedVersion(c: ApiContext, current: Representation): Promise<number | null> {
  const wanted = c.req.header('If-Match');
  if (wanted === undefined || wanted.trim() === '*') return null;
  if (!tagsOf(wanted).includes(await entityTag(current))) throw preconditionFailed();
  return current.version;
}

/** As matchedVersion, for a PUT that may also be the first: where nothing is, no If-Match holds. */
export async function matchedOrAbsent(c: ApiContext, current: Representation | null): Promise<number | null> {
  if (current !== null) return matchedVersion(c, current);
  if (c.req.header('If-Match') !== undefined) throw preconditionFailed();
  return null;
}

/** Ours have no comma in them. A weak one keeps its `W/`, so that it equals no strong one. */
function tagsOf(header: string): string[] {
  return header.split(',').map((tag) => tag.trim());
}

export function preconditionFailed(): ProblemError {
  const detail = 'If-Match names another version. GET it again, look at what has changed, and send that ETag.';
  return new ProblemError({ code: 'precondition-failed', detail });
}
