/** Every page of the console on real data: at a phone's and a desktop's width, in both themes, by axe-core and by keyboard. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { apiFetch, edgeFetch } from '../../support/edge.ts';
import { jsonOf } from '../support/http.ts';
import { createEpisode, createSeries, uploadSource } from '../support/library.ts';
import { removeBackendKeys } from '../support/tokens.ts';
import { watchedSeries, type Watched } from './audience.ts';
import {
  complaints,
  DESKTOP,
  findings,
  go,
  heading,
  makeApiKey,
  open,
  overflow,
  page,
  PHONE,
  useConsole,
  visit,
  type Look,
} from './rig.ts';

useConsole();

let watched: Watched;
let jobId = '';

beforeAll(async () => {
  watched = await watchedSeries();
  const waiting = await createEpisode((await createSeries()).id);
  jobId = (await uploadSource(waiting.id)).id;
  await makeApiKey(['catalog']);
  const at = new Date(Date.now() + 86_400_000).toISOString();
  await jsonOf(await apiFetch('/v1/drops', { json: { at, episodes: [watched.episodeIds[2]] } }), 201);
  await jsonOf(await apiFetch('/v1/alerts', { json: ALERT }), 201);
}, 300_000);

afterAll(async () => {
  await (await apiFetch(`/v1/jobs/${jobId}/cancel`, { method: 'POST' })).arrayBuffer();
  await removeBackendKeys();
});

const ALERT = {
  name: `Buffering ${randomUUID().slice(0, 8)}`,
  metric: 'rebufferPercentage',
  comparison: 'above',
  threshold: 2,
};

/** Where it is, its heading, and what is only there once its data is. */
const pages = (): [string, string | RegExp, string | RegExp][] => {
  const series = `#/series/${watched.slug}`;
  const [first = ''] = watched.episodeIds;
  return [
    ['#/', 'Overview', watched.title],
    ['#/series', 'Series', watched.title],
    [series, watched.title, 'Cliffhanger hold'],
    [`${series}/money`, watched.title, 'Rewarded ads'],
    [`${series}/quality`, watched.title, 'Swipe to first frame'],
    [`${series}/episodes`, watched.title, '3 episodes'],
    [`#/episodes/${first}`, '1. Episode 1', 'Why they left'],
    [`#/episodes/${first}?against=previous`, '1. Episode 1', 'Compared'],
    ['#/drops', 'Drops', 'Scheduled'],
    ['#/jobs', 'Jobs', 'Waiting for a transcoder'],
    [`#/jobs/${jobId}`, 'Jobs', 'What happened'],
    ['#/alerts', 'Alerts', ALERT.name],
    ['#/settings', 'Settings', /^Revoke/],
    ['#/settings/webhooks', 'Settings', 'Webhook endpoints'],
    ['#/settings/signing', 'Settings', 'Yours'],
    ['#/settings/audit', 'Settings', 'POST /v1/series'],
    ['#/settings/session', 'Settings', 'Your session'],
    ['#/nothing/here', 'Nothing here', 'This page does not exist'],
  ];
};

const LOOKS: [string, Look][] = [
  ['a phone in the dark', { viewport: PHONE, colorScheme: 'dark' }],
  ['a phone in the light', { viewport: PHONE, colorScheme: 'light' }],
  ['a desktop in the dark', { viewport: DESKTOP, colorScheme: 'dark' }],
  ['a desktop in the light', { viewport: DESKTOP, colorScheme: 'light' }],
];

