/** A platform of its own that logs every media access: what is told of a request, to the player and to the log. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startPlatform, type Platform } from '../../../scripts/platform/index.ts';
import { edgeFetch } from '../../support/edge.ts';
import { statusOf } from '../support/http.ts';
import { createSeries, publishedEpisode } from '../support/library.ts';
import { ownEdge } from '../support/own-edge.ts';
import { newViewerId, viewerToken } from '../support/tokens.ts';
import { asViewer, mediaPrefix, playlist } from '../support/viewers.ts';

vi.mock('../../support/edge.ts', () => import('../support/own-edge.ts'));

const { secrets } = ownEdge;
const dataDir = mkdtempSync(path.join(tmpdir(), 'cliffhanger-observed-'));
const lines: string[] = [];
let platform: Platform | undefined;
let token = '';
let episodeId = '';
let prefix = '';

beforeAll(async () => {
  platform = await startPlatform({
    port: 0,
    dataDir,
    secrets,
    demo: false,
    log: (line) => void lines.push(line),
    vars: { ACCESS_LOG_SAMPLE: '1' },
  });
  ownEdge.origin = platform.origin;
  episodeId = (await publishedEpisode((await createSeries()).id)).id;
  token = await viewerToken(newViewerId());
  prefix = await mediaPrefix(episodeId, token);
});

afterAll(async () => {
  await platform?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

/** However long a busy machine takes for it. */
const WAIT = { timeout: 60_000 };

/** The last line of the log with that event; logs come a moment after the answer. */
async function lastLogged(event: string): Promise<Record<string, unknown>> {
  const found = await vi.waitFor(() => {
    const line = lines.findLast((each) => each.includes(`"event":"${event}"`));
    if (line === undefined) throw new Error(`nothing logged of ${event}`);
    return line;
  }, WAIT);
  lines.length = 0;
  return JSON.parse(found.slice(found.indexOf('{'))) as Record<string, unknown>;
}

test('a playlist and a feed say what they waited for', async () => {
  const all = /^verify;dur=[0-9.]+, load;dur=[0-9.]+, decide;dur=[0-9.]+, rewrite;dur=[0-9.]+$/;
  for (const answer of [
    await playlist(episodeId, token),
    await edgeFetch(`/v1/feed?at=${episodeId}`, asViewer(token)),
  ]) {
    await answer.arrayBuffer();
    expect(answer.headers.get('server-timing')).toMatch(all);
  }
  const refused = await edgeFetch('/v1/episodes/ep_none/playlist.m3u8', asViewer(token));
  expect(refused.headers.get('server-timing')).toMatch(/^verify;dur=[0-9.]+, load;dur=[0-9.]+$/);
  expect(await statusOf(refused)).toBe(404);
});

test('a segment says whether it came from the cache', async () => {
  const timings: (string | null)[] = [];
  for (let reads = 0; reads < 2; reads++) {
    const answer = await edgeFetch(`${prefix}/v0/0.m4s`);
    await answer.arrayBuffer();
    timings.push(answer.headers.get('server-timing'));
  }
  expect(timings).toEqual(['cache;desc=miss', 'cache;desc=hit']);
});

test('a refusal is logged with its code, and without the pass or the token', async () => {
  lines.length = 0;
  await statusOf(await edgeFetch(`${prefix}/v9/0.m4s`));
  expect(await lastLogged('playback_refused')).toMatchObject({
    route: 'media',
    object: expect.stringMatching(/^a\/ast_\w+\/ver_\w+\/v9\/0\.m4s$/),
    status: 403,
    code: 'pass-out-of-bounds',
  });
  await statusOf(await edgeFetch(`/v1/episodes/ep_none/playlist.m3u8?token=${token}`));
  expect(await lastLogged('playback_refused')).toMatchObject({
    route: 'playlist',
    status: 404,
    code: 'episode-not-found',
  });
});

test('CMCD is accepted in headers and in the query, logged, and no part of the cache key', async () => {
  await statusOf(await edgeFetch(`${prefix}/v0/3.m4s`));
  lines.length = 0;
  const byHeader = await edgeFetch(`${prefix}/v0/3.m4s`, {
    headers: { 'cmcd-object': 'br=3200,ot=av', 'cmcd-request': 'bl=1200,mtp=25400', 'cmcd-session': 'sid="s-1",st=v' },
  });
  expect(byHeader.headers.get('cache-status')).toBe('cliffhanger; hit');
  await byHeader.arrayBuffer();
  expect(await lastLogged('media_access')).toMatchObject({
    status: 200,
    cache: 'hit',
    cmcd_br: '3200',
    cmcd_ot: 'av',
    cmcd_bl: '1200',
    cmcd_sid: 's-1',
  });
  const byQuery = await edgeFetch(`${prefix}/v0/3.m4s?CMCD=${encodeURIComponent('bs,rtp=900,cid="ep-1"')}`);
  expect(byQuery.headers.get('cache-status')).toBe('cliffhanger; hit');
  await byQuery.arrayBuffer();
  expect(await lastLogged('media_access')).toMatchObject({ cmcd_bs: 'true', cmcd_rtp: '900', cmcd_cid: 'ep-1' });
});

test('no line has a token or a pass', () => {
  const text = lines.join('\n');
  for (const secret of [token, prefix.split('/')[2] ?? '']) expect(text).not.toContain(secret);
});
