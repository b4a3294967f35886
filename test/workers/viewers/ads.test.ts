/** A platform of its own: a key server of ours in Google's place, ad networks with secrets, and a clock that tests move. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startPlatform, type Platform } from '../../../scripts/platform/index.ts';
import type { WorkerOptions } from '../../../scripts/platform/worker-options.ts';
import { apiFetch } from '../../support/edge.ts';
import { chaosHeader, withChaos } from '../degradation/chaos.ts';
import {
  AD_UNIT,
  admobParameters,
  makeAdmobKey,
  publish,
  queryOf,
  sendAdmob,
  sendSignedAd,
  signatureOf,
  signedQuery,
  startKeyServer,
  type KeyServer,
} from '../support/ad-networks.ts';
import { freeUnlock, HOUR_MS, openIntent, sendFreeUnlock, sendIntent, sendMine } from '../support/free-ways.ts';
import { expectProblem, jsonOf, statusOf } from '../support/http.ts';
import { createEpisode, createSeries, publishedEpisode, setEpisodePolicy } from '../support/library.ts';
import { ownEdge } from '../support/own-edge.ts';
import { newViewerId, viewerToken } from '../support/tokens.ts';
import { access, credit, feed, grant, mediaPrefix, sendUnlock, unlock } from '../support/viewers.ts';

vi.mock('../../support/edge.ts', () => import('../support/own-edge.ts'));

const dataDir = mkdtempSync(path.join(tmpdir(), 'cliffhanger-ads-'));
const key = makeAdmobKey(3335741209);
const unpublished = makeAdmobKey(3335741210);
const newSecret = (): string => `whsec_${randomBytes(32).toString('base64')}`;
const SECRETS = { applovin: newSecret(), unity: [newSecret(), newSecret()] };
const lines: string[] = [];
let keyServer: KeyServer;
let platform: Platform | undefined;
let seriesId = '';
let episodeId = '';

/** A secret is in no toml, so it is given to the api Worker here. */
const adapt = (workers: WorkerOptions[]): WorkerOptions[] =>
  withChaos(workers).map((worker) => ({
    ...worker,
    bindings: { ...(worker['bindings'] as object), AD_CALLBACK_SECRETS: JSON.stringify(SECRETS) },
  }));

beforeAll(async () => {
  keyServer = await startKeyServer([key]);
  const vars = {
    ADMOB_KEYS_URL: keyServer.url,
    ADMOB_AD_UNITS: `ca-app-pub-1/999, ca-app-pub-1/${AD_UNIT}`,
    AD_DAILY_CAP: '6',
  };
  const log = (line: string): void => void lines.push(line);
  platform = await startPlatform({ port: 0, dataDir, secrets: ownEdge.secrets, demo: false, log, vars, adapt });
  ownEdge.origin = platform.origin;
  seriesId = (await createSeries({ coinPrice: 10, ad: { adsPerUnlock: 2, dailyCap: 4 } })).id;
  episodeId = (await publishedEpisode(seriesId, 1)).id;
});

