import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { PROJECTS, readTestArguments } from '../../scripts/test/arguments.ts';
import { judge, LANES, LANES_ALONE } from '../../scripts/test/lanes.ts';
import { temporaryFolder } from '../../scripts/test/temporary-folder.ts';
import { totalsLine, whatItSaw } from '../../scripts/test/totals.ts';
import config from '../../vitest.config.ts';

test('what follows `npm test --` is projects, files, or flags', () => {
  expect(readTestArguments(['core', 'wallet', '-t', 'spends', '--bail', '--shard', '1/2'])).toEqual({
    projects: ['core'],
    filters: ['wallet'],
    options: { testNamePattern: /spends/, bail: 1, shard: '1/2' },
  });
});

test('the last line is one plain line of totals', () => {
  expect(totalsLine({ passed: 12, failed: 0, skipped: 1 })).toBe('12 passed, 0 failed, 1 skipped');
});

test('every project of the configuration runs in exactly one lane, or in all the parts of one', () => {
  const inConfig = (config.test?.projects ?? []).map((project) => (project as { test: { name: string } }).test.name);
  const lanes = [...LANES, ...LANES_ALONE];
  const whole = lanes.filter(({ shard }) => shard === undefined).flatMap(({ projects }) => projects);
  const parts = lanes.flatMap(({ projects, shard }) =>
    shard === undefined ? [] : projects.map((name) => [name, shard]),
  );
  const inParts = new Set(parts.map(([name = '']) => name));
  const named: string[] = [...whole, ...inParts];
  expect(named.toSorted()).toEqual(inConfig.toSorted());
  for (const [name, shard = ''] of parts) {
    const of = Number(shard.split('/')[1]);
    const expected = Array.from({ length: of }, (_, index) => `${index + 1}/${of}`);
    expect(parts.filter(([other]) => other === name).map(([, part]) => part)).toEqual(expected);
  }
  expect(PROJECTS.toSorted()).toEqual(inConfig.toSorted());
});

test('a failure is told on one line, with the place of the test that saw it', () => {
  const stacks = [
    { file: '/somewhere/node_modules/a.js', line: 1 },
    { file: '/somewhere/test/a.test.ts', line: 7 },
  ];
  expect(whatItSaw([{ message: 'expected 1\n  to be 2', stacks }])).toBe(': expected 1 to be 2 (a.test.ts:7)');
  expect(whatItSaw([{ message: 'x'.repeat(1_000) }])).toHaveLength(302);
  expect(whatItSaw([{ kind: 'problem' } as { message?: string }])).toBe(': {"kind":"problem"}');
  expect(whatItSaw([])).toBe('');
});

test('a lane that breaks off, or ends badly without a failed test, counts as a failure', () => {
  const totals = { passed: 3, failed: 0, skipped: 1 };
  const good = { totals, failed: [] };
  const bad = { totals: { ...totals, failed: 1 }, failed: ['core test/core/a.test.ts > a sum'] };
  expect(judge(good, 0, 'core')).toEqual(good);
  expect(judge(bad, 1, 'core')).toEqual(bad);
  expect(judge(good, 1, 'core')).toEqual({ totals: { ...totals, failed: 1 }, failed: ['lane core: exit code 1'] });
  const nothing = { passed: 0, failed: 1, skipped: 0 };
  expect(judge(null, 0, 'core')).toEqual({ totals: nothing, failed: ['lane core: broke off'] });
});

describe('the temporary folder of a run', () => {
  let shared = '';
  beforeEach(() => {
    shared = mkdtempSync(path.join(tmpdir(), 'shared-memory-'));
  });
  afterEach(() => rmSync(shared, { recursive: true, force: true }));

  test("is the machine's own where memory has no room or there is none to share", () => {
    expect(temporaryFolder(shared, Number.MAX_SAFE_INTEGER)).toBeNull();
    expect(temporaryFolder(path.join(shared, 'absent'), 1)).toBeNull();
  });

  test('takes the place of what a killed run left, and of nothing else', () => {
    const left = path.join(shared, 'cliffhanger-test-999999999-abc');
    const running = path.join(shared, `cliffhanger-test-${process.pid}-abc`);
    const foreign = path.join(shared, 'of-somebody-else');
    for (const folder of [left, running, foreign]) mkdirSync(folder);
    const folder = temporaryFolder(shared, 1);
    expect(folder?.startsWith(path.join(shared, `cliffhanger-test-${process.pid}-`))).toBe(true);
    expect([left, running, foreign].map(existsSync)).toEqual([false, true, true]);
    // Programs that a test runs as another user come in.
    expect(statSync(folder ?? '').mode & 0o777).toBe(0o755);
  });
});
