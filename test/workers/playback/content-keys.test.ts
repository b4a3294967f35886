import { createDecipheriv, randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import type { LeasedContentKey } from '#core/ingest/transcoder-protocol.ts';
import { apiFetch, edgeFetch, platformSecrets } from '../../support/edge.ts';
import {
  fakeVersion,
  finish,
  leaseJob,
  putObjects,
  initBytes,
  segmentBytes,
  sendCompleted,
} from '../support/fake-transcoder.ts';
import { expectProblem, jsonOf, statusOf } from '../support/http.ts';
import { createEpisode, createSeries, publish, publishedEpisode, readJob, uploadSource } from '../support/library.ts';
import { placeOf, sealKey } from '../support/sealed-keys.ts';
import { newViewerId, viewerToken } from '../support/tokens.ts';
import { credit, feed, mediaPrefix, playlist, unlock } from '../support/viewers.ts';

const AES = { protection: 'aes-128' };
const POLICY = { coinPrice: 10, previewSeconds: 4 };

/** A protected episode, and the key that its transcoder was given. */
async function protectedEpisode(policy: object = POLICY): Promise<{ id: string; key: LeasedContentKey }> {
  const { id } = await createEpisode((await createSeries(policy, AES)).id);
  const key = await transcodeAgain(id);
  await publish(id);
  return { id, key };
}

async function transcodeAgain(episodeId: string): Promise<LeasedContentKey> {
  const job = await leaseJob((await uploadSource(episodeId)).id);
  await finish(job);
  if (job.contentKey === null) throw new Error('the lease has no key');
  return job.contentKey;
}

async function payingPrefix(episodeId: string, viewer = newViewerId()): Promise<string> {
  await credit(viewer, 10);
  await unlock(viewer, episodeId);
  return mediaPrefix(episodeId, await viewerToken(viewer));
}

const textOf = async (path: string): Promise<string> => (await edgeFetch(path)).text();

/** The path of the key, as the Media Playlist has it. */
async function keyPath(prefix: string): Promise<string> {
  const uri = /METHOD=AES-128,URI="([^"]+)"/.exec(await textOf(`${prefix}/v0/media.m3u8`))?.[1] ?? '';
  return new URL(uri, `http://edge${prefix}/v0/media.m3u8`).pathname;
}

async function bytesOf(path: string): Promise<Buffer> {
  const response = await edgeFetch(path);
  expect(response.status).toBe(200);
  return Buffer.from(await response.arrayBuffer());
}

let episode: { id: string; key: LeasedContentKey };
let prefix = '';
let key = '';

beforeAll(async () => {
  episode = await protectedEpisode();
  prefix = await payingPrefix(episode.id);
  key = await keyPath(prefix);
});

