import { activeItem, type FeedState } from '../feed-state.ts';
import { PRELOAD_QUEUE_LIMIT } from '../limits.ts';
import type { PreloadQueue } from './preloader.ts';

/** What there is to be fetched for; null while nothing is shown. */
export function preloadQueue(state: FeedState, isAttached: (episodeId: string) => boolean): PreloadQueue | null {
  const { items, activeIndex } = state;
  const current = activeItem(state);
  const behind = items.slice(0, activeIndex).filter(({ episode }) => isAttached(episode.id));
  const next = items.slice(activeIndex + 1, activeIndex + 1 + PRELOAD_QUEUE_LIMIT);
  return current && { current, next, attachedBehind: behind.length };
}
