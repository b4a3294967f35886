/** What comes up over the picture: captions, offers, episodes, the end; and what the system is told. */
import { describe, expect, test } from 'vitest';
import {
  active,
  edge,
  EPISODES,
  eventually,
  focused,
  isPaused,
  open,
  page,
  position,
  PREVIEW_SECONDS,
  read,
  slide,
  started,
  useElementRig,
} from './support/element-rig.ts';

useElementRig();

const THUMBHASH = '3OcRJYB4d3h/iIeHeEh3eIhw+j2w';
const paywall = () => page.getByTestId('paywall');
const shownCue = () =>
  read((video) => {
    const track = [...video.textTracks].find(({ mode }) => mode === 'showing');
    return track === undefined
      ? null
      : `${track.language}: ${(track.activeCues?.[0] as VTTCue | undefined)?.text ?? ''}`;
  });

describe('captions', { timeout: 60_000 }, () => {
  test('are switched by C, by the button and in the menu, and stay on with the next episode', async () => {
    await open({ change: (it) => (it.hasCaptions = true) });
    await started(1);
    const button = page.getByRole('button', { name: 'Captions' });
    await button.waitFor();
    expect(edge.requests.filter((request) => request.includes('/t0/'))).toEqual([]);
    await page.keyboard.press('c');
    await eventually(shownCue).toBe('en: She never signed it.');
    expect(await button.getAttribute('aria-pressed')).toBe('true');
    await page.getByRole('button', { name: 'Settings' }).click();
    await page.getByRole('radio', { name: 'Español' }).check();
    await page.keyboard.press('Escape');
    await page.getByTestId('settings').waitFor({ state: 'hidden' });
    await eventually(shownCue).toBe('es: She never signed it.');
    await page.keyboard.press('ArrowDown');
    await started(2);
    await eventually(shownCue).toBe('es: She never signed it.');
    await button.click();
    await eventually(shownCue).toBe(null);
  });
});