describe('every page', { timeout: 180_000 }, () => {
  test.each(LOOKS)('shows its data on %s, fits, and axe-core finds nothing in it', async (_, look) => {
    await open('#/', look);
    for (const [at, title, content] of pages()) {
      await go(at);
      await heading(title).waitFor();
      await page.getByText(content).first().waitFor();
      await page.locator('.skeleton').first().waitFor({ state: 'detached' });
      expect(await findings(), at).toEqual([]);
      expect(await overflow(), `${at} is wider than the window`).toBe(0);
    }
  });

  test('is kept by one that refuses everything that is not ours', async () => {
    const { headers } = await edgeFetch('/console/');
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
    );
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
    await visit();
    await heading('Sign in').waitFor();
    const refused = await page.evaluate(() => {
      try {
        document.body.innerHTML = '<b>x</b>';
        return false;
      } catch {
        return true;
      }
    });
    expect(refused).toBe(true);
    // And the browser says why.
    expect(complaints.splice(0).join()).toContain('TrustedHTML');
  });

  test('has charts whose scale is grey, and whose curve alone has the accent', async () => {
    await open(`#/episodes/${watched.episodeIds[0]}`);
    await page.locator('.u-wrap canvas').first().waitFor();
    // Of the scale beside the plot: red and blue are as strong in a grey, and far apart in the accent.
    const colourful = (): Promise<number> =>
      page
        .locator('.u-wrap canvas')
        .first()
        .evaluate((canvas: HTMLCanvasElement) => {
          const { data } = canvas.getContext('2d')?.getImageData(0, 0, 50, canvas.height) ?? { data: [] };
          let found = 0;
          for (let at = 0; at < data.length; at += 4)
            if ((data[at + 3] ?? 0) > 128 && (data[at] ?? 0) - (data[at + 2] ?? 0) > 60) found++;
          return found;
        });
    expect(await colourful()).toBe(0);
  });

  test('without a chart loads no chart library', async () => {
    await open('#/jobs');
    await heading('Jobs').waitFor();
    const scripts = (): Promise<string[]> =>
      page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => name.split('/').at(-1) ?? ''));
    expect((await scripts()).filter((name) => name.startsWith('chunk-'))).toEqual([]);
    await go(`#/episodes/${watched.episodeIds[0]}`);
    await page.locator('.u-wrap canvas').first().waitFor();
    expect((await scripts()).filter((name) => name.startsWith('chunk-')).length).toBeGreaterThan(0);
  });
});

describe('by keyboard', { timeout: 60_000 }, () => {
  const focused = (): Promise<string> => page.evaluate(() => document.activeElement?.textContent?.trim() ?? '');

  test('one skips to the content, goes to a page by its link, and stands at its heading', async () => {
    await open('#/');
    const first = await page.evaluate(() => document.querySelector('a[href], button, input, select')?.textContent);
    expect(first).toBe('Skip to content');
    // In one step: a page that has just opened may still take the focus for its heading.
    await page.getByRole('button', { name: 'Skip to content' }).press('Enter');
    await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe('main');
    await page.getByRole('link', { name: 'Series' }).first().press('Enter');
    await heading('Series').waitFor();
    await expect.poll(focused).toBe('Series');
    expect(await page.title()).toBe('Series · Cliffhanger console');
  });

  test('a dialog keeps the focus, closes on Escape, and gives it back', async () => {
    await open('#/settings');
    const button = page.getByRole('button', { name: 'New key' });
    await button.press('Enter');
    await page.getByRole('dialog', { name: 'New API key' }).waitFor();
    for (let step = 0; step < 14; step++) {
      await page.keyboard.press('Tab');
      expect(
        await page.evaluate(
          () =>
            document.activeElement?.closest('.shell dialog, dialog') !== null ||
            document.activeElement === document.body,
        ),
      ).toBe(true);
    }
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await expect.poll(focused).toBe('New key');
  });
});

describe('the colours', { timeout: 60_000 }, () => {
  const background = (): Promise<string> => page.evaluate(() => getComputedStyle(document.body).backgroundColor);

  test('are what the system says, until somebody chooses, and stay so', async () => {
    await open('#/', { viewport: DESKTOP, colorScheme: 'dark' });
    const dark = await background();
    await page.getByRole('button', { name: 'Light' }).click();
    await expect.poll(background).not.toBe(dark);
    await page.reload();
    await heading('Overview').waitFor();
    const light = await background();
    expect(light).not.toBe(dark);
    await page.getByRole('button', { name: 'Auto' }).click();
    await expect.poll(background).toBe(dark);
  });
});
