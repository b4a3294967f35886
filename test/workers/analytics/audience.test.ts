/**
 * The numbers that the API answers with, against what an audience really did (bench/audience): told by players of all kinds,
 * twice, in any order and with some of it lost. `npm run bench -- audience` does the same with 100,000 views.
 */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Dropoff } from '#core/qoe/dropoffs.ts';
import { SERIES_PLANS } from '../../../bench/audience/library.ts';
import { publishOne } from '../../../bench/audience/publish.ts';
import { type AudienceRun, runAudience } from '../../../bench/audience/run.ts';
import { type Tokens, tokensOf } from '../../../bench/audience/send.ts';
import { call, type Edge } from '../../../bench/library.ts';
import { startPlatform, type Platform } from '../../../scripts/platform/index.ts';
import { makeSecrets } from '../../../scripts/platform/secrets.ts';
import { anyAudience, DURATION_SECONDS, type Planted, randomFrom, simulate } from '../../core/qoe/audience/simulate.ts';
import { withCountry } from '../support/country.ts';

const VIEWS = 1_000;
/** An event weighs 600 bytes here, and a beacon 64 KB at most. */
const EVENTS_PER_BEACON = 80;

const USER_AGENT = 'Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0';

const dataDir = mkdtempSync(path.join(tmpdir(), 'cliffhanger-audience-'));
const secrets = makeSecrets('local');
let platform: Platform | undefined;
let edge: Edge = { origin: '', secrets };

beforeAll(async () => {
  const log = (): void => undefined;
  platform = await startPlatform({ port: 0, dataDir, secrets, demo: false, log, adapt: withCountry });
  edge = { origin: platform.origin, secrets };
}, 60_000);

afterAll(async () => {
  await platform?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

describe('what an audience did', () => {
  let run: AudienceRun | undefined;

  beforeAll(async () => {
    // A platform takes an episode in half a second: as few as have everything.
    const plans = [SERIES_PLANS[0]?.slice(0, 4) ?? [], SERIES_PLANS[1]?.slice(0, 3) ?? []];
    run = await runAudience(edge, { views: VIEWS, seed: 5, plans, withOverview: false });
  }, 240_000);

  test('is what every number says, percentiles within 1 %', () => {
    expect(run?.comparisons.flatMap(({ wrong }) => wrong).slice(0, 12)).toEqual([]);
    expect(run?.comparisons.reduce((sum, { numbers }) => sum + numbers, 0)).toBeGreaterThan(10_000);
  });

  test('was told in part only: some last beacons never came', () => {
    expect(run?.delivered).toBeLessThan(run?.views ?? 0);
    expect(run?.delivered).toBeGreaterThan(0.95 * VIEWS);
  });

  test('is the same when all of it is told a second time', () => {
    expect(run?.changed).toEqual([]);
  });
});

describe('why viewers left', () => {
  let tokens: Tokens;
  beforeAll(async () => {
    tokens = await tokensOf(edge);
  });

  interface Told extends Dropoff {
    readonly verdict: string;
    readonly words: string;
  }

  /** Each view is a session of its own; an app's backend tells them for one viewer. */
  async function tell(token: string, episodeId: string, planted: Planted, seed: number): Promise<Told | undefined> {
    const random = randomFrom(seed);
    const audience = anyAudience(planted, random);
    const events = simulate(audience, random).map(({ watched, startupMs, stalls, ended, leftBy, details }) => ({
      ...{ viewId: randomUUID(), seq: 1, sessionId: randomUUID(), episodeId },
      ...{ watched, startupMs, stalls, ended, leftBy, details },
    }));
    for (let from = 0; from < events.length; from += EVENTS_PER_BEACON) {
      const body = JSON.stringify({ events: events.slice(from, from + EVENTS_PER_BEACON) });
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'text/plain', 'user-agent': USER_AGENT };
      const answer = await fetch(`${edge.origin}/v1/events`, { method: 'POST', headers, body });
      expect(answer.status, await answer.text()).toBe(202);
    }
    const end = audience.dropFromSeconds + audience.dropSeconds;
    await expect
      .poll(
        async () =>
          (await call<{ views: number }>(edge, 'GET', `/v1/analytics/episodes/${episodeId}/retention`, undefined))
            .views,
        {
          timeout: 60_000,
          interval: 300,
        },
      )
      .toBe(events.length);
    const { items } = await call<{ items: Told[] }>(
      edge,
      'GET',
      `/v1/analytics/episodes/${episodeId}/dropoffs`,
      undefined,
    );
    return items.find((each) => each.fromSeconds < end && each.toSeconds > audience.dropFromSeconds);
  }

  test.each<[Planted, number, string | undefined]>([
    ['script', 1, 'script'],
    ['buffering', 2, 'buffering'],
    ['both', 3, 'both'],
    ['none', 4, undefined],
  ])(
    'is told for a planted cause: %s',
    async (planted, seed, verdict) => {
      const token = await tokens({ viewerId: `viewer-${planted}`, impossible: null });
      const { id } = await call<{ id: string }>(edge, 'POST', '/v1/series', { slug: randomUUID(), title: planted });
      const episodeId = await publishOne(edge, id, 1, { durationSeconds: DURATION_SECONDS });
      const found = await tell(token, episodeId, planted, seed);
      expect(found?.verdict).toBe(verdict);
    },
    120_000,
  );
});