afterAll(async () => {
  await platform?.stop();
  await keyServer.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

const watched = async (viewer: string, episode = episodeId): Promise<number> => {
  const offer = (await access(viewer, episode)).offers.find(({ method }) => method === 'ad');
  return offer?.method === 'ad' ? offer.adsWatched : Number.NaN;
};
const outcomeOf = async (response: Response): Promise<object> => jsonOf<object>(response);
const watchAd = async (viewer: string, episode = episodeId): Promise<object> =>
  outcomeOf(await sendAdmob(signedQuery(key, admobParameters((await openIntent(viewer, episode)).customData))));

describe('rewarded ads of AdMob', () => {
  test('open the episode with the last one, for the player that watched them', async () => {
    const viewer = newViewerId();
    const token = await viewerToken(viewer);
    const intent = await jsonOf<{ customData: string; intent: string }>(
      await sendMine(token, 'ad-intents', { episodeId, network: 'admob' }),
      201,
    );
    expect(intent).toMatchObject({ adsWatched: 0, adsPerUnlock: 2, adsLeftToday: 4 });
    expect(intent.customData).toMatch(/^[A-Za-z0-9._-]{40,250}$/);
    expect(Buffer.from(intent.customData.split('.')[1] ?? '', 'base64url').toString('latin1')).not.toContain(viewer);
    const first = await sendAdmob(signedQuery(key, admobParameters(intent.customData)));
    expect(await outcomeOf(first)).toEqual({ outcome: 'counted', unlocked: false });
    const refused = await expectProblem(await sendMine(token, 'unlocks', { episodeId, method: 'ad' }), 'ads-missing');
    expect(refused).toMatchObject({
      adsMissing: 1,
      offers: [{ method: 'ad', adsPerUnlock: 2, adsWatched: 1, adsLeftToday: 3 }],
      intent: { method: 'POST', path: '/v1/me/ad-intents', body: { episodeId } },
    });
    expect(await watchAd(viewer)).toEqual({ outcome: 'counted', unlocked: true });
    expect(await access(viewer, episodeId)).toMatchObject({ access: 'full', basis: 'ad', until: null });
    expect((await feed(token, `at=${episodeId}`)).items[0]?.decision.basis).toBe('ad');
    expect(await mediaPrefix(episodeId, token)).toMatch(/^\/m\//);
    expect(await freeUnlock(viewer, episodeId, 'ad')).toMatchObject({ method: 'ad', coins: 0, alreadyUnlocked: true });
  });

  test('that a viewer watched who is erased by now count for nobody, and the network is told so once', async () => {
    const viewer = newViewerId();
    const { customData } = await openIntent(viewer, episodeId);
    expect(await statusOf(await apiFetch(`/v1/viewers/${viewer}`, { method: 'DELETE' }))).toBe(204);
    const answer = await sendAdmob(signedQuery(key, admobParameters(customData)));
    expect(await outcomeOf(answer)).toEqual({ outcome: 'ignored', reason: 'viewer-erased' });
  });

  test('are worth what our policy says, whatever amount Google signs', async () => {
    const viewer = newViewerId();
    const { customData } = await openIntent(viewer, episodeId);
    await outcomeOf(await sendAdmob(signedQuery(key, admobParameters(customData, { reward_amount: '1000000' }))));
    expect(await watched(viewer)).toBe(1);
  });

  test('are counted once, however often Google calls, and each call is answered 200', async () => {
    const viewer = newViewerId();
    const query = signedQuery(key, admobParameters((await openIntent(viewer, episodeId)).customData));
    const answers = await Promise.all(Array.from({ length: 20 }, async () => outcomeOf(await sendAdmob(query))));
    expect(answers.filter((answer) => 'outcome' in answer && answer.outcome === 'counted')).toHaveLength(1);
    expect(answers.filter((answer) => 'outcome' in answer && answer.outcome === 'duplicate')).toHaveLength(19);
    expect(await watched(viewer)).toBe(1);
  });

  test('need an intent each: a second ad under the same custom data is nothing', async () => {
    const viewer = newViewerId();
    const { customData } = await openIntent(viewer, episodeId);
    await outcomeOf(await sendAdmob(signedQuery(key, admobParameters(customData))));
    const again = await outcomeOf(await sendAdmob(signedQuery(key, admobParameters(customData))));
    expect(again).toEqual({ outcome: 'ignored', reason: 'intent-used' });
    expect(await watched(viewer)).toBe(1);
  });

  test('are nothing once the intent has lapsed, by our clock', async () => {
    const viewer = newViewerId();
    const { customData, expiresAt } = await openIntent(viewer, episodeId);
    const laterMs = Date.parse(expiresAt) - Date.now() + 1_000;
    const query = signedQuery(key, admobParameters(customData, { timestamp: String(Date.now() + laterMs) }));
    expect(await outcomeOf(await sendAdmob(query, chaosHeader({ laterMs })))).toEqual({
      outcome: 'ignored',
      reason: 'intent-expired',
    });
  });

  test('without custom data are answered 200 and nothing else: so the console of AdMob tests an address', async () => {
    const bare = admobParameters('', { ad_unit: '1234567890' }).filter(([name]) => name !== 'custom_data');
    expect(await outcomeOf(await sendAdmob(signedQuery(key, bare)))).toEqual({
      outcome: 'ignored',
      reason: 'no-custom-data',
    });
  });
});

describe('a callback that Google did not make so', () => {
  const customData = async (): Promise<string> => (await openIntent(newViewerId(), episodeId)).customData;

  test('with any one parameter changed, dropped, doubled or moved is refused', async () => {
    const parameters = admobParameters(await customData());
    const signature = signatureOf(key, queryOf(parameters));
    const tail = `&signature=${signature}&key_id=${key.keyId}`;
    const tampered = parameters.flatMap(([name, value], index) => {
      const others = parameters.filter((_, each) => each !== index);
      return [
        [...others.slice(0, index), [name, `${value}1`], ...others.slice(index)],
        others,
        [...parameters, [name, value]],
        index === 0 ? [...others, [name, value]] : [[name, value], ...others],
      ] as (readonly [string, string])[][];
    });
    for (const each of tampered.filter((changed) => queryOf(changed) !== queryOf(parameters)))
      await expectProblem(await sendAdmob(queryOf(each) + tail), 'ad-callback-invalid');
    expect(tampered).toHaveLength(32);
    expect(await outcomeOf(await sendAdmob(queryOf(parameters) + tail))).toMatchObject({ outcome: 'counted' });
  });

  test('whose encoding was tidied up is refused: the bytes are signed, not their meaning', async () => {
    const query = signedQuery(key, admobParameters(await customData()));
    for (const [from, to] of [
      ['%2F', '%2f'],
      ['%2c', '%2C'],
      ['+a', '%20a'],
      ['%20%26', '+%26'],
    ] as const) {
      expect(query).toContain(from);
      await expectProblem(await sendAdmob(query.replace(from, to)), 'ad-callback-invalid');
    }
    expect(await outcomeOf(await sendAdmob(query))).toMatchObject({ outcome: 'counted' });
  });

  test('with anything behind or before its signature is refused: none of it was signed', async () => {
    const query = signedQuery(key, admobParameters(await customData()));
    const text = query.slice(0, query.indexOf('&signature='));
    const [, signature = ''] = /&signature=([^&]+)/.exec(query) ?? [];
    for (const each of [
      `${query}&custom_data=${await customData()}`,
      `${query}&signature=${signature}`,
      `${text}&key_id=${key.keyId}&signature=${signature}`,
      `${text}&signature=${signature}`,
      `${text}&key_id=${key.keyId}`,
      `${text}&signature=&key_id=${key.keyId}`,
      `${text}&signature=${signature}A&key_id=${key.keyId}`,
      `${text}&signature=${signature.slice(0, -4)}&key_id=${key.keyId}`,
      `${text}&signature=${Buffer.from(randomBytes(70)).toString('base64url')}&key_id=${key.keyId}`,
      `signature=${signature}&key_id=${key.keyId}&${text}`,
      `${text}&signature=${signature}&key_id=0x1`,
      text,
      '',
    ])
      await expectProblem(await sendAdmob(each), 'ad-callback-invalid');
    expect(await outcomeOf(await sendAdmob(query))).toMatchObject({ outcome: 'counted' });
  });

  test.each([
    ['before the half hour of an intent', -31 * 60_000],
    ['that is yet to come', 6 * 60_000],
  ])('of an ad %s is refused', async (_, offsetMs) => {
    const timestamp = String(Date.now() + offsetMs);
    const refused = await sendAdmob(signedQuery(key, admobParameters(await customData(), { timestamp })));
    expect(await expectProblem(refused, 'ad-callback-invalid')).toMatchObject({ reason: 'timestamp' });
  });

  test('of somebody else’s ad unit is refused, though Google signed it', async () => {
    for (const ad_unit of ['1', '27472371355', `1/${AD_UNIT}`, '']) {
      const refused = await sendAdmob(signedQuery(key, admobParameters(await customData(), { ad_unit })));
      const { reason } = await expectProblem(refused, 'ad-callback-invalid');
      expect(['ad-unit', 'malformed']).toContain(reason);
    }
  });

  test('with custom data that we did not seal is refused', async () => {
    const sealed = await customData();
    const [day = '', body = ''] = sealed.split('.');
    const otherDay = (Number.parseInt(day, 36) - 1).toString(36);
    for (const made of [
      'x',
      'adi_1',
      `${otherDay}.${body}`,
      `${day}.${body.slice(0, -2)}`,
      `${day}.A${body.slice(1)}`,
      '__proto__',
    ]) {
      const refused = await sendAdmob(signedQuery(key, admobParameters(made)));
      expect(await expectProblem(refused, 'ad-callback-invalid')).toMatchObject({ reason: 'custom-data' });
    }
  });
});

describe('Google’s keys', () => {
  test('are asked for once; a flood of made-up ones asks once more in half a minute', async () => {
    const viewer = newViewerId();
    await watchAd(viewer);
    const before = keyServer.requests;
    const parameters = admobParameters((await openIntent(viewer, episodeId)).customData);
    const refusals = await Promise.all(
      Array.from({ length: 30 }, async (_, index) => {
        const text = queryOf(parameters);
        return statusOf(await sendAdmob(`${text}&signature=${signatureOf(unpublished, text)}&key_id=${index}`));
      }),
    );
    expect(new Set(refusals)).toEqual(new Set([403]));
    expect(keyServer.requests - before).toBeLessThanOrEqual(1);
    expect(await outcomeOf(await sendAdmob(signedQuery(key, parameters)))).toMatchObject({ outcome: 'counted' });
  });

  test('that are new are found, and old ones outlive an hour in which Google does not answer', async () => {
    const fresh = makeAdmobKey(77);
    const laterMs = HOUR_MS;
    const query = async (signer: typeof key, atMs: number): Promise<string> => {
      const asked = await sendIntent(newViewerId(), episodeId, {}, atMs);
      const { customData } = await jsonOf<{ customData: string }>(asked, 201);
      return signedQuery(signer, admobParameters(customData, { timestamp: String(Date.now() + atMs) }));
    };
    keyServer.body = publish([key, fresh]);
    expect(await outcomeOf(await sendAdmob(await query(fresh, laterMs), chaosHeader({ laterMs })))).toMatchObject({
      outcome: 'counted',
    });
    keyServer.status = 500;
    const hard = 14 * HOUR_MS;
    const query14 = await query(key, hard);
    expect(await outcomeOf(await sendAdmob(query14, chaosHeader({ laterMs: hard })))).toMatchObject({
      outcome: 'counted',
    });
    const day = 26 * HOUR_MS;
    await expectProblem(
      await sendAdmob(await query(key, day), chaosHeader({ laterMs: day })),
      'temporarily-unavailable',
    );
    for (const body of ['<html>', '{"keys":[{"keyId":"x"}]}', `{"keys":[],"x":"${'y'.repeat(70_000)}"}`]) {
      Object.assign(keyServer, { status: 200, body });
      const later = day + HOUR_MS;
      await expectProblem(
        await sendAdmob(await query(key, later), chaosHeader({ laterMs: later })),
        'temporarily-unavailable',
      );
    }
    Object.assign(keyServer, { status: 200, body: publish([key]) });
    const back = day + 2 * HOUR_MS;
    expect(await outcomeOf(await sendAdmob(await query(key, back), chaosHeader({ laterMs: back })))).toMatchObject({
      outcome: 'counted',
    });
  });
});

describe('any other ad network', () => {
  const vouch = async (viewer: string, more: object = {}): Promise<Record<string, unknown>> => ({
    customData: (await openIntent(viewer, episodeId)).customData,
    transactionId: crypto.randomUUID(),
    ...more,
  });

  test('signs its own callback, with either secret while one is replaced', async () => {
    const viewer = newViewerId();
    expect(await outcomeOf(await sendSignedAd('applovin', SECRETS.applovin, await vouch(viewer)))).toEqual({
      outcome: 'counted',
      unlocked: false,
    });
    for (const [index, secret] of SECRETS.unity.entries()) {
      const body = await vouch(index === 0 ? viewer : newViewerId(), { extra: 'is theirs' });
      expect(await outcomeOf(await sendSignedAd('unity', secret, body))).toMatchObject({ unlocked: index === 0 });
    }
    expect(await access(viewer, episodeId)).toMatchObject({ basis: 'ad' });
  });

  test('may say a thing twice: counted once, answered 200', async () => {
    const viewer = newViewerId();
    const body = await vouch(viewer);
    expect(await outcomeOf(await sendSignedAd('applovin', SECRETS.applovin, body))).toMatchObject({
      outcome: 'counted',
    });
    expect(await outcomeOf(await sendSignedAd('applovin', SECRETS.applovin, body))).toEqual({ outcome: 'duplicate' });
    expect(await watched(viewer)).toBe(1);
  });

  test('is refused with another’s secret, another body, an old timestamp, or a name that is not set up', async () => {
    const body = await vouch(newViewerId());
    const [unity = ''] = SECRETS.unity;
    for (const answer of [
      await sendSignedAd('applovin', unity, body),
      await sendSignedAd('applovin', newSecret(), body),
      await sendSignedAd('applovin', SECRETS.applovin, body, { text: JSON.stringify({ ...body, transactionId: 'x' }) }),
      await sendSignedAd('applovin', SECRETS.applovin, body, { atMs: Date.now() - 6 * 60_000 }),
      await sendSignedAd('applovin', SECRETS.applovin, body, { atMs: Date.now() + 6 * 60_000 }),
      await sendSignedAd('none-such', SECRETS.applovin, body),
      await sendSignedAd('admob', SECRETS.applovin, body),
      await sendSignedAd('__proto__', SECRETS.applovin, body),
      await sendSignedAd('APPLOVIN', SECRETS.applovin, body),
    ])
      await expectProblem(answer, 'signature-invalid');
    expect(await outcomeOf(await sendSignedAd('applovin', SECRETS.applovin, body))).toMatchObject({
      outcome: 'counted',
    });
  });

  test('cannot use an intent that names another network', async () => {
    const viewer = newViewerId();
    const { customData } = await openIntent(viewer, episodeId, { network: 'unity' });
    const body = { customData, transactionId: 'one' };
    expect(await outcomeOf(await sendSignedAd('applovin', SECRETS.applovin, body))).toEqual({
      outcome: 'ignored',
      reason: 'another-network',
    });
    expect(await outcomeOf(await sendAdmob(signedQuery(key, admobParameters(customData))))).toMatchObject({
      reason: 'another-network',
    });
    expect(await outcomeOf(await sendSignedAd('unity', SECRETS.unity[0] ?? '', body))).toMatchObject({
      outcome: 'counted',
    });
  });

  test.each([{ customData: 7 }, { transactionId: '' }, { transactionId: 'a b' }, { customData: undefined }])(
    'is told what is wrong with %j',
    async (more) => {
      const body = await vouch(newViewerId(), more);
      await expectProblem(await sendSignedAd('applovin', SECRETS.applovin, body), 'invalid-request');
    },
  );
});

describe('an ad intent', () => {
  test('is refused past the series’ cap of a day, and comes back the next UTC day', async () => {
    const viewer = newViewerId();
    const episodes = [episodeId, (await publishedEpisode(seriesId, 31)).id];
    for (const each of [...episodes, ...episodes]) await watchAd(viewer, each);
    const third = (await publishedEpisode(seriesId, 32)).id;
    const refused = await expectProblem(await sendIntent(viewer, third), 'ad-cap-reached');
    expect(refused).toMatchObject({ adsLeftToday: 0 });
    const laterMs = Date.parse(String(refused['resetsAt'])) - Date.now() + 1_000;
    expect(await jsonOf(await sendIntent(viewer, third, {}, laterMs), 201)).toMatchObject({ adsLeftToday: 4 });
  });

  test('is refused past the deployment’s cap over all series, and the offers say so before', async () => {
    const viewer = newViewerId();
    const policy = { ad: { adsPerUnlock: 10, dailyCap: 100 } };
    const [one, other] = [await createSeries(policy), await createSeries(policy)];
    const [first, second] = [(await publishedEpisode(one.id)).id, (await publishedEpisode(other.id)).id];
    for (let i = 0; i < 5; i++) await watchAd(viewer, first);
    expect((await access(viewer, second)).offers).toEqual([
      { method: 'ad', adsPerUnlock: 10, adsWatched: 0, adsLeftToday: 1 },
    ]);
    const spare = await openIntent(viewer, second);
    await watchAd(viewer, second);
    await expectProblem(await sendIntent(viewer, second), 'ad-cap-reached');
    const over = await outcomeOf(await sendAdmob(signedQuery(key, admobParameters(spare.customData))));
    expect(over).toEqual({ outcome: 'ignored', reason: 'daily-cap' });
  });

  test('is not for what is open, free, withdrawn, or not offered for ads', async () => {
    const viewer = newViewerId();
    await credit(viewer, 10);
    await unlock(viewer, episodeId);
    await expectProblem(await sendIntent(viewer, episodeId), 'unlock-not-needed');
    await expectProblem(await sendFreeUnlock(viewer, episodeId, 'ad'), 'unlock-not-needed');
    const member = newViewerId();
    await grant(member, { scope: 'series', id: seriesId });
    await expectProblem(await sendIntent(member, episodeId), 'unlock-not-needed');
    const sold = await publishedEpisode((await createSeries({ coinPrice: 1 })).id);
    await expectProblem(await sendIntent(viewer, sold.id), 'unlock-method-not-offered');
    await expectProblem(await sendIntent(viewer, (await createEpisode(seriesId, 99)).id), 'episode-not-found');
    const far = await publishedEpisode(
      (await createSeries({ ad: { adsPerUnlock: 1, dailyCap: 1 }, countries: { allow: ['DE'] } })).id,
    );
    await expectProblem(
      await sendMine(await viewerToken(viewer), 'ad-intents', { episodeId: far.id }),
      'country-not-allowed',
    );
  });

  test('is for an episode and a network by its name, and nothing else', async () => {
    for (const more of [{ network: 'A B' }, { adsPerUnlock: 1 }, { reward: 5 }, { episodeId: 7 }])
      await expectProblem(await sendIntent(newViewerId(), episodeId, more), 'invalid-request');
  });

  test('of ads enough opens the episode where the policy asks for fewer by now', async () => {
    const viewer = newViewerId();
    const { id } = await publishedEpisode((await createSeries({ ad: { adsPerUnlock: 3, dailyCap: 9 } })).id);
    for (const _ of [1, 2]) await watchAd(viewer, id);
    await expectProblem(await sendFreeUnlock(viewer, id, 'ad'), 'ads-missing');
    await setEpisodePolicy(id, { ad: { adsPerUnlock: 2, dailyCap: 9 } });
    expect(await jsonOf(await sendFreeUnlock(viewer, id, 'ad'), 201)).toMatchObject({
      method: 'ad',
      alreadyUnlocked: false,
    });
  });

  test('does not take a key that bought something', async () => {
    const viewer = newViewerId();
    const other = (await publishedEpisode(seriesId, 40)).id;
    await credit(viewer, 10);
    await jsonOf(await sendUnlock(viewer, other, 'k'), 201);
    await expectProblem(await sendFreeUnlock(viewer, episodeId, 'ad', { key: 'k' }), 'idempotency-key-reused');
  });
});

describe('the log of ad callbacks', () => {
  test('says what became of them, and names neither viewer nor secret', () => {
    const text = lines.join('\n');
    expect(text).toMatch(/"event":"ad_callback","network":"admob","outcome":"counted"/);
    expect(text).toMatch(/"event":"ad_callback_refused","network":"admob","reason":"signature"/);
    expect(text).not.toMatch(/viewer-[0-9a-f]{8}-|whsec_|custom_data/);
  });
});

describe('a policy of ads', () => {
  test.each([
    { adsPerUnlock: 0, dailyCap: 1 },
    { adsPerUnlock: 11, dailyCap: 1 },
    { adsPerUnlock: 1, dailyCap: 0 },
    { adsPerUnlock: 1, dailyCap: 1_001 },
    { adsPerUnlock: 1.5, dailyCap: 1 },
    { adsPerUnlock: 1 },
    { adsPerUnlock: 1, dailyCap: 1, reward: 1 },
  ])('is not %j', async (ad) => {
    const answer = await fetch(`${ownEdge.origin}/v1/series/${seriesId}/access`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${ownEdge.secrets.apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ ad }),
    });
    await expectProblem(answer, 'invalid-request');
  });
});
