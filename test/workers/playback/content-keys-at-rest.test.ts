/** A platform of its own, with the CDN option: where content keys lie, what is logged of them, what a CDN is told. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { LeasedContentKey } from '#core/ingest/transcoder-protocol.ts';
import { startPlatform, type Platform } from '../../../scripts/platform/index.ts';
import { freePort } from '../../../scripts/platform/port.ts';
import type { WorkerOptions } from '../../../scripts/platform/worker-options.ts';
import { launchChromium } from '../../player/support/browser.ts';
import { apiFetch, edgeFetch } from '../../support/edge.ts';
import { finish, leaseJob } from '../support/fake-transcoder.ts';
import { expectProblem, jsonOf, statusOf } from '../support/http.ts';
import { createEpisode, createSeries, publish, uploadSource } from '../support/library.ts';
import { ownEdge } from '../support/own-edge.ts';
import { placeOf, sealKey } from '../support/sealed-keys.ts';
import { newViewerId, viewerToken } from '../support/tokens.ts';
import { feed, mediaPrefix } from '../support/viewers.ts';

vi.mock('../../support/edge.ts', () => import('../support/own-edge.ts'));

const dataDir = mkdtempSync(path.join(tmpdir(), 'cliffhanger-keys-'));
const lines: string[] = [];
let platform: Platform | undefined;
let sqlOrigin = '';
let token = '';

/** Beside the platform's Workers, one that runs SQL on its database, and is a page of another origin. */
const SQL = `export default { async fetch(request, env) {
  if (request.method === 'GET') return new Response('<!doctype html>', { headers: { 'Content-Type': 'text/html' } });
  const { sql, values } = await request.json();
  return Response.json((await env.DB.prepare(sql).bind(...values).all()).results);
} };`;

async function sql<Row>(text: string, ...values: readonly string[]): Promise<Row[]> {
  return jsonOf<Row[]>(await fetch(sqlOrigin, { method: 'POST', body: JSON.stringify({ sql: text, values }) }));
}

beforeAll(async () => {
  const port = await freePort();
  sqlOrigin = `http://127.0.0.1:${port}`;
  const adapt = ([front, ...others]: WorkerOptions[]): WorkerOptions[] => {
    if (front === undefined) return others;
    const cdn = { CDN_ORIGIN: 'https://media.example.com', CDN_HMAC_SECRET: 'a-secret-of-the-rule' };
    const sqlWorker = {
      name: 'sql',
      compatibilityDate: '2026-10-20',
      modules: [{ type: 'ESModule', path: 'sql.js', contents: SQL }],
      d1Databases: front['d1Databases'],
      unsafeDirectSockets: [{ host: '127.0.0.1', port }],
    };
    return [{ ...front, bindings: { ...(front['bindings'] as object), ...cdn } }, ...others, sqlWorker];
  };
  const log = (line: string): void => void lines.push(line);
  const vars = { ACCESS_LOG_SAMPLE: '1' };
  platform = await startPlatform({ port: 0, dataDir, secrets: ownEdge.secrets, demo: false, log, adapt, vars });
  ownEdge.origin = platform.origin;
  token = await viewerToken(newViewerId());
});

afterAll(async () => {
  await platform?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

async function protectedEpisode(): Promise<{ id: string; key: LeasedContentKey; prefix: string }> {
  const { id } = await createEpisode((await createSeries(undefined, { protection: 'aes-128' })).id);
  const job = await leaseJob((await uploadSource(id)).id);
  await finish(job);
  await publish(id);
  if (job.contentKey === null) throw new Error('the lease has no key');
  return { id, key: job.contentKey, prefix: await mediaPrefix(id, token) };
}

const mediaPlaylist = async (prefix: string): Promise<string> => (await edgeFetch(`${prefix}/v0/media.m3u8`)).text();
const keyFile = (text: string): string => /([\w-]{80})\.key/.exec(text)?.[0] ?? '';

/** Whatever a text or bytes are written as. */
function spellings(base64url: string): Buffer[] {
  const bytes = Buffer.from(base64url, 'base64url');
  const texts = [base64url, bytes.toString('base64'), bytes.toString('hex'), bytes.toString('hex').toUpperCase()];
  return [bytes, Buffer.from([...bytes].join(',')), ...texts.map((text) => Buffer.from(text))];
}

function* filesOf(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) yield path.join(entry.parentPath, entry.name);
  }
}

