/** Viewers of a series, as their players tell of them: through the front door, with a token each. */
import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import type { ViewEventWire } from '#core/qoe/beacon-wire.ts';
import type { ViewDetailsWire } from '#core/qoe/details.ts';
import { apiFetch, edgeFetch } from '../../support/edge.ts';
import { expectDocumented } from '../contract/validator.ts';
import { fakeVersion } from '../support/fake-transcoder.ts';
import { jsonOf } from '../support/http.ts';
import { createSeries, publishedEpisode } from '../support/library.ts';
import { newViewerId, signToken, type BackendKey } from '../support/tokens.ts';

export interface Library {
  readonly seriesId: string;
  readonly slug: string;
  readonly episodeIds: readonly string[];
}

export async function makeLibrary(episodes: number, policy?: object): Promise<Library> {
  const { id: seriesId, slug } = await createSeries(policy);
  const episodeIds: string[] = [];
  for (let number = 1; number <= episodes; number++) {
    const version = fakeVersion({ segments: [4, 4, 4, 4, 4], heights: [640, 1_280] });
    episodeIds.push((await publishedEpisode(seriesId, number, version)).id);
  }
  return { seriesId, slug, episodeIds };
}

export interface Told extends Partial<Omit<ViewEventWire, 'details' | 'episodeId'>> {
  readonly episodeId: string;
  readonly details?: Partial<ViewDetailsWire>;
}

export interface Visitor {
  readonly viewerId: string;
  readonly sessionId: string;
}

export const newVisitor = (): Visitor => ({ viewerId: newViewerId(), sessionId: randomUUID() });

const PLAIN: ViewDetailsWire = {
  startSource: 'net',
  renditions: [],
  seeks: [],
  frames: null,
  bytes: { fetched: 0, unwatched: 0, ahead: 0 },
  bandwidthBps: null,
  muted: false,
  muteChanges: 0,
  paywallShown: false,
  unlockMs: null,
  error: null,
};

/** One beacon of one visitor, whose token is ten minutes old: so long they may have watched. */
export async function tell(
  key: BackendKey,
  { viewerId, sessionId }: Visitor,
  country: string,
  views: readonly Told[],
): Promise<void> {
  const nowSeconds = Math.floor(Date.now() / 1_000);
  const token = await signToken(key, viewerId, { claims: { iat: nowSeconds - 600 } });
  const events = views.map(({ details, ...view }) => ({
    viewId: randomUUID(),
    seq: 1,
    sessionId,
    watched: [],
    startupMs: 200,
    stalls: [],
    ended: false,
    leftBy: null,
    ...view,
    details: { ...PLAIN, ...details },
  }));
  const answer = await edgeFetch(`/v1/events?token=${token}`, {
    method: 'POST',
    headers: { 'content-type': 'text/plain', 'x-country': country },
    body: JSON.stringify({ events }),
  });
  await jsonOf(answer, 202);
}

/** The answer, as the document describes it. */
export async function read<T = Record<string, unknown>>(path: string): Promise<T> {
  const answer = await apiFetch(`/v1/analytics${path}`);
  expect(answer.status).toBe(200);
  const [way = ''] = path.split('?');
  const template = way
    .replace(/^\/episodes\/[^/]+/, '/episodes/{episode}')
    .replace(/^\/series\/[^/]+/, '/series/{series}');
  return (await expectDocumented(`GET /v1/analytics${template}`, answer)) as T;
}
