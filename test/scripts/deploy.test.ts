/** The deployment's logic against a wrangler that only remembers what it was asked: no account is needed. */
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findAccount } from '../../scripts/deploy/account.ts';
import { withIds } from '../../scripts/deploy/configs.ts';
import { readPlan } from '../../scripts/deploy/plan.ts';
import { provision } from '../../scripts/deploy/provision.ts';
import { deploySecrets } from '../../scripts/deploy/secrets.ts';
import { deployWorkers } from '../../scripts/deploy/workers.ts';
import type { Wrangler } from '../../scripts/deploy/wrangler.ts';
import { inRoot } from '../../scripts/lib/paths.ts';

const CONFIGS = { playback: 'p.toml', api: 'a.toml', analytics: 'n.toml' };
const R2_KEYS = { R2_ACCESS_KEY_ID: 'id', R2_SECRET_ACCESS_KEY: 'secret' };

interface Call {
  readonly line: string;
  readonly input: string | undefined;
}

/** Answers by the first matching beginning; everything else succeeds and says nothing. */
function fakeWrangler(answers: Record<string, string | { fails: string }>): { wrangler: Wrangler; calls: Call[] } {
  const calls: Call[] = [];
  const wrangler: Wrangler = async (args, input) => {
    const line = args.join(' ');
    calls.push({ line, input });
    const answer = Object.entries(answers).find(([start]) => line.startsWith(start))?.[1] ?? '';
    return typeof answer === 'string' ? { code: 0, output: answer } : { code: 1, output: answer.fails };
  };
  return { wrangler, calls };
}

describe('the account', () => {
  test('is the only one of the login', async () => {
    const { wrangler } = fakeWrangler({ whoami: 'notice\n{"accounts":[{"id":"a1","name":"Mine"}]}' });
    expect(await findAccount(wrangler, {})).toEqual({ id: 'a1', name: 'Mine' });
  });

  test('must be named where the login has several, and the message lists them', async () => {
    const { wrangler } = fakeWrangler({ whoami: '{"accounts":[{"id":"a1","name":"X"},{"id":"a2","name":"Y"}]}' });
    await expect(findAccount(wrangler, {})).rejects.toThrow(/CLOUDFLARE_ACCOUNT_ID.*\n\s+a1 {2}X\n\s+a2 {2}Y/);
    expect(await findAccount(wrangler, { CLOUDFLARE_ACCOUNT_ID: 'a2' })).toEqual({ id: 'a2', name: 'Y' });
    await expect(findAccount(wrangler, { CLOUDFLARE_ACCOUNT_ID: 'a3' })).rejects.toThrow('no account a3');
  });

  test('without a login, the message says how to log in', async () => {
    const { wrangler } = fakeWrangler({ whoami: { fails: 'Not logged in' } });
    await expect(findAccount(wrangler, {})).rejects.toThrow('npx wrangler login');
  });
});

describe('what is missing in the account', () => {
  test('is created, and what is there is left', async () => {
    const plan = await readPlan();
    const { wrangler, calls } = fakeWrangler({
      'r2 bucket list': 'name:  cliffhanger-media\ncreation_date: 2026',
      'queues list': '│ id │ cliffhanger-beacons-dlq │ 1 │',
      'd1 list': '[{"name":"other","uuid":"u0"},{"name":"cliffhanger","uuid":"u1"}]',
    });
    expect(await provision(wrangler, plan)).toBe('u1');
    const created = calls.map(({ line }) => line).filter((line) => line.includes('create'));
    // Not taken for there because a longer name is: only the dead letter queue of `cliffhanger-beacons` was listed.
    expect(created).toEqual([
      'r2 bucket create cliffhanger-analytics',
      ...plan.queues.filter((name) => name !== 'cliffhanger-beacons-dlq').map((name) => `queues create ${name}`),
    ]);
  });

  test('that cannot be created stops the deployment with what wrangler said', async () => {
    const { wrangler } = fakeWrangler({ 'r2 bucket create': { fails: 'Please enable R2 through the dashboard' } });
    await expect(provision(wrangler, await readPlan())).rejects.toThrow('enable R2');
  });
});

test('the ids of the account replace those of the local platform, in every wrangler.toml', () => {
  for (const file of ['wrangler.toml', 'workers/api/wrangler.toml', 'workers/analytics/wrangler.toml']) {
    const toml = withIds(readFileSync(inRoot(file), 'utf8'), { databaseId: 'db-1', accountId: 'acc-1' });
    expect(toml).toContain('database_id = "db-1"');
    expect(toml).not.toContain('00000000-');
    if (toml.includes('S3_ENDPOINT =')) expect(toml).toContain('"https://acc-1.r2.cloudflarestorage.com"');
  }
  expect(() => withIds('name = "x"', { databaseId: 'd', accountId: 'a' })).toThrow('no database_id');
});

