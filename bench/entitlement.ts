/** What deciding costs, and how many unlocks go through: decisions in this process, unlocks over HTTP. */
import { randomUUID } from 'node:crypto';
import { decideSeries, type SeriesAccessRequest } from '../core/entitlement/decide-series.ts';
import type { AccessPolicy } from '../core/entitlement/policy.ts';
import { UNKNOWN_VIEWER } from '../core/entitlement/viewer-state.ts';

const EPISODES = 100;
const MEASURE_MS = 700;
const PLAIN: AccessPolicy = { freeEpisodes: 10, coinPrice: 10, previewSeconds: 5, passes: ['vip'] };
const RICH: AccessPolicy = {
  ...PLAIN,
  ad: { adsPerUnlock: 2, dailyCap: 20 },
  wait: { hours: 24 },
  rental: { coins: 4, hours: 48 },
  countries: { deny: ['AQ'] },
  bundles: [
    { kind: 'next', count: 10, discountPercent: 10 },
    { kind: 'season', discountPercent: 20 },
    { kind: 'series', discountPercent: 30 },
  ],
};

/** Per episode, of a series of 100: a viewer with ten unlocks, and no pass that would make it easy. */
export function measureDecisions(): { readonly name: string; readonly microseconds: number }[] {
  return [
    { name: 'decision, coins and a pass on offer', microseconds: perDecision(PLAIN) },
    { name: 'decision, every way in and three bundles on offer', microseconds: perDecision(RICH) },
  ];
}

function perDecision(policy: AccessPolicy): number {
  const request = seriesOf(policy);
  for (let warm = 0; warm < 200; warm++) decideSeries(request);
  const startedAtMs = performance.now();
  let rounds = 0;
  while (performance.now() - startedAtMs < MEASURE_MS) {
    for (let batch = 0; batch < 10; batch++) decideSeries(request);
    rounds += 10;
  }
  return ((performance.now() - startedAtMs) * 1_000) / (rounds * EPISODES);
}

function seriesOf(policy: AccessPolicy): SeriesAccessRequest {
  const ids = Array.from({ length: EPISODES }, (_, index) => `ep_${index}`);
  const unlock = { method: 'coins', untilSeconds: null, rental: null } as const;
  return {
    episodes: ids.map((id, number) => ({
      episode: { id, seriesId: 'ser', seasonId: number < 50 ? 'a' : 'b', number },
      policy,
    })),
    viewer: { ...UNKNOWN_VIEWER, coins: 25, unlocks: new Map(ids.slice(10, 20).map((id) => [id, unlock])) },
    country: 'DE',
    nowSeconds: 1_795_348_800,
  };
}

interface Unlocker {
  readonly origin: string;
  readonly apiKey: string;
  /** Priced at ten coins each. */
  readonly episodeIds: readonly string[];
}

export interface UnlockRate {
  readonly name: string;
  readonly perSecond: number;
}

/** Sixteen at a time, as one busy backend would; each viewer has the coins for all of it. */
const PARALLEL = 16;
const VIEWERS = 1_000;

export async function measureUnlocks(at: Unlocker): Promise<UnlockRate[]> {
  const [first = ''] = at.episodeIds;
  const one = `bench-${randomUUID()}`;
  await creditOf(at, one);
  const viewers = Array.from({ length: VIEWERS }, () => `bench-${randomUUID()}`);
  await inParallel(viewers.map((viewer) => () => creditOf(at, viewer)));
  return [
    { name: 'unlocks of one viewer', perSecond: await rateOf(at.episodeIds.map((id) => () => unlockOf(at, one, id))) },
    {
      name: `unlocks of ${VIEWERS} viewers`,
      perSecond: await rateOf(viewers.map((viewer) => () => unlockOf(at, viewer, first))),
    },
  ];
}

async function rateOf(calls: readonly (() => Promise<void>)[]): Promise<number> {
  const startedAtMs = performance.now();
  await inParallel(calls);
  return (calls.length * 1_000) / (performance.now() - startedAtMs);
}

async function inParallel(calls: readonly (() => Promise<void>)[]): Promise<void> {
  const queue = calls.values();
  const work = async (): Promise<void> => {
    for (const call of queue) await call();
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
}

function creditOf(at: Unlocker, viewer: string): Promise<void> {
  return post(at, `/v1/viewers/${viewer}/credits`, { coins: 10_000, kind: 'paid' });
}

function unlockOf(at: Unlocker, viewer: string, episodeId: string): Promise<void> {
  return post(at, `/v1/viewers/${viewer}/unlocks`, { episodeId, method: 'coins' });
}

async function post({ origin, apiKey }: Unlocker, path: string, body: object): Promise<void> {
  const headers = {
    authorization: `Bearer ${apiKey}`,
    'content-type': 'application/json',
    'idempotency-key': randomUUID(),
  };
  const response = await fetch(origin + path, { method: 'POST', headers, body: JSON.stringify(body) });
  const text = await response.text();
  if (response.status !== 201) throw new Error(`${path}: ${response.status} ${text}`);
}
