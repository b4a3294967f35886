import { beforeAll, expect, test } from 'vitest';
import { edgeFetch } from '../../support/edge.ts';
import { fakeVersion, reportOf, transcode, type FakeVersion } from '../support/fake-transcoder.ts';
import { createEpisode, createSeries, publish, uploadSource } from '../support/library.ts';
import { newViewerId, viewerToken } from '../support/tokens.ts';
import { playlist, variantPaths } from '../support/viewers.ts';

const READERS = 25;
const SWAPS = 5;
let episodeId = '';

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

beforeAll(async () => {
  const series = await createSeries();
  episodeId = (await createEpisode(series.id)).id;
  await transcode((await uploadSource(episodeId)).id, markedVersion(1));
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
  for (let mark = 2; mark <= SWAPS + 1; mark++)
    await transcode((await uploadSource(episodeId)).id, markedVersion(mark));
  isOver = true;
  await Promise.all(readers);
  expect(starts).toBeGreaterThan(READERS);
  expect(seen.size).toBeGreaterThan(1);
  expect(await readThrough(token)).toBe(`<mark ${SWAPS + 1}>`);
  expect((await playlist(episodeId, token)).status).toBe(200);
}, 60_000);
