/** Passes that are renewed while the viewer watches. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { FeedItemWire } from '../../core/catalog/feed-wire.ts';
import { PASS_EXPIRY_MARGIN_MS } from '../../player/limits.ts';
import { Renewal } from '../../player/renewal.ts';

const PASS_MS = 900_000;
let items: FeedItemWire[];
let asked: string[];
/** Episodes that the edge does not answer for. */
let gone: string[];
/** Answers wait for this. */
let held: Promise<void>;
let renewal: Renewal;

beforeEach(() => {
  vi.useFakeTimers();
  asked = [];
  gone = [];
  held = Promise.resolve();
  items = ['a', 'b'].map((id, index) => item(id, Date.now() + PASS_MS + index * 1_000));
  renewal = new Renewal({
    feed: {
      refresh: async (id) => {
        asked.push(id);
        await held;
        if (gone.includes(id)) return { kind: 'unreachable' };
        const renewed = item(id, Date.now() + PASS_MS);
        items = items.map((each) => (each.episode.id === id ? renewed : each));
        return { kind: 'ok', value: renewed };
      },
    },
    items: () => items,
    onRenewed: () => undefined,
    wallMs: () => Date.now(),
  });
});

afterEach(() => {
  renewal.stop();
  vi.useRealTimers();
});

function item(id: string, expiresAtMs: number): FeedItemWire {
  return {
    episode: { id, seriesId: 's', number: 1, title: id, durationSeconds: 1 },
    decision: { access: 'full', basis: 'free', until: null, previewSeconds: null, offers: [] },
    playback: { expiresAt: new Date(expiresAtMs).toISOString() } as FeedItemWire['playback'],
    posterUrl: '/poster.jpg',
  };
}

test('each is asked for once, a minute before it lapses', async () => {
  renewal.plan();
  await vi.advanceTimersByTimeAsync(PASS_MS - PASS_EXPIRY_MARGIN_MS - 1);
  expect(asked).toEqual([]);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(asked).toEqual(['a', 'b']);
  await vi.advanceTimersByTimeAsync(PASS_MS / 2);
  expect(asked).toEqual(['a', 'b']);
});

test('one that can not be renewed keeps no other from it, now or the next time', async () => {
  gone = ['a'];
  renewal.plan();
  await vi.advanceTimersByTimeAsync(PASS_MS * 2);
  expect(asked.filter((id) => id === 'b')).toHaveLength(2);
  expect(asked.filter((id) => id === 'a').length).toBeLessThan(100);
  gone = [];
  await vi.advanceTimersByTimeAsync(PASS_EXPIRY_MARGIN_MS);
  expect(Date.parse(items[0]?.playback?.expiresAt ?? '')).toBeGreaterThan(Date.now());
});

test('is not asked for again by a swipe while the answer is on its way', async () => {
  let release = (): void => undefined;
  held = new Promise((resolve) => (release = resolve));
  renewal.plan();
  await vi.advanceTimersByTimeAsync(PASS_MS - PASS_EXPIRY_MARGIN_MS);
  renewal.plan();
  await vi.advanceTimersByTimeAsync(100);
  expect(asked).toEqual(['a']);
  release();
});

test('nothing is asked for after the end', async () => {
  renewal.plan();
  renewal.stop();
  renewal.plan();
  await vi.advanceTimersByTimeAsync(PASS_MS * 2);
  expect(asked).toEqual([]);
});
