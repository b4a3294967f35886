import { sha256Base64url } from '#shared/encoding.ts';
import { ProblemError } from '#shared/http/problem.ts';
import type { ApiContext } from './context.ts';

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

/** The answer with its ETag; 304 where the If-None-Match of a GET or a HEAD has it. */
export async function tagged(
  c: ApiContext,
  current: Representation,
  status: 200 | 201 = 200,
  headers: Record<string, string> = {},
): Promise<Response> {
  const tag = await entityTag(current);
  const known = READS.has(c.req.method) ? c.req.header('If-None-Match') : undefined;
  if (known !== undefined && (known.trim() === '*' || tagsOf(known).some((each) => each.replace(/^W\//, '') === tag)))
    return c.body(null, 304, { ETag: tag, 'Cache-Control': REVALIDATE });
  return c.json(current.body, status, { ...headers, ETag: tag, 'Cache-Control': REVALIDATE });
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

/** Ours have no comma in them. A weak one keeps its `W/`, so that it equals no strong one. */
function tagsOf(header: string): string[] {
  return header.split(',').map((tag) => tag.trim());
}

export function preconditionFailed(): ProblemError {
  const detail = 'If-Match names another version. GET it again, look at what has changed, and send that ETag.';
  return new ProblemError({ code: 'precondition-failed', detail });
}