describe('the paywall', { timeout: 60_000 }, () => {
  const offers: Parameters<typeof open>[0] = {
    freeEpisodes: 1,
    change: (it) => {
      it.moreOffers = [
        { method: 'rental', hours: 24, startWithinHours: 48, coins: 4, balance: 15, shortCoins: 0 },
        {
          method: 'bundle',
          bundle: { kind: 'next', count: 5 },
          episodeCount: 5,
          coins: 40,
          listCoins: 50,
          discountPercent: 20,
          balance: 15,
          shortCoins: 25,
        },
        { method: 'pass', passes: ['weekly'] },
        { method: 'ad', adsPerUnlock: 2, adsWatched: 1, adsLeftToday: 3 },
        { method: 'wait', hours: 24, readyAt: null, waitingForEpisodeId: null },
      ];
    },
  };

  test('has every offer of the wire, says what is missing, and rents', async () => {
    await open(offers);
    await started(1);
    await page.keyboard.press('ArrowDown');
    await paywall().waitFor({ state: 'visible' });
    const texts = await paywall().locator('.offer').allTextContents();
    expect(texts).toEqual([
      'Rent for 24 hours · 4 coins',
      'Next 5 episodes · 40 coins25 more needed',
      'Watch everything with a pass',
      'Watch an adFree',
      'Wait 24 hoursFree',
    ]);
    await paywall().getByText('Rent for 24 hours').click();
    await slide(2).and(page.locator('[data-unlock-ms]')).waitFor();
    expect(edge.orders).toEqual([{ method: 'rental', episodeId: 'ep2', expectedCoins: 4 }]);
    await eventually(position).toBeGreaterThan(PREVIEW_SECONDS + 0.2);
  });

  test('hands an ad and a pass to the app, and goes on when the app has done its part', async () => {
    await open(offers);
    await started(1);
    await page.evaluate(() => {
      addEventListener('offerselect', (event) => Object.assign(globalThis, { told: (event as CustomEvent).detail }));
    });
    await page.keyboard.press('ArrowDown');
    await paywall().getByText('Watch an ad').click();
    const detail = 'globalThis.told';
    expect(await page.evaluate(`${detail}.episodeId + ' ' + ${detail}.offer.method`)).toBe('ep2 ad');
    edge.open(2);
    await page.evaluate(`${detail}.recheck()`);
    await paywall().waitFor({ state: 'hidden' });
    await eventually(position).toBeGreaterThan(PREVIEW_SECONDS + 0.2);
  });

  test('starts a wait and says when it is over', async () => {
    await open(offers);
    await started(1);
    await page.keyboard.press('ArrowDown');
    await paywall().getByText('Wait 24 hours').click();
    await paywall()
      .getByText(/^Free at /)
      .waitFor();
    expect(await paywall().locator('[data-offer=wait]').getAttribute('aria-disabled')).toBe('true');
  });

  test('gives its place to what the app puts into the slot', async () => {
    await open({ freeEpisodes: 1 });
    await started(1);
    await page.evaluate(() => {
      const own = document.createElement('div');
      own.slot = 'paywall';
      own.innerHTML = '<button>Join the club</button>';
      document.querySelector('micro-drama-feed')?.append(own);
    });
    await page.keyboard.press('ArrowDown');
    await page.getByRole('button', { name: 'Join the club' }).waitFor({ state: 'visible' });
    expect(await page.getByTestId('unlock').isVisible()).toBe(false);
    expect(await focused()).toBe('Join the club');
    await page.keyboard.press('Escape');
    await paywall().waitFor({ state: 'hidden' });
  });

  test('has a switch for the next episodes, and then nothing stops', async () => {
    await open({
      freeEpisodes: 1,
      change: (it) => {
        it.autoUnlockRule = { enabled: false, dailyCapCoins: 0 };
        it.autoUnlockAllowed = true;
      },
    });
    await started(1);
    await page.keyboard.press('ArrowDown');
    await paywall().getByRole('switch', { name: 'Unlock the next episodes for me' }).click();
    await eventually(() => edge.autoUnlockRule).toEqual({ enabled: true, dailyCapCoins: 100 });
    await page.reload();
    await started(1);
    await page.keyboard.press('ArrowDown');
    await eventually(position).toBeGreaterThan(PREVIEW_SECONDS + 0.5);
    expect(edge.autoUnlocks).toEqual(['ep2']);
    expect(await paywall().isVisible()).toBe(false);
  });
});

describe('the episodes', { timeout: 60_000 }, () => {
  test('lie in a drawer with their locks and the current one, which is where the keyboard is', async () => {
    await open({ freeEpisodes: 2 });
    await started(1);
    await page.getByRole('button', { name: 'Episodes' }).click();
    const grid = page.getByRole('dialog', { name: 'Harbour Lights' });
    await grid.waitFor();
    expect(await focused()).toBe('Episode 1: The Contract');
    expect(await grid.getByRole('button', { name: 'Episode 3: A Door Left Open, locked' }).count()).toBe(1);
    expect(await grid.locator('.cells button').count()).toBe(EPISODES);
    await grid.getByRole('button', { name: 'Episode 2: What She Heard' }).click();
    await active(2);
    expect(await grid.isVisible()).toBe(false);
  });
});

describe('a viewer who comes back', { timeout: 60_000 }, () => {
  test('goes on where they stopped, and finds the episodes before', async () => {
    await open({ change: (it) => (it.resume = { episodeId: 'ep4', positionSeconds: 6 }) });
    await active(4);
    await started(4);
    await eventually(position).toBeGreaterThan(5.9);
    await slide(1).waitFor({ state: 'attached' });
    await active(4);
    expect(await page.locator('[data-testid=slide]').count()).toBe(EPISODES);
    await page.keyboard.press('ArrowUp');
    await started(3);
    expect(await slide(3).getAttribute('aria-posinset')).toBe('3');
  });
});

