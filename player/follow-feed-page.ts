/** What a feed does when its page is hidden, comes back, is left, or has a network again. */
import type { Heartbeat } from './heartbeat.ts';
import type { MediaKit } from './media-kit.ts';
import { followPage } from './page-lifecycle.ts';
import { isInPicture } from './picture-in-picture.ts';
import type { Views } from './views.ts';

export interface FeedOfPage {
  /** null until it is loaded. */
  readonly media: () => MediaKit | null;
  readonly views: Views;
  readonly heartbeat: Heartbeat;
}

export function followFeedPage({ media, views, heartbeat }: FeedOfPage): () => void {
  let resumes = false;
  return followPage({
    onHide: () => {
      const video = media()?.playback.video ?? null;
      resumes = media()?.playback.isPlaying === true;
      // In a small window of its own it is still watched.
      if (!isInPicture(video)) media()?.playback.pause();
      media()?.preloader.stop();
      views.hide('hidden');
      media()?.library.bandwidth.remember();
    },
    onShow: () => {
      views.show();
      media()?.preloader.swiped();
      if (resumes) media()?.playback.play();
    },
    onLeave: () => {
      views.hide('closed');
      heartbeat.leave();
    },
    onOnline: () => views.flush(false),
  });
}
