/** Where the viewer stopped the last time: the episode begins there, once. */
import type { Feed } from '../create-feed.ts';
import type { FeedState } from '../feed-state.ts';
import { RESUME_MARGIN_SECONDS } from '../limits.ts';

export class ResumeAt {
  readonly #feed: Pick<Feed, 'seek'>;
  #resume: FeedState['resume'] = null;
  #isTaken = false;

  constructor(feed: Pick<Feed, 'seek'>) {
    this.#feed = feed;
  }

  take(state: FeedState): void {
    if (this.#isTaken || state.resume == null) return;
    this.#isTaken = true;
    const { episodeId, positionSeconds } = state.resume;
    const item = state.items.find(({ episode }) => episode.id === episodeId);
    const left = (item?.episode.durationSeconds ?? 0) - positionSeconds;
    if (positionSeconds >= RESUME_MARGIN_SECONDS && left >= RESUME_MARGIN_SECONDS) this.#resume = state.resume;
  }

  mounted(episodeId: string, video: HTMLVideoElement): void {
    const resume = this.#resume;
    if (resume?.episodeId !== episodeId) return;
    this.#resume = null;
    const seek = (): void => this.#feed.seek(resume.positionSeconds);
    if (video.readyState >= HTMLMediaElement.HAVE_METADATA) seek();
    else video.addEventListener('loadedmetadata', seek, { once: true });
  }
}
