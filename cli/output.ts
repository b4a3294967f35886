/** Results go to stdout, one JSON document with --json; progress and errors go to stderr, so that neither spoils a pipe. */
import { CliffhangerError } from '../client/index.ts';
import { CommandError, UsageError } from './command.ts';

const PLAIN_PROGRESS_MS = 5_000;

export class Output {
  readonly #isJson: boolean;
  #toldAt = 0;

  constructor(isJson: boolean) {
    this.#isJson = isJson;
  }

  /** What the command found or made: as it is, or as lines for people. */
  result(value: unknown, lines: readonly string[]): void {
    process.stdout.write(
      this.#isJson ? `${JSON.stringify(value, null, 2)}\n` : lines.map((line) => `${line}\n`).join(''),
    );
  }

  /** On a terminal one line that is written over; elsewhere a line every few seconds. */
  progress(text: string): void {
    if (process.stderr.isTTY) process.stderr.write(`\r\u001b[2K${text}`);
    else if (!this.#isJson && performance.now() - this.#toldAt > PLAIN_PROGRESS_MS) {
      this.#toldAt = performance.now();
      process.stderr.write(`${text}\n`);
    }
  }

  endProgress(): void {
    if (process.stderr.isTTY) process.stderr.write('\r\u001b[2K');
  }

  /** Says what went wrong; returns the exit code that it means. */
  error(error: unknown, edge: string | null): number {
    this.endProgress();
    const { exitCode, lines, value } = explain(error, edge);
    process.stderr.write(this.#isJson ? `${JSON.stringify({ error: value })}\n` : `${lines.join('\n')}\n`);
    return exitCode;
  }
}

export const EXIT = { failed: 1, usage: 2, unreachable: 3 } as const;

interface Explanation {
  readonly exitCode: number;
  readonly lines: readonly string[];
  readonly value: unknown;
}

function explain(error: unknown, edge: string | null): Explanation {
  if (error instanceof UsageError)
    return { exitCode: EXIT.usage, lines: [error.message], value: { code: 'usage', detail: error.message } };
  if (error instanceof CommandError)
    return { exitCode: EXIT.failed, lines: [error.message], value: { code: 'failed', detail: error.message } };
  if (error instanceof CliffhangerError) return explainProblem(error, edge);
  if (isNetworkError(error)) {
    const detail = `${edge ?? 'The edge'} does not answer (${causeOf(error)}). Is it the right address, and does it run?`;
    return { exitCode: EXIT.unreachable, lines: [detail], value: { code: 'unreachable', detail } };
  }
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { exitCode: EXIT.failed, lines: [detail], value: { code: 'internal', detail } };
}

function explainProblem({ problem, call }: CliffhangerError, edge: string | null): Explanation {
  const errors = Array.isArray(problem['errors']) ? (problem['errors'] as { path: string; detail: string }[]) : [];
  const lines = [
    `${problem.title} (${problem.code})`,
    ...(problem.detail === undefined ? [] : [problem.detail]),
    ...errors.slice(1).map((each) => `${each.path}: ${each.detail}`),
    ...(problem.type.startsWith('/') && edge !== null ? [`What to do: ${edge}${problem.type}`] : []),
  ];
  return { exitCode: EXIT.failed, lines, value: { ...problem, call } };
}

function isNetworkError(error: unknown): error is TypeError {
  return error instanceof TypeError && (error.message === 'fetch failed' || error.cause !== undefined);
}

function causeOf(error: TypeError): string {
  const cause: unknown = error.cause;
  if (typeof cause === 'object' && cause !== null && 'code' in cause) return String(cause.code);
  return cause instanceof Error ? cause.message : error.message;
}

/** Columns as wide as their longest cell. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
