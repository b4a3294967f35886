/** Requests with a country. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startPlatform, type Platform } from '../../../scripts/platform/index.ts';
import { edgeFetch } from '../../support/edge.ts';
import { withCountry } from '../support/country.ts';
import { expectProblem, statusOf } from '../support/http.ts';
import { createSeries, publishedEpisode } from '../support/library.ts';
import { ownEdge } from '../support/own-edge.ts';
import { newViewerId, viewerToken } from '../support/tokens.ts';

vi.mock('../../support/edge.ts', () => import('../support/own-edge.ts'));

const dataDir = mkdtempSync(path.join(tmpdir(), 'cliffhanger-geo-'));
let platform: Platform | undefined;
let open = '';
let inGermany = '';

beforeAll(async () => {
  const log = (): void => undefined;
  platform = await startPlatform({ port: 0, dataDir, secrets: ownEdge.secrets, demo: false, log, adapt: withCountry });
  ownEdge.origin = platform.origin;
  open = (await publishedEpisode((await createSeries()).id)).id;
  inGermany = (await publishedEpisode((await createSeries({ countries: { allow: ['DE'] } })).id)).id;
});

afterAll(async () => {
  await platform?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

type Call = readonly [name: string, send: (headers: Record<string, string>) => Promise<Response>];
const json = { method: 'POST', body: '{}' };
const CALLS: readonly Call[] = [
  ['playlist', (headers) => edgeFetch(`/v1/episodes/${open}/playlist.m3u8`, { headers })],
  ['next', (headers) => edgeFetch(`/v1/episodes/${open}/next`, { headers })],
  ['feed', (headers) => edgeFetch(`/v1/feed?at=${open}`, { headers })],
  ['wallet', (headers) => edgeFetch('/v1/me/wallet', { headers })],
  ['events', (headers) => edgeFetch('/v1/events', { ...json, headers: { ...headers, 'content-type': 'text/plain' } })],
];

describe('a token for some countries', () => {
  test.each(CALLS)('is good there and refused elsewhere: %s', async (_, send) => {
    const token = await viewerToken(newViewerId(), { countries: ['AT', 'DE'] });
    const from = (country: string) => send({ authorization: `Bearer ${token}`, 'x-country': country });
    for (const country of ['AT', 'DE']) expect([401, 403]).not.toContain(await statusOf(await from(country)));
    for (const country of ['FR', 'T1', 'XX', ''])
      expect((await expectProblem(await from(country), 'token-restricted'))['restriction'], country).toBe('geo');
  });
});

describe('an episode for some countries', () => {
  test('plays there and nowhere else', async () => {
    const token = await viewerToken(newViewerId());
    const from = (country: string) =>
      edgeFetch(`/v1/episodes/${inGermany}/playlist.m3u8?token=${token}`, { headers: { 'x-country': country } });
    expect(await statusOf(await from('DE'))).toBe(200);
    await expectProblem(await from('FR'), 'country-not-allowed');
  });
});