describe('a content key', () => {
  test('is stored sealed only, and is in no log', async () => {
    const { key, prefix } = await protectedEpisode();
    const file = keyFile(await mediaPlaylist(prefix));
    expect(Buffer.from(await (await edgeFetch(`${prefix}/${file}`)).arrayBuffer()).toString('base64url')).toBe(key.key);
    await expectProblem(
      await edgeFetch(`${prefix}/${file.replace(/^./, (first) => (first === '-' ? 'A' : '-'))}`),
      'not-found',
    );
    await statusOf(await edgeFetch(`${prefix}/${file.replace('key', 'license')}`, { method: 'POST', body: '{}' }));
    const files = [...filesOf(dataDir)].map((name) => readFileSync(name));
    const holds = (needle: Buffer): boolean => files.some((bytes) => bytes.includes(needle));
    expect(holds(Buffer.from(file.slice(0, 80))), 'the sealed key, which shows that the search finds keys').toBe(true);
    for (const spelling of spellings(key.key)) expect(holds(spelling)).toBe(false);
    const log = Buffer.from(lines.join('\n'));
    expect(log.includes('/content.key')).toBe(true);
    for (const each of [...spellings(key.key), Buffer.from(file.slice(0, 80))]) expect(log.includes(each)).toBe(false);
  });

  test('stays under the pass where segments come from a CDN', async () => {
    const text = await mediaPlaylist((await protectedEpisode()).prefix);
    expect(text).toMatch(/#EXT-X-KEY:METHOD=AES-128,URI="\.\.\/[\w-]{80}\.key"\n/);
    expect(text).toMatch(/\nhttps:\/\/media\.example\.com\/a\/.*\/v0\/0\.m4s\?verify=/);
  });

  test('goes when its episode goes', async () => {
    const { id, prefix } = await protectedEpisode();
    const version = prefix.split('/')[4] ?? '';
    expect(await sql('SELECT scheme FROM content_keys WHERE version = ?', version)).toEqual([{ scheme: 'aes-128' }]);
    expect(await statusOf(await apiFetch(`/v1/episodes/${id}`, { method: 'DELETE' }))).toBe(204);
    expect(await sql('SELECT scheme FROM content_keys WHERE version = ?', version)).toEqual([]);
    // This isolate never had the key: it has not written a Media Playlist of the version before.
    await expectProblem(await edgeFetch(`${prefix}/v0/media.m3u8`), 'not-found');
  });
});

describe('a version under cbcs', () => {
  const [keyId, key] = [randomBytes(16), randomBytes(16)];
  const kid = keyId.toString('base64url');
  let licenseUrl = '';

  test('names its key to hls.js, and the feed says where the license is', async () => {
    const { id, prefix } = await protectedEpisode();
    const sealed = sealKey(ownEdge.secrets.masterSecret, placeOf(prefix, 'cbcs'), keyId, key);
    await sql(
      "UPDATE content_keys SET scheme = 'cbcs', sealed = ? WHERE version = ?",
      sealed,
      prefix.split('/')[4] ?? '',
    );
    const line = `#EXT-X-KEY:METHOD=SAMPLE-AES,URI="data:text/plain;base64,${keyId.toString('base64')}",KEYID=0x${keyId.toString('hex')},KEYFORMAT="org.w3.clearkey",KEYFORMATVERSIONS="1"\n`;
    const playback = (await feed(token, `at=${id}`)).items[0]?.playback;
    expect(await mediaPlaylist(prefix)).toContain(line);
    for (const [url, text] of Object.entries(playback?.playlists ?? {}))
      if (url.endsWith('/media.m3u8')) expect(text).toContain(line);
    licenseUrl = playback?.licenseUrl ?? '';
    const body = JSON.stringify({ kids: [kid], type: 'temporary' });
    const license = await fetch(licenseUrl, { method: 'POST', body });
    expect(await jsonOf(license)).toEqual({
      keys: [{ kty: 'oct', kid, k: key.toString('base64url') }],
      type: 'temporary',
    });
  });

  test(
    'gets its key through the Clear Key CDM of Chromium, on a page of another origin',
    { timeout: 60_000 },
    async () => {
      const browser = await launchChromium();
      try {
        const page = await browser.newPage();
        await page.goto(sqlOrigin);
        const statuses = await page.evaluate(`(${GET_LICENSE})(${JSON.stringify({ kid, licenseUrl })})`);
        expect(statuses).toEqual([[keyId.toString('hex'), 'usable']]);
      } finally {
        await browser.close();
      }
    },
  );
});

/** In the page: what a player does with EME; the request is the CDM's own. As text, as it knows only that page. */
const GET_LICENSE = `async ({ kid, licenseUrl }) => {
  const video = { contentType: 'video/mp4; codecs="avc1.42e01e"', encryptionScheme: 'cbcs' };
  const options = [{ initDataTypes: ['keyids'], videoCapabilities: [video] }];
  const system = await navigator.requestMediaKeySystemAccess('org.w3.clearkey', options);
  const session = (await system.createMediaKeys()).createSession('temporary');
  const asked = new Promise((resolve) => session.addEventListener('message', (event) => resolve(event.message)));
  await session.generateRequest('keyids', new TextEncoder().encode(JSON.stringify({ kids: [kid] })));
  const headers = { 'Content-Type': 'application/json' };
  const license = await fetch(licenseUrl, { method: 'POST', headers, body: await asked });
  if (!license.ok) return license.status;
  await session.update(await license.arrayBuffer());
  const hex = (id) => [...new Uint8Array(id)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return [...session.keyStatuses].map(([id, status]) => [hex(id), status]);
}`;