describe('the end', { timeout: 60_000 }, () => {
  test('of the series says so', async () => {
    await open();
    await started(1);
    await page.keyboard.press('End');
    await started(EPISODES);
    await read((video) => void (video.currentTime = 11));
    await page.getByText('You are all caught up').last().waitFor();
  });

  test('of a branch asks where the story goes, and goes there', async () => {
    await open({
      change: (it) => {
        it.forksAfter = 2;
        it.end = { reason: 'choice-needed', choices: [{ choice: 'Open the door', episodeId: 'ep5' }] };
      },
    });
    await started(1);
    await page.keyboard.press('End');
    await started(2);
    await read((video) => void (video.currentTime = 11));
    await page.getByText('What happens next?').waitFor();
    await page.getByRole('button', { name: 'Open the door' }).click();
    await started(5);
    await eventually(isPaused).toBe(false);
  });
});

describe('the system', { timeout: 60_000 }, () => {
  test('is told what plays, and its buttons work', async () => {
    await open({
      init: () => {
        const handlers: Record<string, unknown> = {};
        Object.assign(globalThis, { handlers });
        const session = navigator.mediaSession;
        const set = session.setActionHandler.bind(session);
        session.setActionHandler = (action, handler) => {
          handlers[action] = handler;
          set(action, handler);
        };
      },
    });
    await started(1);
    expect(await page.evaluate(() => navigator.mediaSession.metadata?.title)).toBe('1. The Contract');
    expect(await page.evaluate(() => navigator.mediaSession.metadata?.artist)).toBe('Harbour Lights');
    await page.evaluate('handlers.pause()');
    await eventually(isPaused).toBe(true);
    await eventually(() => page.evaluate(() => navigator.mediaSession.playbackState)).toBe('paused');
    await page.evaluate('handlers.nexttrack()');
    await started(2);
    expect(await page.evaluate(() => navigator.mediaSession.metadata?.title)).toBe('2. What She Heard');
  });
});

describe('before there is a picture', { timeout: 60_000 }, () => {
  test('the colours of the poster stand in for it', async () => {
    await open({ change: (it) => (it.thumbhash = THUMBHASH) });
    await slide(1).and(page.locator('[data-thumbhash]')).waitFor();
    const colours = await slide(1).evaluate(async (root) => {
      const image = new Image();
      image.src = /url\("(.*)"\)/.exec(getComputedStyle(root).backgroundImage)?.[1] ?? '';
      await image.decode();
      return `${image.naturalWidth}x${image.naturalHeight}`;
    });
    expect(colours).toMatch(/^\d+x\d+$/);
  });
});

describe('a network that goes away', { timeout: 60_000 }, () => {
  test('is named, and the feed goes on by itself when it is back', async () => {
    await open();
    await started(1);
    edge.segmentsFail = true;
    await page.context().setOffline(true);
    await read((video) => void (video.currentTime = 10.5));
    await page.getByTestId('error').getByText('You are offline').waitFor();
    edge.segmentsFail = false;
    await page.context().setOffline(false);
    await page.getByTestId('error').waitFor({ state: 'hidden' });
    await eventually(isPaused).toBe(false);
    await eventually(position).toBeGreaterThan(0.2);
  });
});

