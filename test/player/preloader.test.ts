/** What the preloader does when the viewer leaves, the episode or the page, and when a pass has lapsed. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { FeedItemWire } from '../../core/catalog/feed-wire.ts';
import { UNATTENDED_BUFFER_SECONDS } from '../../player/limits.ts';
import { MediaLibrary } from '../../player/media-library.ts';
import type { Player } from '../../player/pool.ts';
import { Preloader, type PreloadQueue } from '../../player/preload/preloader.ts';
import { wentTo } from '../../player/view-details.ts';
import { StartServer } from './support/start-server.ts';

/** Less than the pause after a fetch that failed. */
const WAIT = { timeout: 1_000 };

let edge: StartServer;
let library: MediaLibrary;
let preloader: Preloader;
let queue: PreloadQueue;
let players: Map<string, Player>;
let goals: number[];

beforeEach(async () => {
  edge = new StartServer();
  await edge.listen();
  library = new MediaLibrary({ base: edge.root(''), bandwidth: edge.bandwidth, query: () => '' });
  players = new Map();
  goals = [];
  preloader = new Preloader({
    library,
    device: { state: { saveData: false, lowBattery: false, memoryGb: 8 } },
    queue: () => queue,
    player: (id) => players.get(id) ?? null,
    attach: () => undefined,
    onPlan: () => undefined,
  });
  // The plan is made for a browser with MSE; no byte gets so far here.
  vi.stubGlobal('MediaSource', { isTypeSupported: () => true });
  vi.stubGlobal('innerWidth', 360);
  vi.stubGlobal('devicePixelRatio', 1);
});

afterEach(async () => {
  preloader.stop();
  vi.unstubAllGlobals();
  library.destroy();
  await edge.close();
});

function item(name: string): FeedItemWire {
  return {
    episode: { id: name, seriesId: 's', number: 1, title: name, durationSeconds: 1 },
    decision: { access: 'full', basis: 'free', until: null, previewSeconds: null, offers: [] },
    playback: edge.playback(name),
    posterUrl: '/poster.jpg',
  };
}

function shown(paused: boolean): void {
  const current = item('a');
  const buffered = { length: 1, start: () => 0, end: () => 1 };
  const video = { paused, currentTime: 0.5, buffered } as unknown as HTMLVideoElement;
  const engine = { nextRungUrl: null, setGoal: (seconds: number) => void goals.push(seconds) };
  players.set('a', { episodeId: 'a', video, engine: engine as unknown as Player['engine'], item: current });
  queue = { current, next: [], attachedBehind: 0 };
}

/** The pass of the next episode, `b`, as the preloader finds out. */
function refused(): void {
  shown(false);
  edge.refuses = true;
  queue = { ...queue, next: [item('b')] };
  preloader.swiped();
}

describe('a page that is hidden', () => {
  test('fetches on for a picture that plays in a window of its own', () => {
    shown(false);
    preloader.stop();
    expect(goals).toEqual([UNATTENDED_BUFFER_SECONDS]);
  });

  test('fetches nothing more for a player that is paused', () => {
    shown(true);
    preloader.stop();
    expect(goals).toEqual([]);
  });
});

describe('a swipe past what was on its way', () => {
  test('is no fault of the line: what the next one needs is asked for at once', async () => {
    shown(false);
    edge.startsHang = true;
    queue = { ...queue, next: [item('b')] };
    preloader.swiped();
    await vi.waitFor(() => expect(edge.asked).toEqual(['b/1/v0/start']), WAIT);
    edge.startsHang = false;
    queue = { ...queue, current: item('d'), next: [item('e')] };
    preloader.swiped();
    await vi.waitFor(() => expect(edge.asked).toContain('e/1/v0/start'), WAIT);
  });
});

describe('a pass that has lapsed', () => {
  test('is tried once, and what lies behind another one is fetched meanwhile', async () => {
    refused();
    await vi.waitFor(() => expect(edge.asked).toContain('b/1/v0/start'), WAIT);
    edge.refuses = false;
    // Longer than the pause after a fetch that failed.
    await sleep(2_500);
    queue = { ...queue, next: [...queue.next, item('c')] };
    await vi.waitFor(() => expect(edge.asked).toContain('c/1/v0/start'), WAIT);
    expect(edge.asked.filter((path) => path.startsWith('b/'))).toEqual(['b/1/v0/start']);
  });

  test('is forgotten with the answer that brings another one', async () => {
    refused();
    await vi.waitFor(() => expect(library.of(queue.next[0] as FeedItemWire)?.isPassRefused).toBe(true), WAIT);
    edge.refuses = false;
    const before = edge.asked.length;
    queue = { ...queue, next: [item('b')] };
    preloader.swiped();
    await vi.waitFor(() => expect(edge.asked.length).toBeGreaterThan(before), WAIT);
  });
});

describe('where a viewer went', () => {
  test('is nowhere when the same episode begins anew, as after it is unlocked', () => {
    expect(wentTo(2, 2)).toBeNull();
    expect([3, 1, 5].map((index) => wentTo(2, index))).toEqual(['next', 'previous', 'other']);
  });
});
