/** Players that speak CMCD v2 and nothing of ours: their events become a view like any other. */
import { randomUUID } from 'node:crypto';
import { encodeCmcd, validateCmcdEvents, type Cmcd } from '@svta/cml-cmcd';
import { beforeAll, describe, expect, test } from 'vitest';
import { apiFetch, edgeFetch } from '../../support/edge.ts';
import { fakeVersion } from '../support/fake-transcoder.ts';
import { expectProblem, jsonOf } from '../support/http.ts';
import { createSeries, publishedEpisode } from '../support/library.ts';
import { newViewerId, viewerToken } from '../support/tokens.ts';
import { mediaPrefix } from '../support/viewers.ts';

interface Retention {
  readonly views: number;
  readonly completionRate: number;
  readonly curve: readonly { readonly viewers: number }[];
}

let seriesId = '';
let token = '';
let number = 1;
beforeAll(async () => {
  seriesId = (await createSeries()).id;
  token = await viewerToken(newViewerId());
});
const newEpisode = async (): Promise<string> =>
  (await publishedEpisode(seriesId, number++, fakeVersion({ segments: [4], heights: [640] }))).id;

/** A view of four seconds, of which the first three are played, with a line for each event. */
function linesOf(cid: string | undefined, sid: string = randomUUID()): string[] {
  const beginMs = Date.now() - 10_000;
  const steps: readonly (readonly [number, Partial<Cmcd>])[] = [
    [0, { e: 'ps', sta: 'd' }],
    [50, { e: 'ps', sta: 's' }],
    [300, { e: 'ps', sta: 'p', mtp: [4_300] }],
    [1_300, { e: 'bc', sta: 'p', br: [1_200], ot: 'av' }],
    [2_300, { e: 'ps', sta: 'r' }],
    [2_900, { e: 'ps', sta: 'p' }],
    [3_900, { e: 'ps', sta: 'q' }],
  ];
  return steps.map(([atMs, data], sn) => {
    const line = {
      v: 2,
      sid,
      sf: 'h',
      st: 'v',
      sn,
      ts: beginMs + atMs,
      ...(cid === undefined ? {} : { cid }),
      ...data,
    } as Cmcd;
    return encodeCmcd(line, { version: 2, reportingMode: 'event' });
  });
}

const post = (body: string, query = `token=${token}`, type = 'application/cmcd'): Promise<Response> =>
  edgeFetch(`/v1/events?${query}`, { method: 'POST', headers: { 'content-type': type }, body });
const retention = async (episodeId: string): Promise<Retention> =>
  jsonOf<Retention>(await apiFetch(`/v1/analytics/episodes/${episodeId}/retention`));
const viewersOf = async (episodeId: string): Promise<number[]> =>
  (await retention(episodeId)).curve.map(({ viewers }) => viewers);
const eventually = (read: () => Promise<unknown>) => expect.poll(read, { timeout: 10_000, interval: 100 });
const SEEN = [1, 1, 1, 0];

describe('a player that speaks CMCD v2', () => {
  test.each<[string, (all: string[]) => string[]]>([
    ['in one report', (all) => [all.join('\n')]],
    ['one by one', (all) => all],
    ['the last one first', (all) => all.toReversed()],
    ['three times over', (all) => [...all, ...all.toReversed(), all.join('\r\n')]],
  ])('has its view in the retention curve, when its events come %s', async (_, order) => {
    const episodeId = await newEpisode();
    const lines = linesOf(episodeId);
    expect(validateCmcdEvents(lines.join('\n')).issues).toEqual([]);
    for (const body of order(lines)) await jsonOf(await post(body), 202);
    await eventually(() => viewersOf(episodeId)).toEqual(SEEN);
    expect((await retention(episodeId)).views).toBe(1);
  });

  test('needs no content id, and no token, with the pass of what it plays', async () => {
    const episodeId = await newEpisode();
    const pass = encodeURIComponent(await mediaPrefix(episodeId, token));
    await jsonOf(await post(linesOf(undefined).join('\n'), `pass=${pass}`), 202);
    await eventually(() => viewersOf(episodeId)).toEqual(SEEN);
    const other = await newEpisode();
    expect(await jsonOf(await post(linesOf(other).join('\n'), `pass=${pass}`), 202)).toEqual({ accepted: 0 });
  });

  test('that has only fetched ahead has no view', async () => {
    const episodeId = await newEpisode();
    const sid = randomUUID();
    const [ahead = '', ...rest] = linesOf(episodeId, sid);
    expect(await jsonOf(await post(ahead), 202)).toEqual({ accepted: 0 });
    expect(await jsonOf(await post(rest.join('\n')), 202)).toEqual({ accepted: 1 });
    await eventually(() => viewersOf(episodeId)).toEqual(SEEN);
  });

  test('of another viewer does not go on with a view, though it names the same session', async () => {
    const [episodeId, sid] = [await newEpisode(), randomUUID()];
    const lines = linesOf(episodeId, sid);
    await jsonOf(await post(lines.slice(0, 3).join('\n')), 202);
    await jsonOf(await post(lines.slice(3).join('\n'), `token=${await viewerToken(newViewerId())}`), 202);
    await eventually(async () => (await retention(episodeId)).views).toBe(2);
  });
});

describe('a report', () => {
  test.each<[string, string]>([
    ['nothing in it', ''],
    ['what is no structured field', 'sid="a"\n{"sid":"b"}'],
    ['more events than one report may have', 'ts=1\n'.repeat(101)],
  ])('with %s is refused with words', async (_, body) => {
    expect((await expectProblem(await post(body), 'invalid-request'))['detail']).toMatch(/CMCD|at most 100/);
  });

  test('of something else is taken and counts nowhere', async () => {
    const lines = ['v=2,e=ps,sta=p,ts=1,sid="s"', `v=2,e=ps,sta=p,ts=1,cid="a film"`, `v=2,e=ps,sta=p,sid="s",cid="x"`];
    expect(await jsonOf(await post(lines.join('\n')), 202)).toEqual({ accepted: 0 });
  });

  test('in JSON, which drafts had, is read as a beacon of ours and told so', async () => {
    const problem = await expectProblem(
      await post('[{"e":"ps"}]', undefined, 'application/cmcd+json'),
      'invalid-request',
    );
    expect(problem['detail']).toContain('"events"');
  });
});
