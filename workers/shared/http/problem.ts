import type { PROBLEMS, Problem, ProblemCode } from '#core/problem/codes.ts';
import { EDGE_PROBLEMS } from '#core/problem/edge-problems.ts';

/** Where a code's page is read, on the deployment itself: built from docs/errors/. */
const ERROR_PAGES = '/errors/';

/** Codes of answers of this isolate, so that a log need not read a body. */
const codes = new WeakMap<Response, Problem['code']>();

/** null for an answer that is no problem, or that another Worker made. */
export function problemCodeOf(response: Response): Problem['code'] | null {
  return codes.get(response) ?? null;
}

type Titles = Readonly<Partial<Record<ProblemCode, { readonly status: number; readonly title: string }>>>;
let titles: Titles = EDGE_PROBLEMS;

/** Of the other Workers, which answer with every code; the playback Worker's bundle holds only its own. */
export function answerEveryProblem(all: typeof PROBLEMS): void {
  titles = all;
}

/** RFC 9457. Never cached: what is refused now may be allowed in a second. */
export function problemResponse(problem: Problem, headers?: HeadersInit): Response {
  const { status, title } = titles[problem.code] ?? EDGE_PROBLEMS['internal-error'];
  const body = {
    type: `${ERROR_PAGES}${problem.code}`,
    title,
    status,
    code: problem.code,
    ...(problem.detail === undefined ? {} : { detail: problem.detail }),
    ...problem.members,
  };
  const response = new Response(JSON.stringify(body), { status, headers: headers ?? {} });
  codes.set(response, problem.code);
  response.headers.set('Content-Type', 'application/problem+json');
  response.headers.set('Cache-Control', 'no-store');
  const challenge = CHALLENGES[problem.code] ?? (status === 401 ? 'Bearer error="invalid_token"' : null);
  if (challenge !== null) response.headers.set('WWW-Authenticate', challenge);
  if (problem.retryAfterSeconds !== undefined) response.headers.set('Retry-After', String(problem.retryAfterSeconds));
  return response;
}

/** A request that brought nothing is told the scheme only. @see RFC 6750 3.1 */
const CHALLENGES: { readonly [code in Problem['code']]?: string } = {
  'token-missing': 'Bearer',
  'api-key-missing': 'Bearer',
  'insufficient-scope': 'Bearer error="insufficient_scope"',
  'signature-invalid': 'StandardWebhooks',
};

/** Carries a problem out of a place that cannot return one, e.g. a validator inside a route. */
export class ProblemError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.code);
    this.name = 'ProblemError';
    this.problem = problem;
  }
}
