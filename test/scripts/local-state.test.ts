import { createHash } from 'node:crypto';
/** The files that a local platform keeps between starts. */
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { freePort, isPortFree } from '../../scripts/platform/port.ts';
import { hashApiKey, loadOrMakeSecrets, secretsPath } from '../../scripts/platform/secrets.ts';
import { lockDataDir } from '../../scripts/start/lock.ts';
import { readSettings } from '../../scripts/start/settings.ts';

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(path.join(tmpdir(), 'state-'));
});
afterEach(() => rmSync(dataDir, { recursive: true }));

test('secrets are made once, in the forms that the Workers take, and only their owner may read them', () => {
  const secrets = loadOrMakeSecrets(dataDir);
  expect(loadOrMakeSecrets(dataDir)).toEqual(secrets);
  expect(secrets.apiKey).toMatch(/^sk_local_[0-9A-Za-z]{8}_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}$/);
  expect(Buffer.from(secrets.masterSecret, 'base64')).toHaveLength(32);
  expect(secrets.transcoderWebhookSecret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  expect(statSync(secretsPath(dataDir)).mode & 0o777).toBe(0o600);
});

test('a secrets file that lacks one is named, and not replaced: the data would be lost with it', () => {
  writeFileSync(secretsPath(dataDir), '{"apiKey":"x"}');
  expect(() => loadOrMakeSecrets(dataDir)).toThrow(secretsPath(dataDir));
});

test('the Workers know the root key as base64url(SHA-256(key))', () => {
  const expected = createHash('sha256').update('sk_local_a_b').digest('base64url');
  expect(hashApiKey('sk_local_a_b')).toBe(expected);
});

test('a folder that was left locked by a process that is gone is taken over', () => {
  writeFileSync(path.join(dataDir, 'lock'), '999999999');
  const unlock = lockDataDir(dataDir);
  unlock();
  expect(statSync(path.join(dataDir, 'lock'), { throwIfNoEntry: false })).toBeUndefined();
});

test.runIf(process.platform === 'linux')('the process id of another program does not lock the folder', () => {
  // This test's parent lives and is no `npm start`.
  writeFileSync(path.join(dataDir, 'lock'), String(process.ppid));
  expect(() => lockDataDir(dataDir)()).not.toThrow();
});

test.each(['0', '65536', '80a', '-1', '1.5'])('PORT=%s is refused with the range', (PORT) => {
  expect(() => readSettings({ PORT })).toThrow('from 1 to 65535');
});

test('the environment decides port, data folder and sample', () => {
  expect(readSettings({})).toMatchObject({ port: 8787, sample: true });
  expect(readSettings({ PORT: '9000', CLIFFHANGER_DATA: dataDir, CLIFFHANGER_SAMPLE: '0' })).toEqual({
    port: 9000,
    dataDir,
    sample: false,
  });
});

test('a port that somebody listens on is not free', async () => {
  const port = await freePort();
  expect(await isPortFree(port)).toBe(true);
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  expect(await isPortFree(port)).toBe(false);
  server.close();
});
