/** `createFeed` in an app of its own (support/headless-page.ts). */
import { describe, expect, test } from 'vitest';
import type { ViewEventWire } from '../../core/qoe/beacon-wire.ts';
import type { EdgeDouble } from './support/edge-double.ts';
import {
  asked,
  edge,
  EPISODES,
  eventually,
  open as openPage,
  page,
  PREVIEW_SECONDS,
  SECONDS,
  useElementRig,
} from './support/element-rig.ts';
import { writeHeadlessPage } from './support/headless-page.ts';

useElementRig(writeHeadlessPage);

interface Options {
  readonly freeEpisodes?: number;
  readonly change?: (edge: EdgeDouble) => void;
  readonly query?: string;
  readonly init?: () => void;
}

const open = ({ change, query = '', ...options }: Options = {}): Promise<void> =>
  openPage({
    ...options,
    isDemo: false,
    path: `/headless.html${query}`,
    change: (it) => {
      it.start = 'whole';
      change?.(it);
    },
  });

/** As sample-media.ts makes them. */
const FRAME_SECONDS = 1 / 24;

type Told = { readonly name: string; readonly [member: string]: unknown };
const told = (name: string): Promise<Told[]> =>
  page.evaluate(
    (wanted) => (globalThis as unknown as { told: Told[] }).told.filter((each) => each.name === wanted),
    name,
  );
const run = <Value>(script: string): Promise<Value> => page.evaluate(script) as Promise<Value>;
const position = (index: number): Promise<number> => run(`feed.video(${index})?.currentTime ?? 0`);
const viewOf = (episodeId: string): ViewEventWire | undefined =>
  [...edge.views.values()].find((view) => view.episodeId === episodeId);

describe('what it tells of a view', { timeout: 60_000 }, () => {
  test('has what came after it, how often it was begun again, and captions that were put on while it played', async () => {
    await open({ change: (double) => (double.hasCaptions = true) });
    await eventually(() => position(0)).toBeGreaterThan(0.5);
    await run(`[...feed.video(0).textTracks].find(({ kind }) => kind === 'subtitles').mode = 'showing'`);
    await eventually(() => run('feed.viewDetails().captions.changes')).toBe(1);
    await run('feed.restart()');
    await run('feed.activate(1)');
    await eventually(() => viewOf('ep1')?.leftBy).toBe('swipe');
    expect(viewOf('ep1')?.details).toMatchObject({
      wentTo: 'next',
      replays: 1,
      captions: { language: 'en', changes: 1 },
    });
    expect(viewOf('ep2')?.details).toMatchObject({ wentTo: null, replays: 0 });
    await run('feed.activate(0)');
    await eventually(() => viewOf('ep2')?.details?.wentTo).toBe('previous');
  });

  test('tells a page that is closed from one that is hidden', async () => {
    await open();
    await eventually(() => position(0)).toBeGreaterThan(0.5);
    await page.goto('about:blank');
    await eventually(() => viewOf('ep1')?.leftBy).toBe('closed');
  });
});

describe('what it tells of the viewer', { timeout: 60_000 }, () => {
  const kept = (): Promise<string[]> => run(`Object.keys(localStorage).filter((key) => key.includes('visited'))`);
  const said = (): object => edge.contexts.at(-1) ?? {};

  test('is that they were here before, once they have agreed to be counted', async () => {
    await open({ query: '?consent=analytics' });
    await eventually(said).toMatchObject({ consent: 'analytics', appVersion: '2.14.0', audience: 'new' });
    expect(await kept()).toEqual(['cliffhanger-visited']);
    await page.reload();
    await eventually(said).toMatchObject({ audience: 'returning' });
  });

  test.each(['', '?consent=essential', '?consent=none'])(
    'is nothing, and nothing is kept on the device, with %j',
    async (query) => {
      await open({ query });
      await eventually(() => edge.contexts.length).toBeGreaterThan(0);
      expect(said()).not.toHaveProperty('audience');
      expect(await kept()).toEqual([]);
    },
  );

  test('is nothing where the browser says that they are not to be followed, whatever was agreed to', async () => {
    await open({
      query: '?consent=analytics',
      init: () => void Object.defineProperty(navigator, 'globalPrivacyControl', { value: true }),
    });
    await eventually(() => edge.contexts.length).toBeGreaterThan(0);
    expect(said()).not.toHaveProperty('audience');
    expect(await kept()).toEqual([]);
  });

  test('ends with the beacon after they have changed their mind', async () => {
    await open({ query: '?consent=analytics' });
    await eventually(said).toMatchObject({ audience: 'new' });
    await run(`options.consent = 'none'`);
    await run('feed.activate(1)');
    await eventually(said).toMatchObject({ consent: 'none' });
    expect(said()).not.toHaveProperty('audience');
  });
});

