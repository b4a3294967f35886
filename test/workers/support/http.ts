import { expect } from 'vitest';
import { PROBLEMS, type ProblemCode } from '#core/problem/codes.ts';

/** The JSON of an answer that must be there; a failure shows what came instead. */
export async function jsonOf<T>(response: Response, status = 200): Promise<T> {
  const text = await response.text();
  expect({ status: response.status, body: response.status === status ? '' : text }).toEqual({ status, body: '' });
  return JSON.parse(text) as T;
}

export interface ProblemBody {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail?: string;
  readonly [member: string]: unknown;
}

/** Every refusal has the same form. @see RFC 9457, security.md API-4 */
export async function expectProblem(response: Response, code: ProblemCode): Promise<ProblemBody> {
  const text = await response.text();
  const answer = {
    status: response.status,
    type: response.headers.get('content-type'),
    body: text.includes(`"${code}"`) ? code : text,
  };
  expect(answer).toEqual({ status: PROBLEMS[code].status, type: 'application/problem+json', body: code });
  expect(response.headers.get('cache-control')).toBe('no-store');
  const body = JSON.parse(text) as ProblemBody;
  expect(body).toMatchObject({ type: `/errors/${code}`, title: PROBLEMS[code].title, status: response.status, code });
  return body;
}

/** For answers of which only the status matters: the body is read, so that the connection goes back to its pool. */
export async function statusOf(response: Response): Promise<number> {
  await response.arrayBuffer();
  return response.status;
}
