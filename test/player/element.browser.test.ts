/** `<micro-drama-feed>` as fingers, keys and screen readers meet it. */
import { describe, expect, test } from 'vitest';
import {
  active,
  edge,
  EPISODES,
  eventually,
  focused,
  isMuted,
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

/** The second is sent before the first is answered: on a busy machine, two that wait for each other are two single ones. */
const twoTaps = (x: number, y: number): Promise<unknown> =>
  Promise.all([page.touchscreen.tap(x, y), page.touchscreen.tap(x, y)]);

/** Runs before the page's own scripts. As a busy browser does: what was seen in several frames is told at once, slide by slide. */
const lateObserver = `
  const Plain = IntersectionObserver;
  const waiting = new Set();
  window.tellSeen = () => waiting.forEach((tell) => tell());
  window.IntersectionObserver = class extends Plain {
    constructor(tell, options) {
      const seen = new Map();
      super((entries) => {
        for (const entry of entries) seen.set(entry.target, [...(seen.get(entry.target) ?? []), entry]);
      }, options);
      waiting.add(() => tell([...seen.values()].flat(), this));
    }
  };
`;
const frames = (): Promise<unknown> =>
  page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));

describe('fingers', { timeout: 60_000 }, () => {
  test('the first tap gives sound, the next one pauses, one more goes on', async () => {
    await open();
    await started(1);
    expect(await isMuted()).toBe(true);
    await page.touchscreen.tap(195, 420);
    await eventually(isMuted).toBe(false);
    expect(await isPaused()).toBe(false);
    await page.touchscreen.tap(195, 420);
    await eventually(isPaused).toBe(true);
    await page.touchscreen.tap(195, 420);
    await eventually(isPaused).toBe(false);
  });

  test('two taps on a side go five seconds, and pause nothing', async () => {
    await open();
    await started(1);
    await twoTaps(300, 420);
    await eventually(position).toBeGreaterThan(4.9);
    expect(await isPaused()).toBe(false);
    await twoTaps(60, 420);
    await eventually(position).toBeLessThan(4);
  });

  test('a finger that stays plays at double speed until it lifts', async () => {
    await open();
    await started(1);
    await page.mouse.move(195, 420);
    await page.mouse.down();
    await eventually(() => read((element) => element.playbackRate)).toBe(2);
    expect(await page.getByTestId('hint').textContent()).toBe('2×');
    await page.mouse.up();
    await eventually(() => read((element) => element.playbackRate)).toBe(1);
    expect(await isPaused()).toBe(false);
  });

  test('swiping stays the browser’s: the picture takes no vertical movement, and a swipe is no tap', async () => {
    await open();
    await started(1);
    const session = await page.context().newCDPSession(page);
    await session.send('Input.synthesizeScrollGesture', {
      x: 195,
      y: 600,
      yDistance: -500,
      speed: 1600,
      gestureSourceType: 'touch',
    });
    await active(2);
    await eventually(isPaused).toBe(false);
    expect(
      await slide(2)
        .locator('.tap')
        .evaluate((tap) => getComputedStyle(tap).touchAction),
    ).toBe('pan-y');
  });
});

describe('the slides', { timeout: 60_000 }, () => {
  test.each(['ltr', 'rtl'])(
    'beside the one that is shown are in view by a pixel, and nobody sees it (%s)',
    async (dir) => {
      await open();
      await started(1);
      await page.evaluate((direction) => (document.documentElement.dir = direction), dir);
      await page.keyboard.press('ArrowDown');
      await started(2);
      await eventually(async () => (await slide(2).boundingBox())?.y).toBe(
        (await page.getByTestId('feed').boundingBox())?.y,
      );
      const [before, shown, after] = await Promise.all([1, 2, 3].map((number) => slide(number).boundingBox()));
      const bottom = (box: typeof shown): number => (box?.y ?? 0) + (box?.height ?? 0);
      expect(bottom(before ?? null)).toBeCloseTo((shown?.y ?? 0) + 1, 1);
      expect(after?.y).toBeCloseTo(bottom(shown ?? null) - 1, 1);
      const seen = await page.getByTestId('feed').evaluate((feed: HTMLElement) => {
        const { left, top, bottom: end, width } = feed.getBoundingClientRect();
        const root = feed.getRootNode() as ShadowRoot;
        return [top, end - 1].map((y) => {
          const found = root.elementFromPoint(left + width / 2, y);
          return found?.closest<HTMLElement>('[data-testid=slide]')?.dataset['episodeNumber'] ?? found?.className;
        });
      });
      expect(seen).toEqual(['2', '2']);
    },
  );
});

