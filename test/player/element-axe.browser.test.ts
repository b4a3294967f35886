/** axe-core over all that the page can show, and the panel that only `?debug` brings. */
import axe from 'axe-core';
import { describe, expect, test } from 'vitest';
import { active, edge, eventually, open, page, read, slide, started, useElementRig } from './support/element-rig.ts';

useElementRig();

interface Violation {
  readonly id: string;
  readonly impact: string | null;
  readonly nodes: readonly { readonly target: unknown; readonly failureSummary?: string }[];
}

/** Every finding, not only those that axe calls serious. */
async function findings(): Promise<string[]> {
  // By the protocol: the page's CSP lets no script in.
  await page.evaluate(axe.source);
  const violations = await page.evaluate<Violation[]>('axe.run().then((result) => result.violations)');
  return violations.flatMap(({ id, impact, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${impact} ${id} ${JSON.stringify(target)} ${failureSummary}`),
  );
}

describe('axe-core finds nothing', { timeout: 60_000 }, () => {
  for (const [name, viewport] of [
    ['a phone', { width: 390, height: 844 }],
    ['a desktop', { width: 1440, height: 900 }],
  ] as const) {
    test(`while an episode plays and is paused, on ${name}`, async () => {
      await open({ browser: { viewport }, change: (it) => (it.hasCaptions = true) });
      await started(1);
      expect(await findings()).toEqual([]);
      await page.keyboard.press(' ');
      await slide(1).and(page.locator('[data-phase=paused]')).waitFor();
      expect(await findings()).toEqual([]);
    });
  }

  test('in the paywall with all its offers', async () => {
    await open({
      freeEpisodes: 1,
      change: (it) => {
        it.autoUnlockRule = { enabled: true, dailyCapCoins: 50 };
        it.moreOffers = [
          { method: 'pass', passes: ['weekly'] },
          { method: 'ad', adsPerUnlock: 2, adsWatched: 1, adsLeftToday: 0 },
          { method: 'wait', hours: 24, readyAt: null, waitingForEpisodeId: null },
        ];
      },
    });
    await started(1);
    await page.keyboard.press('ArrowDown');
    await page.getByTestId('paywall').waitFor({ state: 'visible' });
    await page.waitForTimeout(500);
    expect(await findings()).toEqual([]);
  });

  test('in the episodes and in the settings', async () => {
    await open({ freeEpisodes: 2, change: (it) => (it.hasCaptions = true) });
    await started(1);
    await page.getByRole('button', { name: 'Episodes' }).click();
    await page.getByTestId('grid').waitFor();
    await page.waitForTimeout(500);
    expect(await findings(), 'the episodes').toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Settings' }).click();
    await page.getByTestId('settings').waitFor();
    await page.waitForTimeout(500);
    expect(await findings(), 'the settings').toEqual([]);
  });

  test('in what an error says', async () => {
    await open({ change: (it) => (it.isFull = true) });
    await page.getByTestId('error').waitFor();
    expect(await findings()).toEqual([]);
  });
});

describe('the panel of `?debug`', { timeout: 60_000 }, () => {
  test('is not there unless it is asked for, and tells live what was measured', async () => {
    await open();
    await started(1);
    expect(await page.getByTestId('debug').count()).toBe(0);
    await page.goto(`${edge.origin}/?debug`);
    await started(1);
    const told = async (row: string): Promise<string> =>
      (await page.locator(`[data-debug=${row}]`).textContent()) ?? '';
    await eventually(() => told('startup')).toMatch(/^\d+ ms$/);
    await eventually(() => told('wasted')).toMatch(/^\d[\d,]* KB$/);
    await read((video) => void (video.currentTime = 4));
    await page.keyboard.press('ArrowDown');
    await active(2);
    await eventually(() => told('swipe')).toMatch(/^\d+ ms · \d+ ms$/);
    expect(await findings()).toEqual([]);
  });
});
