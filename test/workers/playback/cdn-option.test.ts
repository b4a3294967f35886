/** A platform whose segments come from an R2 custom domain: what its playlists list, checked as Cloudflare's rule would. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startPlatform, type Platform } from '../../../scripts/platform/index.ts';
import type { WorkerOptions } from '../../../scripts/platform/worker-options.ts';
import { edgeFetch } from '../../support/edge.ts';
import { expectProblem, statusOf } from '../support/http.ts';
import { createSeries, publishedEpisode } from '../support/library.ts';
import { ownEdge } from '../support/own-edge.ts';
import { newViewerId, viewerToken } from '../support/tokens.ts';
import { feed, variantPaths } from '../support/viewers.ts';

vi.mock('../../support/edge.ts', () => import('../support/own-edge.ts'));

const CDN = 'https://media.example.com';
const SECRET = 'a-secret-of-the-rule';
const TTL_SECONDS = 900;
const dataDir = mkdtempSync(path.join(tmpdir(), 'cliffhanger-cdn-'));
const lines: string[] = [];
let platform: Platform | undefined;
let token = '';
let episodeId = '';
let variants: string[] = [];

/** A secret is in no toml, so it is given to the front door here. */
const adapt = (workers: WorkerOptions[]): WorkerOptions[] =>
  workers.map((worker, index) =>
    index === 0
      ? { ...worker, bindings: { ...(worker['bindings'] as object), CDN_ORIGIN: CDN, CDN_HMAC_SECRET: SECRET } }
      : worker,
  );

beforeAll(async () => {
  const log = (line: string): void => void lines.push(line);
  platform = await startPlatform({ port: 0, dataDir, secrets: ownEdge.secrets, demo: false, log, adapt });
  ownEdge.origin = platform.origin;
  const series = await createSeries({ coinPrice: 10, previewSeconds: 4, maxHeight: 960 });
  episodeId = (await publishedEpisode(series.id)).id;
  token = await viewerToken(newViewerId());
  variants = await variantPaths(episodeId, token);
});

afterAll(async () => {
  await platform?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

/**
 * `is_timed_hmac_valid_v0(key, http.request.uri, ttl, now, 8, "s")`, written from Cloudflare's description of it: a
 * message, a separator of 8 bytes, ten digits, a dash, 43 characters of base64url; the MAC is over message and digits.
 */
function ruleAccepts(uri: string, nowSeconds: number, key = SECRET): boolean {
  const match = /^(.+)(\d{10})-([A-Za-z0-9_-]{43})$/s.exec(uri);
  if (!match) return false;
  const [, before = '', issued = '', mac = ''] = match;
  const message = before.slice(0, -8);
  const expected = createHmac('sha256', key)
    .update(message + issued)
    .digest();
  return timingSafeEqual(expected, Buffer.from(mac, 'base64url')) && nowSeconds < Number(issued) + TTL_SECONDS;
}

const now = (): number => Math.floor(Date.now() / 1_000);
const uriOf = (url: string): string => url.slice(CDN.length);

async function listed(variant: string): Promise<string[]> {
  const text = await (await edgeFetch(variant)).text();
  return [...text.matchAll(/^(https:.*)$|URI="([^"]+)"/gm)].map((match) => match[1] ?? match[2] ?? '');
}

describe('a Media Playlist', () => {
  test('lists init section and segments on the CDN, each with a signature that the rule accepts', async () => {
    const urls = await listed(variants[0] ?? '');
    expect(urls.map((url) => url.replace(/\?.*/, '').replace(/^.*\/ver_\w+\//, ''))).toEqual([
      'v0/init.mp4',
      'v0/0.m4s',
      'v0/1.m4s',
      'v0/2.m4s',
    ]);
    for (const url of urls) {
      expect(url).toMatch(
        /^https:\/\/media\.example\.com\/a\/ast_\w+\/ver_\w+\/v0\/[a-z0-9.]+\?verify=\d{10}-[\w-]{43}$/,
      );
      expect(ruleAccepts(uriOf(url), now())).toBe(true);
    }
  });

  test('has the signature over exactly that path and time, for as long as the rule says', async () => {
    const [, url = ''] = await listed(variants[0] ?? '');
    const uri = uriOf(url);
    const issued = Number(/verify=(\d+)/.exec(uri)?.[1]);
    expect(ruleAccepts(uri, issued + TTL_SECONDS - 1)).toBe(true);
    expect(ruleAccepts(uri, issued + TTL_SECONDS)).toBe(false);
    for (const forged of [
      uri.replace('/0.m4s', '/3.m4s'),
      uri.replace('/v0/', '/v2/'),
      uri.replace(`verify=${issued}`, `verify=${issued + 60}`),
      uri.replace('?verify', '?x=1&verify'),
      `${uri}&x=1`,
      uri.replace(/.$/, '!'),
    ])
      expect(ruleAccepts(forged, issued), forged).toBe(false);
    expect(ruleAccepts(uri, issued, 'another-secret')).toBe(false);
  });

  test('signs nothing that the preview cuts off or the cap leaves out', async () => {
    expect(variants).toHaveLength(2);
    const all = (await Promise.all(variants.map(listed))).flat().join('\n');
    expect(all).not.toMatch(/\/[3-9]\.m4s|\/v2\//);
    expect(await statusOf(await edgeFetch((variants[0] ?? '').replace('/v0/', '/v2/')))).toBe(403);
  });

  test('keeps every other line, and is the same in the feed but for the moment of signing', async () => {
    const item = (await feed(token, `at=${episodeId}`)).items[0];
    const texts = Object.values(item?.playback?.playlists ?? {}).filter((text) => text.includes('#EXTINF'));
    expect(texts).toHaveLength(2);
    const plain = (text: string): string => text.replaceAll(/https:[^\s"]*\/(\S+?)\?verify=[^\s"]+/g, '$1');
    expect(plain(texts[0] ?? '')).toBe(plain(await (await edgeFetch(variants[0] ?? '')).text()));
    expect(plain(texts[0] ?? '')).toContain('#EXT-X-OURS:FUTURE=1\n#EXTINF:1.00000,\n0.m4s\n');
  });

  test('has no start-up bundle beside it, and the feed names none', async () => {
    const path = (variants[0] ?? '').replace('media.m3u8', 'start');
    await expectProblem(await edgeFetch(path), 'not-found');
    const playback = (await feed(token, `at=${episodeId}`)).items[0]?.playback;
    expect(playback?.startUrl).toBeNull();
    expect(playback).not.toHaveProperty('inits');
  });

  test('leaves no signature and no secret in the log', () => {
    expect(lines.join('\n')).not.toMatch(/verify=|a-secret-of-the-rule/);
  });
});

test.each(['https://media.example.com/', 'media.example.com', 'https://media.example.com/x'])(
  'an origin that is %s is refused at the first playlist: every segment of it would be',
  async (origin) => {
    const { segmentSigner } = (await import(
      new URL('../../../workers/playback/segment-signer.ts', import.meta.url).href
    )) as { segmentSigner: (env: object, nowSeconds: number) => object };
    const env = { CDN_ORIGIN: CDN, CDN_HMAC_SECRET: SECRET };
    expect(() => segmentSigner(env, 0)).not.toThrow();
    expect(() => segmentSigner({ ...env, CDN_ORIGIN: origin }, 0)).toThrow('scheme and host');
  },
);