test('every button lies over the slide that is shown', { timeout: 60_000 }, async () => {
  await open();
  await started(1);
  const buttons = page.locator('.top button:visible, .rail button:visible, .bottom button:visible, .progress');
  expect(await buttons.count()).toBeGreaterThan(3);
  for (const button of await buttons.all()) {
    const isOnTop = await button.evaluate((element) => {
      const { left, top, width, height } = element.getBoundingClientRect();
      const found = (element.getRootNode() as ShadowRoot).elementFromPoint(left + width / 2, top + height / 2);
      return element.contains(found);
    });
    expect(isOnTop, (await button.getAttribute('aria-label')) ?? '').toBe(true);
  }
});

describe('a browser that wants a gesture first', { timeout: 60_000 }, () => {
  test('shows what to tap, and a tap plays', async () => {
    await open({
      init: () => {
        let isAllowed = false;
        addEventListener('pointerdown', () => (isAllowed = true), true);
        const { value: play } = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, 'play') as {
          value: () => Promise<void>;
        };
        HTMLMediaElement.prototype.play = function guarded(this: HTMLMediaElement) {
          return isAllowed ? play.call(this) : Promise.reject(new DOMException('no gesture', 'NotAllowedError'));
        };
      },
    });
    await slide(1).and(page.locator('[data-phase=paused]')).waitFor();
    await page.touchscreen.tap(195, 420);
    await eventually(isPaused).toBe(false);
    await started(1);
  });
});

describe('keys', { timeout: 60_000 }, () => {
  test('play the whole page: pause, sound, seeking, next, first and last', async () => {
    await open();
    await started(1);
    await page.keyboard.press(' ');
    await eventually(isPaused).toBe(true);
    await page.keyboard.press('ArrowRight');
    await eventually(position).toBeGreaterThan(4.9);
    await page.keyboard.press('ArrowLeft');
    await eventually(position).toBeLessThan(4);
    await page.keyboard.press('m');
    await eventually(isMuted).toBe(false);
    await page.keyboard.press('PageDown');
    await active(2);
    await page.keyboard.press('ArrowUp');
    await active(1);
    await page.keyboard.press('End');
    await active(EPISODES);
    await page.keyboard.press('Home');
    await active(1);
  });

  test('end where they lead, however late the browser tells what it saw on the way', async () => {
    await open({ init: lateObserver });
    await started(1);
    await page.keyboard.press('End');
    await active(EPISODES);
    // In which the last one is seen; the observer tells of it when the list is at rest at the first again.
    await frames();
    await page.keyboard.press('Home');
    await active(1);
    await frames();
    await page.evaluate('tellSeen()');
    await frames();
    expect(await slide(1).getAttribute('data-active')).not.toBeNull();
  });

  test('reach every button with a ring around it, and slides that are not shown are out of reach', async () => {
    await open();
    await started(1);
    await page.getByTestId('feed').focus();
    const stops: string[] = [];
    for (let count = 0; count < 6; count += 1) {
      await page.keyboard.press('Tab');
      stops.push(await focused());
    }
    expect(stops).toEqual(['Unmute', 'Episodes', 'Settings', 'Tap to unmute', 'Pause', 'Position']);
    const ring = await page
      .getByRole('slider')
      .evaluate((bar) => `${bar.matches(':focus-visible')} ${getComputedStyle(bar).outlineStyle}`);
    expect(ring).toBe('true solid');
    expect(await page.locator('[data-testid=slide]:not([inert])').count()).toBe(1);
  });

  test('stay in the paywall while it is open; Escape shuts it and the swipe goes on', async () => {
    await open({ freeEpisodes: 1 });
    await started(1);
    await page.keyboard.press('ArrowDown');
    await page.getByTestId('paywall').waitFor({ state: 'visible' });
    expect(await focused()).toBe('unlock');
    await page.keyboard.press('Shift+Tab');
    expect(await focused()).toBe('not-now');
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('unlock');
    await page.keyboard.press('Escape');
    await page.getByTestId('paywall').waitFor({ state: 'hidden' });
    expect(await focused()).toBe('Episodes');
    await page.keyboard.press('ArrowUp');
    await active(1);
  });

  test('unlock: the whole way from the first frame to the one beyond the preview, without a pointer', async () => {
    await open({ freeEpisodes: 1 });
    await started(1);
    await page.keyboard.press('ArrowDown');
    await page.getByTestId('paywall').waitFor({ state: 'visible' });
    await page.keyboard.press('Enter');
    await slide(2).and(page.locator('[data-unlock-ms]')).waitFor();
    await eventually(position).toBeGreaterThan(PREVIEW_SECONDS + 0.2);
    expect(edge.coins).toBe(5);
  });
});