describe('the secrets', () => {
  let folder: string;
  let pending: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'deploy-'));
    pending = path.join(folder, 'secrets.json');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('of a running deployment are not replaced because they could not be listed', async () => {
    const { wrangler, calls } = fakeWrangler({ 'secret list': { fails: 'A request to the Cloudflare API failed.' } });
    await expect(deploySecrets(wrangler, CONFIGS, R2_KEYS, pending)).rejects.toThrow(/could not be listed/);
    expect(calls.filter(({ line }) => line.startsWith('secret bulk'))).toEqual([]);
  });

  test('of a first deployment go to wrangler by stdin, the same master secret to all three Workers', async () => {
    const { wrangler, calls } = fakeWrangler({ 'secret list': { fails: 'This Worker does not exist' } });
    const deployed = await deploySecrets(wrangler, CONFIGS, R2_KEYS, pending);
    const sets = calls.filter(({ line }) => line.startsWith('secret bulk')).map(({ input }) => JSON.parse(input ?? ''));
    expect(sets).toHaveLength(3);
    expect(new Set(sets.map((set) => set.MASTER_SECRET)).size).toBe(1);
    const report = deployed.firstTime('https://edge');
    const key = /sk_live_\w{8}_\w{43}_\w{6}/.exec(report)?.[0] ?? 'none';
    expect(key).not.toBe('none');
    expect(calls.map(({ line }) => line).join('\n')).not.toContain(sets[0].MASTER_SECRET);
    // The key itself is never sent: only its hash is.
    expect(JSON.stringify(calls)).not.toContain(key);
  });

  test('are kept in a private file until the deployment is through, so that one that broke goes on with the same', async () => {
    const broken = fakeWrangler({ 'secret list': '[]', 'secret bulk --config n.toml': { fails: 'network' } });
    await expect(deploySecrets(broken.wrangler, CONFIGS, R2_KEYS, pending)).rejects.toThrow('network');
    expect(statSync(pending).mode & 0o777).toBe(0o600);

    const again = fakeWrangler({ 'secret list --config a.toml': '[{"name":"MASTER_SECRET"}]', 'secret list': '[]' });
    const deployed = await deploySecrets(again.wrangler, CONFIGS, R2_KEYS, pending);
    const masterOf = (calls: Call[]): unknown =>
      JSON.parse(calls.find(({ line }) => line === 'secret bulk --config a.toml')?.input ?? '{}').MASTER_SECRET;
    expect(masterOf(again.calls)).toBe(masterOf(broken.calls));
    deployed.firstTime('https://edge');
    expect(statSync(pending, { throwIfNoEntry: false })).toBeUndefined();
  });

  test('of a later deployment stay as they are', async () => {
    const { wrangler, calls } = fakeWrangler({ 'secret list': '[{"name":"MASTER_SECRET"}]' });
    const deployed = await deploySecrets(wrangler, CONFIGS, {}, pending);
    expect(calls.every(({ line }) => line.startsWith('secret list'))).toBe(true);
    expect(deployed.firstTime('https://edge')).not.toContain('sk_live_');
  });

  test('that only some Workers have stop the deployment: a second master secret would lock the first one out', async () => {
    const { wrangler } = fakeWrangler({
      'secret list --config a.toml': '[{"name":"MASTER_SECRET"}]',
      'secret list': '[]',
    });
    await expect(deploySecrets(wrangler, CONFIGS, R2_KEYS, pending)).rejects.toThrow('cannot be read back');
  });

  test('need R2 keys, which only the dashboard makes', async () => {
    const { wrangler } = fakeWrangler({ 'secret list': '[]' });
    await expect(deploySecrets(wrangler, CONFIGS, {}, pending)).rejects.toThrow('R2_ACCESS_KEY_ID');
  });
});

test('the front door is deployed last, after the Workers that it binds to, and its address is told', async () => {
  const { wrangler, calls } = fakeWrangler({
    'deploy --minify --config p.toml': 'Deployed cliffhanger\n  https://cliffhanger.me.workers.dev\nVersion',
  });
  expect(await deployWorkers(wrangler, CONFIGS)).toBe('https://cliffhanger.me.workers.dev');
  expect(calls.map(({ line }) => line.split(' ').at(-1))).toEqual(['n.toml', 'a.toml', 'p.toml']);
});
