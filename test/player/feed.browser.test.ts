/** The demo page as a viewer meets it. */
import { describe, expect, test } from 'vitest';
import {
  asked,
  edge,
  EPISODES,
  eventually,
  open as openPage,
  page,
  position,
  PREVIEW_SECONDS,
  slide,
  started,
  useElementRig,
  video,
} from './support/element-rig.ts';

useElementRig();

interface Options {
  readonly isDemo?: boolean;
  readonly coins?: number;
  readonly freeEpisodes?: number;
  readonly heartbeatSeconds?: number;
  readonly isTransportStream?: true;
}

const open = ({ heartbeatSeconds, isTransportStream, ...options }: Options = {}): Promise<void> =>
  openPage({
    freeEpisodes: 1,
    ...options,
    change: (it) => {
      it.heartbeatSeconds = heartbeatSeconds ?? null;
      it.isTransportStream = isTransportStream === true;
    },
  });

const startupMs = async (number: number): Promise<number> => {
  await started(number);
  return Number(await slide(number).getAttribute('data-startup-ms'));
};

describe('a viewer in a real browser', { timeout: 60_000 }, () => {
  test('opens the page and the first episode plays, without a playlist request', async () => {
    await open();
    expect(await startupMs(1)).toBeGreaterThan(0);
    await eventually(position).toBeGreaterThan(0.3);
    expect(edge.requests.filter((request) => request.endsWith('.m3u8'))).toEqual([]);
  });

  test('swipes, and the next episode was warm: no more than three media elements are ever made', async () => {
    await open({ freeEpisodes: EPISODES });
    await startupMs(1);
    for (const number of [2, 3, 4]) {
      // Segments of the next episode come while the current one plays.
      await eventually(() => edge.requests.some((request) => request.includes(`/ep${number}/1/v`))).toBe(true);
      await page.waitForTimeout(400);
      await page.getByTestId('feed').evaluate((feed) => feed.scrollBy({ top: feed.clientHeight, behavior: 'smooth' }));
      await startupMs(number);
      expect(await slide(number).getAttribute('data-warm')).toBe('true');
    }
    expect(await page.locator('video').count()).toBeLessThanOrEqual(3);
  });

  test('sees the paywall when the preview ends, unlocks, and the same video goes on without a gap', async () => {
    await open();
    await startupMs(1);
    await page.keyboard.press('ArrowDown');
    await page.getByTestId('paywall').waitFor({ state: 'visible' });
    expect(await page.getByTestId('balance').textContent()).toBe('15 coins');
    const stoppedAt = await position();
    expect(stoppedAt).toBeGreaterThan(PREVIEW_SECONDS - 0.5);
    expect(stoppedAt).toBeLessThanOrEqual(PREVIEW_SECONDS);
    const before = await video().elementHandle();
    const source = await video().evaluate((element: HTMLVideoElement) => element.src);
    // Begun earlier, the sound of the preview's end would play without its pictures.
    await page.evaluate(() => {
      const play = Reflect.get(HTMLMediaElement.prototype, 'play') as (this: HTMLMediaElement) => Promise<void>;
      HTMLMediaElement.prototype.play = function (this: HTMLMediaElement) {
        const { buffered } = this;
        const ends = ((globalThis as unknown as { ends: number[] }).ends ??= []);
        ends.push(buffered.length === 0 ? 0 : buffered.end(buffered.length - 1));
        return play.call(this);
      };
    });
    await page.getByRole('button', { name: 'Unlock for 10 coins' }).click();
    await slide(2).and(page.locator('[data-unlock-ms]')).waitFor();
    await eventually(position).toBeGreaterThan(PREVIEW_SECONDS + 1);
    // The answer to the unlock has brought the episode along.
    expect(asked(/feed\?.*at=ep2/)).toEqual([]);
    expect(await video().evaluate((element, other) => element === other, before)).toBe(true);
    // The same MediaSource: nothing was emptied, so no black frame could show.
    expect(await video().evaluate((element: HTMLVideoElement) => element.src)).toBe(source);
    expect(await video().evaluate((element: HTMLVideoElement) => element.buffered.start(0))).toBe(0);
    expect(await slide(2).getAttribute('data-access')).toBe('full');
    expect(await page.getByTestId('paywall').isVisible()).toBe(false);
    expect(edge.coins).toBe(5);
    const ends = await page.evaluate(() => (globalThis as unknown as { ends: number[] }).ends);
    expect(Math.min(...ends)).toBeGreaterThan(PREVIEW_SECONDS + 0.1);
  });

  test('says "Not now", swipes on, and comes to a locked episode that has no preview', async () => {
    await open();
    await startupMs(1);
    await page.keyboard.press('ArrowDown');
    await page.getByTestId('not-now').click();
    expect(await page.getByTestId('paywall').isVisible()).toBe(false);
    await page.keyboard.press('ArrowDown');
    await page.getByTestId('paywall').waitFor({ state: 'visible' });
    expect(await slide(3).getAttribute('data-access')).toBe('locked');
    await page.getByTestId('unlock').click();
    await startupMs(3);
    await eventually(position).toBeGreaterThan(0.2);
  });

  test('is told how many coins are missing, takes the demo coins and goes on', async () => {
    await open({ coins: 4 });
    await startupMs(1);
    await page.keyboard.press('ArrowDown');
    await page.getByText('You need 6 coins more.').waitFor();
    await page.getByRole('button', { name: 'Get 50 coins (demo)' }).click();
    await page.getByText('54 coins', { exact: true }).waitFor();
    await page.getByTestId('unlock').click();
    await eventually(position).toBeGreaterThan(PREVIEW_SECONDS + 0.2);
    expect(edge.coins).toBe(44);
  });

  test('plays HLS of another encoder, in MPEG-TS, and goes on in it after an unlock', async () => {
    await open({ isTransportStream: true });
    await startupMs(1);
    await eventually(position).toBeGreaterThan(1.5);
    await page.keyboard.press('ArrowDown');
    await page.getByTestId('unlock').click();
    await eventually(position).toBeGreaterThan(PREVIEW_SECONDS + 1);
    expect(asked(/ep2\/1\/v\d\/2\.ts/).length).toBeGreaterThan(0);
    expect(asked(/\.m4s/)).toEqual([]);
  });

  test('notices nothing when the media pass lapses in the middle of an episode', async () => {
    await open();
    await startupMs(1);
    edge.expirePasses();
    await video().evaluate((element: HTMLVideoElement) => (element.currentTime = 9.5));
    await eventually(position).toBeGreaterThan(10);
    expect(await page.getByTestId('error').isVisible()).toBe(false);
  });

  test('without a network is told so, and the feed comes back with a press of the button', async () => {
    await open();
    await startupMs(1);
    await page.route('**/v1/feed?**', (route) => route.abort());
    await page.reload();
    await page.getByTestId('error').getByText('The video service does not answer').waitFor();
    await page.unroute('**/v1/feed?**');
    await page.getByRole('button', { name: 'Try again' }).click();
    await startupMs(1);
  });

  test('whose segments fail is told so and can try again', async () => {
    await open();
    await startupMs(1);
    edge.segmentsFail = true;
    await video().evaluate((element: HTMLVideoElement) => (element.currentTime = 10.5));
    await page.getByTestId('error').waitFor({ state: 'visible' });
    edge.segmentsFail = false;
    await page.getByRole('button', { name: 'Try again' }).click();
    await eventually(position).toBeGreaterThan(0.2);
  });

  test('keeps a place while something plays, and gives it back on leaving', async () => {
    await open({ heartbeatSeconds: 0.2 });
    await startupMs(1);
    const beats = () => edge.requests.filter((request) => request === 'POST /v1/me/heartbeat').length;
    await eventually(beats).toBeGreaterThan(2);
    await page.keyboard.press(' ');
    await page.waitForTimeout(300);
    const before = beats();
    await page.waitForTimeout(1_000);
    expect(beats(), 'while paused').toBe(before);
    expect(edge.requests).not.toContain('DELETE /v1/me/session');
    await page.goto('about:blank');
    await eventually(() => edge.requests).toContain('DELETE /v1/me/session');
  });

  test('who watches on another device is told so, the video stops, and it goes on once there is room', async () => {
    await open({ heartbeatSeconds: 0.2 });
    await startupMs(1);
    edge.isFull = true;
    await page.getByTestId('error').getByText('You are watching on another device').waitFor();
    expect(await video().evaluate((element: HTMLVideoElement) => element.paused)).toBe(true);
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByTestId('error').getByText('You are watching on another device').waitFor();
    edge.isFull = false;
    await page.getByRole('button', { name: 'Try again' }).click();
    await eventually(() => video().evaluate((element: HTMLVideoElement) => element.paused)).toBe(false);
    expect(await page.getByTestId('error').isVisible()).toBe(false);
    edge.isFull = true;
    await page.reload();
    await page.getByTestId('error').getByText('You are watching on another device').waitFor();
  });

  test('sends no heartbeat where streams are not counted', async () => {
    await open();
    await startupMs(1);
    await eventually(position).toBeGreaterThan(1);
    await page.goto('about:blank');
    expect(edge.requests.filter((request) => /heartbeat|session$/.test(request) && !request.includes('demo'))).toEqual(
      [],
    );
  });

  test('finds out how to pass a token where there is no demo', async () => {
    await open({ isDemo: false });
    await page.getByTestId('error').getByText('#token=').waitFor();
    await page.goto(`${edge.origin}/?series=harbour-lights#token=viewer-token`);
    await page.reload();
    await startupMs(1);
  });

  test('is taken to the next episode at the end of one, and the view tells what was watched', async () => {
    await open();
    await startupMs(1);
    await eventually(() => video().evaluate((element: HTMLVideoElement) => element.currentTime)).toBeGreaterThan(0.5);
    await video().evaluate((element: HTMLVideoElement) => (element.currentTime = 10.8));
    await slide(2).and(page.locator('[data-active]')).waitFor();
    await page.goto('about:blank');
    await eventually(() => [...edge.views.values()].find((view) => view.episodeId === 'ep1')?.leftBy).toBe('end');
    const view = [...edge.views.values()].find((candidate) => candidate.episodeId === 'ep1');
    expect(view).toMatchObject({ ended: true });
    expect(view?.watched).toHaveLength(2);
  });
});
