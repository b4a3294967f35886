import { ID_PATTERN } from '#core/id.ts';
import { ProblemError } from '#shared/http/problem.ts';
import { DEFAULT_PAGE, MAX_PAGE } from '../limits.ts';
import type { ApiContext } from './context.ts';

export interface Page {
  readonly cursor: string | null;
  readonly limit: number;
}

export function readPage(c: ApiContext): Page {
  const limit = c.req.query('limit') ?? String(DEFAULT_PAGE);
  if (!/^[0-9]{1,3}$/.test(limit) || Number(limit) < 1 || Number(limit) > MAX_PAGE) {
    throw new ProblemError({ code: 'invalid-request', detail: `limit must be a whole number from 1 to ${MAX_PAGE}.` });
  }
  return { cursor: c.req.query('cursor') ?? null, limit: Number(limit) };
}

/** Cursors of lists that are ordered by a number. */
export function readSeqCursor(cursor: string | null): number | null {
  if (cursor === null) return null;
  if (!/^[0-9]{1,15}$/.test(cursor))
    throw new ProblemError({ code: 'invalid-request', detail: 'Use the nextCursor of the page before as cursor.' });
  return Number(cursor);
}

/** Cursors of lists that are ordered by id. */
export function readIdCursor(cursor: string | null): string | null {
  if (cursor === null || ID_PATTERN.test(cursor)) return cursor;
  throw new ProblemError({ code: 'invalid-request', detail: 'Use the nextCursor of the page before as cursor.' });
}
