/** Titles in the language that a viewer reads. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FeedWire } from '#core/catalog/feed-wire.ts';
import { apiFetch, edgeFetch } from '../../support/edge.ts';
import { expectProblem, jsonOf, statusOf } from '../support/http.ts';
import { publishedEpisode, type SeriesWire } from '../support/library.ts';
import { newViewerId, removeBackendKeys, viewerToken } from '../support/tokens.ts';

let token = '';
let series: SeriesWire;
let first = '';
let second = '';

beforeAll(async () => {
  token = await viewerToken(newViewerId());
  const body = { slug: `s-${randomUUID()}`, title: 'The Heiress', defaultLanguage: 'EN' };
  series = await jsonOf<SeriesWire>(await apiFetch('/v1/series', { json: body }), 201);
  expect(series).toMatchObject({ defaultLanguage: 'en' });
  first = (await publishedEpisode(series.id, 1)).id;
  second = (await publishedEpisode(series.id, 2)).id;
  await put(`series/${series.slug}`, 'es', { title: 'La heredera' });
  await put(`episodes/${first}`, 'es', { title: 'Episodio 1', synopsis: 'Empieza.' });
  await put(`episodes/${first}`, 'ZH-hant', { title: '第一集' });
});
afterAll(removeBackendKeys);

async function put(path: string, language: string, json: object): Promise<unknown> {
  return jsonOf(await apiFetch(`/v1/${path}/localisations/${language}`, { method: 'PUT', json }));
}

async function titles(query: string, acceptLanguage = ''): Promise<(string | null | undefined)[]> {
  const headers = { authorization: `Bearer ${token}`, 'accept-language': acceptLanguage };
  const answer = await jsonOf<FeedWire>(await edgeFetch(`/v1/feed?series=${series.slug}${query}`, { headers }));
  return [answer.series.title, ...answer.items.flatMap(({ episode }) => [episode.title, episode.language])];
}

describe('a title', () => {
  test('is in the language of the player, or of ?language=, and says which; what has none keeps its own', async () => {
    const spanish = ['La heredera', 'Episodio 1', 'es', 'Episode 2', 'en'];
    expect(await titles('', 'es-MX,es;q=0.9,en;q=0.8')).toEqual(spanish);
    expect(await titles('&language=es', 'zh-Hant')).toEqual(spanish);
    expect(await titles('', 'zh-Hant-TW')).toEqual(['The Heiress', '第一集', 'zh-Hant', 'Episode 2', 'en']);
  });

  test('is the series’ own where nothing fits, or where that is what the viewer reads first', async () => {
    const own = ['The Heiress', 'Episode 1', 'en', 'Episode 2', 'en'];
    for (const wanted of ['', 'fr', 'en-GB, es', '*']) expect(await titles('', wanted)).toEqual(own);
  });

  test('is so in what comes next, too', async () => {
    await put(`episodes/${second}`, 'es', { title: 'Episodio 2' });
    const answer = await edgeFetch(`/v1/episodes/${first}/next?language=es&token=${token}`);
    expect(await jsonOf(answer)).toMatchObject({ episode: { id: second, title: 'Episodio 2', language: 'es' } });
    expect(await statusOf(await apiFetch(`/v1/episodes/${second}/localisations/es`, { method: 'DELETE' }))).toBe(204);
  });
});

describe('the languages of something', () => {
  test('are listed in their canonical form', async () => {
    const { items } = await jsonOf<{ items: object[] }>(await apiFetch(`/v1/episodes/${first}/localisations`));
    expect(items).toMatchObject([
      { language: 'es', title: 'Episodio 1', synopsis: 'Empieza.' },
      { language: 'zh-Hant', title: '第一集', synopsis: null },
    ]);
  });

  test('are there for seasons and arcs as well, and go one by one', async () => {
    for (const kind of ['seasons', 'arcs']) {
      const path = `series/${series.id}/${kind}`;
      const group = await jsonOf<{ id: string }>(
        await apiFetch(`/v1/${path}`, { json: { number: 1, title: 'One' } }),
        201,
      );
      await put(`${path}/${group.id}`, 'es', { title: 'Uno' });
      await put(`${path}/${group.id}`, 'es', { title: 'Primera' });
      const at = `/v1/${path}/${group.id}/localisations`;
      expect(await jsonOf(await apiFetch(at))).toMatchObject({ items: [{ language: 'es', title: 'Primera' }] });
      expect(await statusOf(await apiFetch(`${at}/es`, { method: 'DELETE' }))).toBe(204);
      await expectProblem(await apiFetch(`${at}/es`, { method: 'DELETE' }), 'not-found');
      await expectProblem(await apiFetch(`/v1/${path}/none/localisations`), 'not-found');
    }
  });

  test.each(['e', 'not_a_tag', 'de-', 'en-toolongsubtag1'])('are not %s', async (language) => {
    const answer = await apiFetch(`/v1/episodes/${first}/localisations/${language}`, {
      method: 'PUT',
      json: { title: 'x' },
    });
    await expectProblem(answer, 'invalid-request');
  });
});
