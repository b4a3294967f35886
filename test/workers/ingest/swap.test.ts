import { beforeAll, expect, test } from 'vitest';
import { edgeFetch } from '../../support/edge.ts';
import { fakeVersion, reportOf, transcode, type FakeVersion } from '../support/fake-transcoder.ts';
import { createEpisode, createSeries, publish, uploadSource } from '../support/library.ts';
import { newViewerId, viewerToken } from '../support/tokens.ts';
import { playlist, variantPaths } from '../support/viewers.ts';

const READERS = 25;
const SWAPS = 5;
const STARTS = 1_000;
/** As many as this machine answers at a time: more would only wait for each other. */
const LANES = 40;
let episodeId = '';
/** Of the version that was begun last. */
let latest = 0;

/** Every segment and playlist of it says which version it is of; each has another number of segments. */
function markedVersion(mark: number): FakeVersion {
  const segments = [1, 1, 2, 2, ...Array.from({ length: mark }, () => 2)];
  const { objects, result } = fakeVersion({ segments, heights: [640, 960] });
  const marked = new Map(
    [...objects].map(([path, bytes]) => {
      if (!path.endsWith('.m4s')) return [path, bytes] as const;
      const copy = Buffer.from(bytes);
      copy.write(`<mark ${mark}>`, 900);
      return [path, copy] as const;
    }),
  );
  return { objects: marked, result: { ...result, objects: reportOf(marked) } };
}

async function swap(): Promise<void> {
  const next = markedVersion(++latest);
  await transcode((await uploadSource(episodeId)).id, next);
}

beforeAll(async () => {
  const series = await createSeries();
  episodeId = (await createEpisode(series.id)).id;
  await swap();
  await publish(episodeId);
});

/** One player's start: the playlists, and each segment of each rung. Answers the mark that all of it bears. */
async function readThrough(token: string): Promise<string> {
  const marks = new Set<string>();
  for (const variant of await variantPaths(episodeId, token)) {
    const folder = variant.slice(0, variant.lastIndexOf('/') + 1);
    const answer = await edgeFetch(variant);
    const media = await answer.text();
    expect(answer.status).toBe(200);
    const uris = media.split('\n').filter((line) => line.endsWith('.m4s'));
    marks.add(`<mark ${uris.length - 4}>`);
    for (const uri of uris) {
      const segment = await edgeFetch(folder + uri);
      const text = Buffer.from(await segment.arrayBuffer()).toString('latin1');
      expect(segment.status).toBe(200);
      marks.add(/<mark \d+>/.exec(text)?.[0] ?? text);
    }
  }
  expect([...marks]).toHaveLength(1);
  return [...marks][0] ?? '';
}

test('players that start while versions are swapped see the old one or the new one, never a mixture or a gap', async () => {
  const token = await viewerToken(newViewerId());
  let isOver = false;
  let starts = 0;
  const seen = new Set<string>();
  const reader = async (): Promise<void> => {
    while (!isOver) {
      seen.add(await readThrough(token));
      starts++;
    }
  };
  const readers = Array.from({ length: READERS }, reader);
  for (let swaps = 0; swaps < SWAPS; swaps++) await swap();
  isOver = true;
  await Promise.all(readers);
  expect(starts).toBeGreaterThan(READERS);
  expect(seen.size).toBeGreaterThan(1);
  expect(await readThrough(token)).toBe(`<mark ${latest}>`);
  expect((await playlist(episodeId, token)).status).toBe(200);
});

interface Start {
  readonly mark: number;
  /** `/m/{pass}/{asset}/{version}/v{n}/` */
  readonly folder: string;
  readonly last: string;
}

/** What a player asks for until it shows something: the playlist, a rung's, and a segment, here any. */
async function startPlaying(token: string, number: number): Promise<Start> {
  const variants = await variantPaths(episodeId, token);
  const variant = variants[number % variants.length] ?? '';
  const folder = variant.slice(0, variant.lastIndexOf('/') + 1);
  const answer = await edgeFetch(variant);
  expect(answer.status).toBe(200);
  const uris = (await answer.text()).split('\n').filter((line) => line.endsWith('.m4s'));
  const mark = uris.length - 4;
  expect(await markOf(folder + uris[number % uris.length])).toBe(mark);
  return { mark, folder, last: uris.at(-1) ?? '' };
}

async function markOf(segment: string): Promise<number> {
  const answer = await edgeFetch(segment);
  const text = Buffer.from(await answer.arrayBuffer()).toString('latin1');
  expect(answer.status).toBe(200);
  return Number(/<mark (\d+)>/.exec(text)?.[1]);
}

/** @see security.md TRN-7 */
test('of a thousand players that start during swaps each has the version before or after one, whole, and keeps it', async () => {
  const token = await viewerToken(newViewerId());
  let [published, left] = [latest, STARTS];
  const starts: Start[] = [];
  const lane = async (): Promise<void> => {
    while (left > 0) {
      const number = --left;
      const oldest = published;
      const start = await startPlaying(token, number);
      expect(start.mark).toBeGreaterThanOrEqual(oldest);
      expect(start.mark).toBeLessThanOrEqual(latest);
      starts.push(start);
    }
  };
  const players = Promise.all(Array.from({ length: LANES }, lane));
  players.catch(() => (left = 0));
  for (; left > 0; published = latest) await swap();
  await players;
  expect(starts).toHaveLength(STARTS);
  expect(new Set(starts.map(({ mark }) => mark)).size).toBeGreaterThan(2);
  // One folder is one version, whoever reads it; and what a player has begun with it plays to its end.
  const versions = Map.groupBy(starts, ({ folder }) => folder.split('/')[4]);
  for (const of of versions.values()) expect(new Set(of.map(({ mark }) => mark)).size).toBe(1);
  for (const [{ folder, last, mark } = { folder: '', last: '', mark: 0 }] of versions.values())
    expect(await markOf(folder + last)).toBe(mark);
});
