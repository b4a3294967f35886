/** The totals that `npm test` ends with. */
import { basename } from 'node:path';
import type { TestModule } from 'vitest/node';

export interface Totals {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export const NO_TOTALS: Totals = { passed: 0, failed: 0, skipped: 0 };

export function addTotals(one: Totals, other: Totals): Totals {
  return {
    passed: one.passed + other.passed,
    failed: one.failed + other.failed,
    skipped: one.skipped + other.skipped,
  };
}

/** A file that does not load, a suite whose hook throws and an error outside any test each count as one failure. */
export function countTests(modules: readonly TestModule[], unhandledErrors: number): Totals {
  const totals = { passed: 0, failed: unhandledErrors, skipped: 0 };
  for (const module of modules) {
    totals.failed += module.errors().length;
    for (const suite of module.children.allSuites()) totals.failed += suite.errors().length;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      // A test that never ran, because something before it broke, has not passed.
      if (state === 'passed') totals.passed += 1;
      else if (state === 'skipped') totals.skipped += 1;
      else totals.failed += 1;
    }
  }
  return totals;
}

/** Where each of them is and what it saw, for who sees only the end of a log: what the totals count as failed. */
export function linesOfFailed(modules: readonly TestModule[]): string[] {
  return modules.flatMap((module) => {
    const at = `${module.project.name} ${module.relativeModuleId}`;
    const broken = [...module.children.allSuites()]
      .map((suite) => ({ name: suite.fullName, errors: suite.errors() }))
      .filter(({ errors }) => errors.length > 0);
    const failed = [...module.children.allTests()]
      .map((test) => ({ name: test.fullName, result: test.result() }))
      .filter(({ result }) => !['passed', 'skipped'].includes(result.state))
      .map(({ name, result }) => ({ name, errors: result.errors ?? [] }));
    const own = module.errors();
    const lines = [...broken, ...failed].map(({ name, errors }) => `${at} > ${name}${whatItSaw(errors)}`);
    return own.length > 0 ? [at + whatItSaw(own), ...lines] : lines;
  });
}

type Errors = readonly { readonly message?: string; readonly stacks?: readonly { file: string; line: number }[] }[];

/** A line of a log is read, not scrolled. */
const MESSAGE_LIMIT = 300;

/** Of the first error, on one line: the whole of it is further up in the log. */
export function whatItSaw([first]: Errors): string {
  if (first === undefined) return '';
  const place = first.stacks?.find(({ file }) => !file.includes('node_modules'));
  // What a test throws need not be an Error.
  const message = (first.message ?? JSON.stringify(first)).replaceAll(/\s+/g, ' ').slice(0, MESSAGE_LIMIT);
  return place === undefined ? `: ${message}` : `: ${message} (${basename(place.file)}:${place.line})`;
}

export function totalsLine({ passed, failed, skipped }: Totals): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}
