import type { Problem } from './api.ts';

/** What the API refused and why. `code` is stable; the members that some codes bring are in `problem`. */
export class CliffhangerError extends Error {
  readonly code: Problem['code'] | 'not-a-problem';
  readonly status: number;
  readonly problem: Problem & Readonly<Record<string, unknown>>;
  /** `POST /v1/series` */
  readonly call: string;

  constructor(call: string, status: number, problem: Problem & Readonly<Record<string, unknown>>) {
    super(`${call}: ${problem.detail ?? problem.title} (${problem.code})`);
    this.name = 'CliffhangerError';
    this.call = call;
    this.status = status;
    this.code = problem.code;
    this.problem = problem;
  }
}

/** Something in front of the edge may answer in a form of its own; that is an error too, with its text. */
export async function errorOf(call: string, response: Response): Promise<CliffhangerError> {
  const text = await response.text();
  const problem = parseProblem(text);
  if (problem !== null) return new CliffhangerError(call, response.status, problem);
  const detail = `answered ${response.status}: ${text.slice(0, 300)}`;
  return new CliffhangerError(call, response.status, {
    type: 'about:blank',
    title: response.statusText,
    status: response.status,
    code: 'not-a-problem' as Problem['code'],
    detail,
  });
}

function parseProblem(text: string): (Problem & Readonly<Record<string, unknown>>) | null {
  try {
    const value: unknown = JSON.parse(text);
    const isProblem = typeof value === 'object' && value !== null && 'code' in value && 'status' in value;
    return isProblem ? (value as Problem & Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
