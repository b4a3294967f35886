/** What the console says of viewers whose numbers are known. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newVisitor, tell } from '../analytics/audience.ts';
import { removeBackendKeys } from '../support/tokens.ts';
import { LEFT_AT_SECONDS, VIEWS, watchedSeries, type Watched } from './audience.ts';
import { go, heading, open, page, useConsole } from './rig.ts';

useConsole();

let watched: Watched;
beforeAll(async () => {
  watched = await watchedSeries();
}, 300_000);
afterAll(removeBackendKeys);

const episode = (number: number, query = ''): string => `#/episodes/${watched.episodeIds[number - 1]}${query}`;
const tile = async (label: string): Promise<string> =>
  (await page.locator('.tile').filter({ hasText: label }).first().locator('.value').textContent()) ?? '';
/** The cells of a row, by how it begins. */
const row = async (begin: string | RegExp): Promise<string[]> => {
  const found = page
    .getByRole('row')
    .filter({ has: page.getByRole('rowheader', { name: begin }) })
    .first();
  // What reads all texts at once waits for none.
  await found.waitFor();
  return found.locator('th, td').allTextContents();
};
/** The page before it has a table to show, too. */
const showCurveAsTable = async (): Promise<void> => {
  await page.getByRole('heading', { name: 'Retention' }).waitFor();
  await page.getByText('Show as a table').first().click();
};

describe('the page of an episode', { timeout: 60_000 }, () => {
  test('tells its views, how many came to the end, and the curve second by second', async () => {
    await open(episode(1));
    await page.getByRole('heading', { name: 'Retention' }).waitFor();
    expect(await tile('Views')).toBe(String(VIEWS));
    expect(await tile('Completion')).toBe('50.0%');
    await showCurveAsTable();
    expect((await row('0:09')).slice(1, 4)).toEqual([String(VIEWS), '100.0%', String(VIEWS)]);
    expect((await row('0:15')).slice(1, 4)).toEqual([String(VIEWS / 2), '50.0%', String(VIEWS / 2)]);
  });

  test('says where they left and that it was the script, with counts and an interval', async () => {
    await open(episode(1));
    const dropoff = page.locator('.dropoff');
    await dropoff.waitFor();
    expect(await dropoff.count()).toBe(1);
    const text = (await dropoff.textContent()) ?? '';
    expect(text).toContain(`At 0:${LEFT_AT_SECONDS}`);
    expect(text).toContain('Script');
    expect(text).toContain(`${VIEWS / 2} of ${VIEWS} left`);
    expect(text).toMatch(/By the script: \d+ \(\d+ to \d+\)/);
  });

  test('has the frames of the episode under the axis, and a slider that reads each second', async () => {
    await open(episode(1));
    const frame = page.getByTestId('storyboard').locator('div').first();
    await frame.waitFor();
    const url = await frame.evaluate((it) => getComputedStyle(it).backgroundImage.slice(5, -2));
    const picture = await page.evaluate(async (at) => {
      const image = new Image();
      const isThere = new Promise((resolve, reject) => {
        image.addEventListener('load', resolve);
        image.addEventListener('error', reject);
      });
      image.src = at;
      await isThere;
      return [image.naturalWidth, image.naturalHeight];
    }, url);
    expect(picture).toEqual([144, 64]);
    const slider = page.getByRole('slider', { name: 'Second of the episode' });
    await slider.focus();
    for (let step = 0; step < LEFT_AT_SECONDS + 1; step++) await page.keyboard.press('ArrowRight');
    await expect.poll(() => slider.getAttribute('aria-valuetext')).toBe(`0:11 · 50.0% played it · ${VIEWS / 2} views`);
    await page.getByRole('button', { name: 'Survival' }).click();
    await expect.poll(() => slider.getAttribute('aria-valuetext')).toMatch(/^0:11 · 50.0% still there · 0 of \d+ left/);
  });

  test('holds the audience against another part of it', async () => {
    await open(episode(1));
    await page.getByLabel('Compare with', { exact: true }).selectOption('device');
    await page.getByRole('heading', { name: 'Compared' }).waitFor();
    expect(page.url()).toContain('against=device');
    expect((await row('Completion rate')).slice(1, 4)).toEqual(['50.0%', '50.0%', '0.0%']);
  });

  test('lays stalls over the curve and breaks quality down, the worst first', async () => {
    await open(episode(2));
    await showCurveAsTable();
    expect((await row('0:03')).at(-1)).toBe(String(VIEWS / 2));
    await page.getByLabel('Broken down by').selectOption('device');
    await page.getByRole('rowheader', { name: 'phone' }).waitFor();
    expect((await row('phone'))[2]).toBe(String(VIEWS / 2));
  });
});

describe('the page of a series', { timeout: 60_000 }, () => {
  test('shows the funnel: who came, who is still there, who went on', async () => {
    await open(`#/series/${watched.slug}`);
    await page.getByRole('rowheader', { name: '2. Episode 2' }).waitFor();
    expect(await tile('Sessions')).toBe(String(VIEWS));
    const [, started, left] = await row('2. Episode 2');
    expect([started, left]).toEqual([String(VIEWS / 2), '50.0%']);
    expect(await tile('Cliffhanger hold')).toBe('50.0%');
  });

  test('shows within five seconds that somebody watches', async () => {
    await open(`#/series/${watched.slug}`);
    const live = page.getByTestId('live');
    await live.waitFor();
    const before = Number.parseInt((await live.textContent()) ?? '', 10);
    const startedAt = Date.now();
    await tell(watched.key, newVisitor(), 'DE', [{ episodeId: watched.episodeIds[1] ?? '', watched: [[0, 2]] }]);
    await expect
      .poll(async () => Number.parseInt((await live.textContent()) ?? '', 10), { timeout: 15_000 })
      .toBeGreaterThan(before);
    // What the page asks for every two seconds, and the queue gathers for one: the machine may be busy with other tests.
    expect(Date.now() - startedAt).toBeLessThan(10_000);
  });
});

test('the overview names the series with its views, and leads to it', { timeout: 60_000 }, async () => {
  await open('#/');
  await page.getByRole('link', { name: watched.title }).click();
  await heading(watched.title).waitFor();
  await go('#/');
  await page.getByRole('rowheader', { name: watched.title }).waitFor();
  expect(Number((await row(watched.title))[1])).toBeGreaterThanOrEqual(VIEWS + VIEWS / 2);
});
