import { beforeAll, describe, expect, test } from 'vitest';
import type { DecisionWire } from '#core/catalog/feed-wire.ts';
import { apiFetch, edgeFetch } from '../../support/edge.ts';
import { expectProblem, jsonOf } from '../support/http.ts';
import {
  createEpisode,
  createSeries,
  publishedEpisode,
  setEpisodePolicy,
  type SeriesWire,
} from '../support/library.ts';
import { newViewerId, viewerToken } from '../support/tokens.ts';
import { access, asViewer, credit, grant, unlock } from '../support/viewers.ts';

interface SeriesAccess {
  readonly series: SeriesWire;
  readonly items: readonly {
    readonly episode: { readonly id: string; readonly number: number };
    readonly decision: DecisionWire;
  }[];
}

let series: SeriesWire;
const ids: string[] = [];

beforeAll(async () => {
  series = await createSeries({ freeEpisodes: 2, coinPrice: 10, previewSeconds: 4, passes: ['vip'] });
  for (let number = 1; number <= 6; number++) ids.push((await publishedEpisode(series.id, number)).id);
  await createEpisode(series.id, 7);
});

function ask(viewerId: string, query = `series=${series.slug}`): Promise<Response> {
  return apiFetch(`/v1/viewers/${viewerId}/access?${query}`);
}

describe('one call for a whole series', () => {
  test('answers every published episode as a call for it alone would', async () => {
    const viewer = newViewerId();
    await credit(viewer, 25);
    await unlock(viewer, ids[3] ?? '');
    const { items } = await jsonOf<SeriesAccess>(await ask(viewer));
    expect(items.map(({ episode }) => episode.id)).toEqual(ids);
    for (const { episode, decision } of items) expect(decision).toEqual(await access(viewer, episode.id));
    expect(items.map(({ decision }) => decision.basis)).toEqual([
      'free',
      'free',
      'preview',
      'unlock',
      'preview',
      'preview',
    ]);
  });

  test('knows at once of a policy, a grant and an unlock that came just before', async () => {
    const viewer = newViewerId();
    const own = await createSeries({ coinPrice: 10 });
    const { id } = await publishedEpisode(own.id);
    const basis = async () => (await jsonOf<SeriesAccess>(await ask(viewer, `series=${own.id}`))).items[0]?.decision;
    expect(await basis()).toMatchObject({ access: 'locked', offers: [{ coins: 10 }] });
    await setEpisodePolicy(id, { coinPrice: 99 });
    expect(await basis()).toMatchObject({ access: 'locked', offers: [{ coins: 99 }] });
    await grant(viewer, { scope: 'series', id: own.slug });
    expect(await basis()).toMatchObject({ access: 'full', basis: 'grant' });
  });

  test('with the viewer’s own token shows what that token covers', async () => {
    const viewer = newViewerId();
    const restricted = await viewerToken(viewer, { episodeNumbers: { from: 2, to: 3 } });
    const { items } = await jsonOf<SeriesAccess>(
      await edgeFetch(`/v1/me/access?series=${series.id}`, asViewer(restricted)),
    );
    expect(items.map(({ episode }) => episode.number)).toEqual([2, 3]);
  });

  test('says where a series does not exist, and takes no episode for one', async () => {
    await expectProblem(await ask(newViewerId(), 'series=nowhere'), 'series-not-found');
    await expectProblem(await ask(newViewerId(), `series=${ids[0]}`), 'series-not-found');
    await expectProblem(await ask(newViewerId(), `series=${series.id}&country=de`), 'invalid-request');
    await expectProblem(
      await edgeFetch('/v1/me/access', asViewer(await viewerToken(newViewerId()))),
      'series-not-found',
    );
  });
});
