/** What follows `npm test --`: names of projects, parts of file names, and some of vitest's own flags. */

/** As in vitest.config.ts. */
export const PROJECTS = [
  'core',
  'scripts',
  'viewer-object',
  'series-views',
  'workers',
  'transcoder',
  'player',
  'e2e',
] as const;

export interface TestArguments {
  /** Empty: all of them. */
  readonly projects: string[];
  readonly filters: string[];
  readonly options: { testNamePattern?: RegExp; bail?: number; update?: boolean; shard?: string };
}

export function readTestArguments(args: readonly string[]): TestArguments {
  const projects: string[] = [];
  const filters: string[] = [];
  const options: TestArguments['options'] = {};
  const rest = [...args];
  for (let argument = rest.shift(); argument !== undefined; argument = rest.shift()) {
    if (argument === '-t') options.testNamePattern = new RegExp(rest.shift() ?? '');
    else if (argument === '--shard') options.shard = rest.shift() ?? '';
    else if (argument === '--bail') options.bail = 1;
    else if (argument === '-u') options.update = true;
    else if (PROJECTS.some((name) => name === argument)) projects.push(argument);
    else filters.push(argument);
  }
  return { projects, filters, options };
}