describe('a screen reader', { timeout: 60_000 }, () => {
  test('hears a feed of articles, each with its place, and what a swipe has come to', async () => {
    await open({ freeEpisodes: 1 });
    await started(1);
    const feed = page.getByRole('feed', { name: 'Episodes' });
    expect(await feed.getAttribute('aria-busy')).toBe('false');
    const article = feed.getByRole('article', { name: 'Episode 1: The Contract' });
    expect(await article.getAttribute('aria-posinset')).toBe('1');
    expect(await article.getAttribute('aria-setsize')).toBe(String(EPISODES));
    await page.keyboard.press('ArrowDown');
    await page.getByRole('status').getByText('Episode 2 of 6: What She Heard. Preview.').waitFor({ state: 'attached' });
  });
});

describe('who asks for less motion', { timeout: 60_000 }, () => {
  test('starts videos themselves, is not moved on at the end, and nothing glides', async () => {
    await open({ browser: { reducedMotion: 'reduce' } });
    await slide(1).and(page.locator('[data-phase=paused]')).waitFor();
    await page.keyboard.press(' ');
    await started(1);
    await read((element) => (element.currentTime = 11));
    await slide(1).and(page.locator('[data-phase=finished]')).waitFor();
    await page.waitForTimeout(500);
    await active(1);
    await page.keyboard.press('ArrowDown');
    const { top, height } = await page
      .getByTestId('feed')
      .evaluate((feed) => ({ top: feed.scrollTop, height: feed.clientHeight }));
    expect(top).toBeCloseTo(height, -1);
  });
});

describe('a page that is read from right to left', { timeout: 60_000 }, () => {
  test('has its buttons on the other side, and time where it always runs', async () => {
    await open();
    await started(1);
    const boxes = async () => {
      const rail = await page.getByRole('button', { name: 'Episodes' }).boundingBox();
      const play = await page.getByRole('button', { name: 'Pause' }).boundingBox();
      return { railX: rail?.x ?? 0, playX: play?.x ?? 0 };
    };
    const before = await boxes();
    await page.evaluate(() => (document.documentElement.dir = 'rtl'));
    const after = await boxes();
    expect(before.railX).toBeGreaterThan(300);
    expect(after.railX).toBeLessThan(60);
    expect(after.playX).toBe(before.playX);
  });
});