describe('a protected episode', () => {
  test('lists its key behind the init section, the same for every Rendition, and in the feed', async () => {
    const [v0, v1] = await Promise.all([textOf(`${prefix}/v0/media.m3u8`), textOf(`${prefix}/v1/media.m3u8`)]);
    expect(v0).toMatch(/#EXT-X-MAP:URI="init.mp4"\n#EXT-X-KEY:METHOD=AES-128,URI="\.\.\/[\w-]{80}\.key"\n#EXT-X-OURS/);
    expect(v1).toBe(v0);
    const { items } = await feed(await viewerToken(newViewerId()), `at=${episode.id}`);
    const texts = Object.values(items[0]?.playback?.playlists ?? {}).filter((text) => text.includes('#EXTINF'));
    expect(texts).toHaveLength(3);
    for (const text of texts) expect(text).toContain(v0.slice(0, v0.indexOf('#EXTINF')));
    expect(items[0]?.playback).not.toHaveProperty('licenseUrl');
  });

  test('plays with what its key opens, and with nothing else', async () => {
    const bytes = await bytesOf(key);
    expect(bytes.toString('base64url')).toBe(episode.key.key);
    const stored = await bytesOf(`${prefix}/v1/5.m4s`);
    expect(stored.includes('segment')).toBe(false);
    const iv = Buffer.from('00000000000000000000000000000005', 'hex');
    const decipher = createDecipheriv('aes-128-cbc', bytes, iv);
    expect(Buffer.concat([decipher.update(stored), decipher.final()])).toEqual(segmentBytes('v1', 5));
    expect(await bytesOf(`${prefix}/v1/init.mp4`)).toEqual(initBytes('v1'));
  });

  test('gives its key to a preview too, but no segment behind it', async () => {
    const preview = await mediaPrefix(episode.id, await viewerToken(newViewerId()));
    expect((await bytesOf(await keyPath(preview))).toString('base64url')).toBe(episode.key.key);
    await expectProblem(await edgeFetch(`${preview}/v0/5.m4s`), 'pass-out-of-bounds');
  });

  test('has another key with each upload', async () => {
    const { id, key: first } = await protectedEpisode();
    const second = await transcodeAgain(id);
    expect(second.key).not.toBe(first.key);
    expect(second.keyId).not.toBe(first.keyId);
    expect((await bytesOf(await keyPath(await payingPrefix(id)))).toString('base64url')).toBe(second.key);
  });
});

describe('a key', () => {
  test('is kept by nobody, and is read by a player of any origin', async () => {
    const origin = 'https://app.example';
    const response = await edgeFetch(key, { headers: { origin } });
    expect((await response.arrayBuffer()).byteLength).toBe(16);
    expect(response.headers.get('cache-control')).toBe('private, no-store');
    expect(response.headers.get('content-type')).toBe('application/octet-stream');
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    const preflight = await edgeFetch(key, { method: 'OPTIONS', headers: { origin } });
    expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([204, '*']);
  });

  test('is whole, whatever range is asked for, and HEAD says how long it is', async () => {
    const ranged = await edgeFetch(key, { headers: { range: 'bytes=0-3' } });
    expect([ranged.status, (await ranged.arrayBuffer()).byteLength]).toEqual([200, 16]);
    const head = await edgeFetch(key, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '16', '']);
  });

  test.each(['POST', 'PUT', 'DELETE'])('is not given to %s', async (method) => {
    const response = await edgeFetch(key, { method });
    expect(response.headers.get('allow')).toBe('GET, HEAD');
    await expectProblem(response, 'method-not-allowed');
  });

  test('is not given without a pass, or with one that is forged', async () => {
    const file = key.split('/').at(-1);
    const [, , pass = '', asset, version] = prefix.split('/');
    await expectProblem(await edgeFetch(`/m/${asset}/${version}/${file}`), 'not-found');
    const forged = pass.replace(/\.([A-Za-z0-9_-]{12})\./, '.AAAAAAAAAAAA.');
    await expectProblem(await edgeFetch(key.replace(pass, forged)), 'pass-invalid');
    const longer = pass
      .split('.')
      .with(1, (Math.floor(Date.now() / 1_000) + 90_000).toString(36))
      .join('.');
    await expectProblem(await edgeFetch(key.replace(pass, longer)), 'pass-invalid');
    const ended = pass
      .split('.')
      .with(1, (Math.floor(Date.now() / 1_000) - 60).toString(36))
      .join('.');
    await expectProblem(await edgeFetch(key.replace(pass, ended)), 'pass-expired');
  });

  test('is not given with the pass of another episode or another version', async () => {
    const file = key.split('/').at(-1) ?? '';
    const other = await payingPrefix((await protectedEpisode()).id);
    await expectProblem(await edgeFetch(`${other}/${file}`), 'not-found');
    const { id } = await protectedEpisode();
    const before = await payingPrefix(id);
    const old = (await keyPath(before)).split('/').at(-1) ?? '';
    await transcodeAgain(id);
    const after = await payingPrefix(id);
    expect(after.split('/')[3]).toBe(before.split('/')[3]);
    await expectProblem(await edgeFetch(`${after}/${old}`), 'not-found');
  });

  test('is not given when any character of its seal is another', async () => {
    const start = key.length - 84;
    for (let at = start; at < start + 80; at++) {
      const char = key[at] === 'A' ? 'B' : 'A';
      await expectProblem(await edgeFetch(key.slice(0, at) + char + key.slice(at + 1)), 'not-found');
    }
  });

  test('is not given with a pass for images only', async () => {
    const { id } = await protectedEpisode({ coinPrice: 10 });
    const [item] = (await feed(await viewerToken(newViewerId()), `at=${id}`)).items;
    expect(item?.playback).toBeNull();
    const images = new URL(item?.posterUrl ?? '').pathname.replace('/poster.jpg', '');
    const file = (await keyPath(await payingPrefix(id))).split('/').at(-1);
    expect(await statusOf(await edgeFetch(`${images}/poster.jpg`))).toBe(200);
    await expectProblem(await edgeFetch(`${images}/${file}`), 'pass-out-of-bounds');
  });

  test('is not given to a viewer who was revoked', async () => {
    const viewer = newViewerId();
    const own = await keyPath(await payingPrefix(episode.id, viewer));
    expect(await statusOf(await edgeFetch(own))).toBe(200);
    await jsonOf(await apiFetch(`/v1/viewers/${viewer}/revocations`, { json: {} }), 201);
    await expect.poll(async () => statusOf(await edgeFetch(own)), { timeout: 60_000, interval: 200 }).toBe(403);
    await expectProblem(await edgeFetch(own), 'pass-revoked');
    expect(await statusOf(await edgeFetch(key))).toBe(200);
  });
});