describe('a feed without the element', { timeout: 60_000 }, () => {
  test('plays in the boxes of the app, and tells its state as the media element has it', async () => {
    await open();
    await eventually(() => position(0)).toBeGreaterThan(0.5);
    const state = await run<object>('feed.player.state');
    expect(state).toMatchObject({ episodeId: 'ep1', phase: 'playing', muted: true, durationSeconds: SECONDS });
    await run('feed.pause()');
    await eventually(() => run('feed.player.state.phase')).toBe('paused');
  });

  test('has the next episode attached on its first frame, and starts it with no request but for the rest of its first segment', async () => {
    await open();
    await eventually(() => run('feed.video(1)?.readyState ?? 0')).toBeGreaterThanOrEqual(2);
    expect(await run('feed.video(1).paused')).toBe(true);
    await run('feed.activate(1)');
    await eventually(async () => (await told('startup')).length).toBe(2);
    expect((await told('startup'))[1]).toMatchObject({ item: 'ep2', source: 'attached' });
    await eventually(() => position(1)).toBeGreaterThan(1.1);
    expect(asked(/ep2\/1\/v\d\/(init\.mp4|media\.m3u8)/)).toEqual([]);
    expect(asked(/ep2\/1\/v\d\/start/)).toHaveLength(1);
    expect(asked(/ep2\/1\/v\d\/0\.m4s/)).toHaveLength(1);
    expect(edge.ranges.filter((range) => /ep2\/1\/v\d\/0\.m4s bytes=\d+-$/.test(range))).toHaveLength(1);
  });

  test('has the first frame of the next episode behind it when a swipe comes, and nothing of one that is started cold', async () => {
    await open();
    await eventually(() => run('feed.video(1)?.readyState ?? 0')).toBeGreaterThanOrEqual(2);
    expect(await position(1)).toBeGreaterThan(0.8 * FRAME_SECONDS);
    expect(await position(1)).toBeLessThan(FRAME_SECONDS);
    await eventually(() => position(0)).toBeGreaterThan(0);
    expect(await run('feed.video(0).played.start(0)')).toBe(0);
    await run('feed.activate(1)');
    await eventually(() => position(1)).toBeGreaterThan(1.1);
    // Within a frame nobody seeks.
    await run('feed.pause()');
    await run('feed.seek(feed.video(1).currentTime + 0.03)');
    await eventually(() => run('feed.video(1).seeking')).toBe(false);
    await run('feed.activate(2)');
    await eventually(() => viewOf('ep2')?.leftBy).toBe('swipe');
    expect(viewOf('ep2')?.details?.seeks).toEqual([]);
  });

  test('keeps later episodes as bytes only: three media elements however far one swipes', async () => {
    await open();
    for (let index = 1; index < EPISODES; index += 1) {
      await eventually(() => run(`feed.video(${index})?.readyState ?? 0`)).toBeGreaterThanOrEqual(2);
      await run(`feed.activate(${index})`);
      await eventually(async () => (await told('startup')).length).toBe(index + 1);
    }
    expect(await run('videos.size')).toBeLessThanOrEqual(3);
    expect((await told('preloadplan')).some((plan) => (plan['action'] as { kind: string }).kind === 'fetch')).toBe(
      true,
    );
  });

  test('fetches nothing beyond the next episode for who saves data', async () => {
    const init = () => void Object.defineProperty(navigator, 'connection', { value: { saveData: true } });
    await open({ init });
    await eventually(() => position(0)).toBeGreaterThan(4);
    expect(asked(/ep[3-6]\/1\/v\d\//)).toEqual([]);
    expect(asked(/ep2\/1\/v\d\/[1-9]\.m4s/)).toEqual([]);
  });

  test('gives up what was on its way for episodes that a viewer has swiped past', async () => {
    const aborted: string[] = [];
    await open({
      change: (it) => {
        it.start = 'held';
        it.heldFrom = 2;
      },
    });
    page.on('requestfailed', (request) => aborted.push(request.url()));
    await eventually(() => asked(/ep2\/1\/v\d\/start/).length).toBe(1);
    await run('feed.activate(3)');
    await eventually(() => aborted.filter((url) => /ep2\/1\/v\d\/start/.test(url)).length).toBe(1);
    edge.releaseStarts();
    await eventually(() => position(3)).toBeGreaterThan(0.3);
  });

  test('says of itself in the query what CMCD has, and tells what is fetched ahead', async () => {
    await open();
    await eventually(() => asked(/ep2\/1\/v\d\/start\?/).length).toBe(1);
    const cmcd = (request: string | undefined): string => new URLSearchParams(request?.split('?')[1]).get('CMCD') ?? '';
    expect(cmcd(asked(/ep1\/1\/v\d\/start/)[0])).toMatch(
      /^bl=0,br=\d+,cid="ep1",(mtp=\d+,)?sf=h,sid="[0-9a-f-]+",st=v,sta=s,su$/,
    );
    expect(cmcd(asked(/ep2\/1\/v\d\/start/)[0])).toContain('sta=d');
  });

  test('renews a pass before it lapses, and nobody sees it', async () => {
    await open({ change: (it) => (it.passSeconds = 62) });
    await eventually(() => position(0)).toBeGreaterThan(0.5);
    edge.passSeconds = 900;
    // And those of what is fetched ahead.
    for (const episode of ['ep1', 'ep2', 'ep4'])
      await eventually(() => asked(new RegExp(`feed\\?.*at=${episode}`)).length).toBeGreaterThan(0);
    edge.expirePasses();
    await run('feed.refresh("ep1")');
    await eventually(() => position(0)).toBeGreaterThan(4);
    expect(await told('stall')).toEqual([]);
    expect(await told('failure')).toEqual([]);
  });

  test('unlocks what is about to stop, where the viewer wants it so, and nothing stops', async () => {
    await open({ freeEpisodes: 1, query: '?auto', change: (it) => (it.autoUnlockAllowed = true) });
    await eventually(() => position(0)).toBeGreaterThan(0.3);
    await run('feed.activate(1)');
    await eventually(() => position(1)).toBeGreaterThan(PREVIEW_SECONDS + 1);
    expect(edge.autoUnlocks).toEqual(['ep2']);
    expect(await told('entitlementrequired')).toEqual([]);
    expect(edge.coins).toBe(5);
  });

  test('plays nothing for who paused while the rest of an unlocked episode was on its way', async () => {
    // As of an edge that can not tell: the episode is asked for then.
    await open({ freeEpisodes: 1, change: (it) => (it.bringsItem = false) });
    await eventually(() => position(0)).toBeGreaterThan(0.3);
    await run('feed.activate(1)');
    await eventually(async () => (await told('entitlementrequired')).length).toBe(1);
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    await page.route(/ep2\/1\/v\d\/2\.m4s/, async (route) => {
      await held;
      await route.continue();
    });
    expect(await run('feed.unlock("ep2", 10)')).toMatchObject({ kind: 'unlocked' });
    await eventually(() => run('feed.player.state.phase')).toBe('starting');
    expect(await run('feed.isPlaying')).toBe(true);
    await run('feed.pause()');
    expect(await run('[feed.isPlaying, feed.player.state.phase]')).toEqual([false, 'paused']);
    release();
    await eventually(() => run('feed.video(1).buffered.end(0)')).toBeGreaterThan(PREVIEW_SECONDS + 1);
    // Several times as long as anybody would wait for the buffer to be looked at.
    await page.waitForTimeout(300);
    expect(await run('feed.video(1).paused')).toBe(true);
    await run('feed.play()');
    await eventually(() => position(1)).toBeGreaterThan(PREVIEW_SECONDS + 1);
  });

  test('asks where the rule of the viewer says no', async () => {
    await open({ freeEpisodes: 1, query: '?auto' });
    await eventually(() => position(0)).toBeGreaterThan(0.3);
    await run('feed.activate(1)');
    await eventually(async () => (await told('entitlementrequired')).length).toBe(1);
    expect(edge.autoUnlocks).toEqual(['ep2']);
    expect(edge.coins).toBe(15);
  });

  test('tells of a view where it came from, what was fetched, sought and muted', async () => {
    await open();
    await eventually(() => position(0)).toBeGreaterThan(1);
    await run('feed.seek(8)');
    await run('feed.muted = false');
    await eventually(() => position(0)).toBeGreaterThan(8.5);
    await eventually(() => run('feed.video(1)?.readyState ?? 0')).toBeGreaterThanOrEqual(2);
    await run('feed.activate(1)');
    await eventually(async () => (await told('startup')).length).toBe(2);
    await page.goto('about:blank');
    await eventually(() => viewOf('ep1')?.leftBy).toBe('swipe');
    const details = viewOf('ep1')?.details;
    expect(details).toMatchObject({ muteChanges: 1, error: null, paywallShown: false });
    expect(details?.seeks).toHaveLength(1);
    expect(details?.seeks[0]?.toSeconds).toBeCloseTo(8, 0);
    expect(details?.renditions.length).toBeGreaterThan(0);
    expect(details?.frames?.total).toBeGreaterThan(10);
    const { fetched = 0, unwatched = 0, ahead = 0 } = details?.bytes ?? {};
    expect(fetched).toBeGreaterThan(100_000);
    expect(unwatched).toBeGreaterThan(0);
    expect(unwatched).toBeLessThan(fetched);
    expect(ahead).toBeGreaterThan(0);
    expect(viewOf('ep2')?.details?.startSource).toBe('attached');
    const [before, after] = details?.plays ?? [];
    expect(before?.[0]).toBeLessThan(1);
    expect(after?.[0]).toBeGreaterThanOrEqual(8);
    const [first, second] = [details?.place, viewOf('ep2')?.details?.place];
    expect([first?.index, first?.endedMs, second?.index]).toEqual([0, null, 1]);
    expect(second?.intentMs).toBeGreaterThan(first?.intentMs ?? Infinity);
    expect(first?.leftMs).toBeGreaterThanOrEqual(second?.intentMs ?? Infinity);
  });
});