describe('parts of the player that do not come', { timeout: 60_000 }, () => {
  const retry = () => page.getByTestId('error').getByRole('button');
  const plays = async (): Promise<void> => {
    await started(1);
    await eventually(position).toBeGreaterThan(0.2);
    expect(await page.getByTestId('error').isVisible()).toBe(false);
  };

  test.each([
    ['before the feed', 1_000],
    ['after the feed', 0],
  ])('%s are fetched again by the button of what is said then, and it plays', async (_, feedDelayMs) => {
    await open({ change: (double) => Object.assign(double, { partsFail: true, feedDelayMs }) });
    await retry().waitFor();
    // Still gone: a second failure is told as the first one was.
    await retry().click();
    await retry().waitFor();
    edge.partsFail = false;
    await retry().click();
    await plays();
  });

  test('nor does the feed: what brings the feed brings them', async () => {
    await open({ change: (double) => Object.assign(double, { partsFail: true, feedFails: true, feedDelayMs: 1_000 }) });
    // After the parts: what is told then is the feed's failure.
    await page.locator('[data-status=failed]').waitFor();
    await retry().waitFor();
    Object.assign(edge, { partsFail: false, feedFails: false });
    await retry().click();
    await plays();
  });

  test('are fetched again by who goes on to another episode', async () => {
    // The thumbhash's do not come either, and nobody is told of an ornament.
    await open({ change: (double) => Object.assign(double, { partsFail: true, thumbhash: THUMBHASH }) });
    await retry().waitFor();
    edge.partsFail = false;
    await page.getByTestId('feed').press('ArrowDown');
    await started(2);
  });
});

describe('a sheet whose code has not come', { timeout: 60_000 }, () => {
  for (const [name, sheet] of [
    ['Episodes', 'grid'],
    ['Settings', 'settings'],
  ] as const) {
    test(`${name}, pressed offline before anything has played, says why nothing opens, and opens later`, async () => {
      // Nothing plays by itself, so nothing was fetched ahead.
      await open({ browser: { reducedMotion: 'reduce' } });
      await slide(1).and(page.locator('[data-phase=paused]')).waitFor();
      await page.context().setOffline(true);
      await page.getByRole('button', { name }).click();
      await page.getByTestId('toast').getByText('No connection. Try again.').waitFor();
      await page.context().setOffline(false);
      await page.getByRole('button', { name }).click();
      await page.getByTestId(sheet).waitFor();
    });
  }
});

describe('the language of the sound', { timeout: 60_000 }, () => {
  test('is picked in the menu, and the next episode that has it begins in it', async () => {
    await open();
    await started(1);
    // Which languages there are is the engine's to say, and its own tests have dubbed media.
    await page.evaluate(() => {
      const { feed } = document.querySelector('micro-drama-feed') as unknown as { feed: object };
      const picked: number[] = [];
      const names = ['English', 'Español'];
      const audioOptions = () =>
        names.map((name, id) => ({ id, name, language: name.slice(0, 2).toLowerCase(), isActive: id === 0 }));
      Object.defineProperty(feed, 'audioOptions', { get: audioOptions });
      Object.defineProperty(feed, 'selectAudio', { value: (id: number) => picked.push(id) });
      Object.assign(globalThis, { picked });
    });
    await page.getByRole('button', { name: 'Settings' }).click();
    const group = page.getByRole('group', { name: 'Language' });
    expect(await group.getByRole('radio', { name: 'English' }).isChecked()).toBe(true);
    await group.getByRole('radio', { name: 'Español' }).check();
    expect(await page.evaluate('picked')).toEqual([1]);
    await page.keyboard.press('Escape');
    await page.keyboard.press('ArrowDown');
    await started(2);
    await eventually(() => page.evaluate('picked')).toEqual([1, 1]);
  });
});

describe('the small window', { timeout: 60_000 }, () => {
  test('is opened from the menu and follows a swipe', async () => {
    await open();
    await started(1);
    const shown = () =>
      page.evaluate(() => {
        const host = document.querySelector('micro-drama-feed');
        const video = host?.shadowRoot?.pictureInPictureElement;
        return video?.closest('[data-episode-number]')?.getAttribute('data-episode-number') ?? null;
      });
    await page.getByRole('button', { name: 'Settings' }).click();
    await page.getByRole('button', { name: 'Picture in picture' }).click();
    await eventually(shown).toBe('1');
    await page.keyboard.press('ArrowDown');
    await started(2);
    await eventually(shown).toBe('2');
  });
});
