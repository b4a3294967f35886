/** One element, handed from episode to episode. */
import { expect, test, vi } from 'vitest';
import type { FeedItemWire } from '../../core/catalog/feed-wire.ts';
import { PlayerPool, type PoolOptions } from '../../player/pool.ts';

vi.mock('../../player/engine.ts', () => ({ createEngine: () => ({ destroy: vi.fn(), setActive: vi.fn() }) }));

const item = (id: string): FeedItemWire =>
  ({ episode: { id, durationSeconds: 60 }, decision: { access: 'full' }, playback: {} }) as unknown as FeedItemWire;

test('what is set of one episode, before it has anything to seek in, is not the next one’s beginning', () => {
  const video = { currentTime: 0, remove: vi.fn() };
  const options = { size: 1, library: { of: () => ({}) }, createVideo: () => video } as unknown as PoolOptions;
  const pool = new PlayerPool(options);
  pool.prepare(item('ep1'), ['ep1']);
  video.currentTime = 0.03;
  expect(pool.prepare(item('ep2'), ['ep2'])?.video).toBe(video);
  expect(video.currentTime).toBe(0);
});