describe('a Clear Key license', () => {
  const [keyId, contentKey] = [randomBytes(16), randomBytes(16)];
  const kid = keyId.toString('base64url');
  let url = '';
  const ask = (body: string, at = url, init: RequestInit = {}): Promise<Response> =>
    edgeFetch(at, { method: 'POST', body, ...init });

  beforeAll(() => {
    url = `${prefix}/${sealKey(platformSecrets().masterSecret, placeOf(prefix, 'cbcs'), keyId, contentKey)}.license`;
  });

  test('is what the CDM wants', async () => {
    const response = await ask(JSON.stringify({ kids: [kid], type: 'temporary' }));
    expect(response.headers.get('cache-control')).toBe('private, no-store');
    expect(await jsonOf(response)).toEqual({
      keys: [{ kty: 'oct', kid, k: contentKey.toString('base64url') }],
      type: 'temporary',
    });
  });

  test('is given to a page of another origin that sends JSON', async () => {
    const origin = 'https://app.example';
    const preflight = await edgeFetch(url, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-methods')).toContain('POST');
    expect(preflight.headers.get('access-control-allow-headers')).toContain('Content-Type');
    const headers = { origin, 'content-type': 'application/json' };
    const response = await ask(JSON.stringify({ kids: [kid], type: 'temporary' }), url, { headers });
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(await statusOf(response)).toBe(200);
  });

  test.each([
    ['a body that is not JSON', 'kids', 'invalid-request'],
    ['no body', '', 'invalid-request'],
    ['no key ids', '{"kids":[]}', 'invalid-request'],
    ['a license to keep', `{"kids":["${kid}"],"type":"persistent-license"}`, 'invalid-request'],
    ['the key of another version', `{"kids":["${'A'.repeat(22)}"]}`, 'not-found'],
    ['a body without end', `{"kids":["${'A'.repeat(3_000)}"]}`, 'body-too-large'],
  ] as const)('is refused for %s', async (_, body, code) => {
    await expectProblem(await ask(body), code);
  });

  test('is not given by GET, with a broken seal, for another scheme or without a pass', async () => {
    const body = JSON.stringify({ kids: [kid] });
    const get = await edgeFetch(url);
    expect(get.headers.get('allow')).toBe('POST');
    await expectProblem(get, 'method-not-allowed');
    await expectProblem(
      await ask(
        body,
        url.replace(/.(?=.{10}\.license$)/, (char) => (char === 'A' ? 'B' : 'A')),
      ),
      'not-found',
    );
    await expectProblem(await ask(body, key.replace(/key$/, 'license')), 'not-found');
    await expectProblem(await edgeFetch(url.replace(/license$/, 'key')), 'not-found');
    await expectProblem(await ask(body, url.replace(/\.[A-Za-z0-9_-]{12}\./, '.AAAAAAAAAAAA.')), 'pass-invalid');
  });
});

describe('the protection of a series', () => {
  test('is none unless it is asked for, and then nothing of an episode changes', async () => {
    const series = await createSeries();
    expect(series).toMatchObject({ protection: 'none' });
    const clear = await publishedEpisode(series.id);
    const at = await mediaPrefix(clear.id, await viewerToken(newViewerId()));
    expect(await textOf(`${at}/v0/media.m3u8`)).toBe(fakeVersion().objects.get('v0/media.m3u8')?.toString());
    expect(await bytesOf(`${at}/v0/0.m4s`)).toEqual(segmentBytes('v0', 0));
  });

  test('changes with a PATCH, and counts for what is transcoded from then on', async () => {
    const series = await createSeries();
    const { id } = await publishedEpisode(series.id);
    const change = { method: 'PATCH', json: { protection: 'aes-128' } };
    expect(await jsonOf(await apiFetch(`/v1/series/${series.id}`, change))).toMatchObject(AES);
    const kept = { method: 'PATCH', json: { title: 'Another' } };
    expect(await jsonOf(await apiFetch(`/v1/series/${series.id}`, kept))).toMatchObject(AES);
    const token = await viewerToken(newViewerId());
    expect(await textOf(`${await mediaPrefix(id, token)}/v0/media.m3u8`)).not.toContain('EXT-X-KEY');
    await transcodeAgain(id);
    expect(await textOf(`${await mediaPrefix(id, token)}/v0/media.m3u8`)).toContain('EXT-X-KEY');
  });

  test('is cbcs where it is asked for: the license is in the feed, and the playlist names the key', async () => {
    const { id } = await createEpisode((await createSeries(POLICY, { protection: 'cbcs' })).id);
    const given = await transcodeAgain(id);
    expect(given.scheme).toBe('cbcs');
    await publish(id);
    const viewer = newViewerId();
    const at = await payingPrefix(id, viewer);
    const hex = Buffer.from(given.keyId, 'base64url').toString('hex');
    expect(await textOf(`${at}/v0/media.m3u8`)).toContain(`KEYID=0x${hex},KEYFORMAT="org.w3.clearkey"`);
    const [item] = (await feed(await viewerToken(viewer), `at=${id}`)).items;
    const { pathname } = new URL(item?.playback?.licenseUrl ?? '');
    const body = JSON.stringify({ kids: [given.keyId], type: 'temporary' });
    const license = await jsonOf(await edgeFetch(pathname, { method: 'POST', body }));
    expect(license).toMatchObject({ keys: [{ kid: given.keyId, k: given.key }] });
  });

  test.each(['cenc', 'CBCS', 'AES-128', '', null])('is refused when it is %j', async (protection) => {
    const { id } = await createSeries();
    const { detail } = await expectProblem(
      await apiFetch(`/v1/series/${id}`, { method: 'PATCH', json: { protection } }),
      'invalid-request',
    );
    expect(detail).toContain('protection');
  });

  test('is never left out by a transcoder that does not know of it', async () => {
    const { id } = await createEpisode((await createSeries(POLICY, AES)).id);
    const upload = await uploadSource(id);
    const job = await leaseJob(upload.id);
    const { objects, result } = fakeVersion();
    await putObjects(job, objects);
    await statusOf(await sendCompleted(job, result));
    expect((await readJob(upload.id)).state).toBe('queued');
    await expectProblem(await apiFetch(`/v1/episodes/${id}/publish`, { method: 'POST' }), 'episode-not-ready');
    expect(await statusOf(await playlist(id, await viewerToken(newViewerId())))).toBe(404);
  });
});
