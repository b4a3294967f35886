import { PROBLEMS, type Problem } from '#core/problem/codes.ts';

/** Where a code's page is read, on the deployment itself: built from docs/errors/. */
const ERROR_PAGES = '/errors/';

/** RFC 9457. Never cached: what is refused now may be allowed in a second. */
export function problemResponse(problem: Problem, headers?: HeadersInit): Response {
  const { status, title } = PROBLEMS[problem.code];
  const body = {
    type: `${ERROR_PAGES}${problem.code}`,
    title,
    status,
    code: problem.code,
    ...(problem.detail === undefined ? {} : { detail: problem.detail }),
    ...problem.members,
  };
  const response = new Response(JSON.stringify(body), { status, headers: headers ?? {} });
  response.headers.set('Content-Type', 'application/problem+json');
  response.headers.set('Cache-Control', 'no-store');
  if (status === 401) response.headers.set('WWW-Authenticate', challenge(problem.code));
  if (problem.retryAfterSeconds !== undefined) response.headers.set('Retry-After', String(problem.retryAfterSeconds));
  return response;
}

/** @see RFC 6750 3.1 */
function challenge(code: Problem['code']): string {
  return code === 'token-missing' ? 'Bearer' : 'Bearer error="invalid_token"';
}

/** Carries a problem out of a place that cannot return one, e.g. a validator inside a route. */
export class ProblemError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.code);
    this.name = 'ProblemError';
    this.problem = problem;
  }
}
