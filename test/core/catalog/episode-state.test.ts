import { describe, expect, test } from 'vitest';
import { episodeState } from '#core/catalog/episode-state.ts';

describe('the state of an episode', () => {
  test.each([
    [false, false, null, 'draft'],
    [false, false, 'queued', 'processing'],
    [false, false, 'running', 'processing'],
    [false, false, 'failed', 'failed'],
    [false, true, 'failed', 'failed'],
    [true, false, 'succeeded', 'ready'],
    [true, true, 'succeeded', 'published'],
    [true, true, 'queued', 'published'],
    [true, true, 'running', 'published'],
    [true, true, 'failed', 'published'],
    [true, false, 'failed', 'ready'],
    [true, false, null, 'ready'],
  ] as const)(
    'with a version: %s, published: %s, last job %s → %s',
    (hasVersion, isPublished, latestJobState, state) => {
      expect(episodeState({ hasVersion, isPublished, latestJobState })).toBe(state);
    },
  );
});
