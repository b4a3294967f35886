/**
 * A feed under a thumb. Whoever drives it says when to swipe; the page says what the eye gets: whether the next still frame
 * was painted already, when a new frame came, and where it stalled.
 */
import { followAll, nextFrame, playedAtMs, playing, stalls, stills, watchVideos } from './frames.ts';
import type { SessionPage, SessionSource, SwipeSeen } from './protocol.ts';

export interface FeedUnderThumb {
  /** Until the first episode plays. */
  readonly open: (stage: HTMLElement, source: SessionSource) => Promise<void> | void;
  readonly swipe: (by: 1 | -1) => void;
  /** The bench waits for this before it swipes; absent: whatever there is has to do. */
  readonly isNextReady?: () => boolean;
}

declare global {
  interface Window {
    session?: SessionPage;
  }
}

watchVideos();

/** Of a screen that draws sixty times a second. */
const FRAME_MS = 1_000 / 60;

/**
 * A thumb knows nothing of the screen's clock. A command of the bench's does: it comes when the page has just drawn, or
 * always as long before, and the same page then took 45 ms for a frame in one run and 75 in the next.
 */
async function somewhereInAFrame(): Promise<void> {
  await new Promise(requestAnimationFrame);
  const until = performance.now() + FRAME_MS * Math.random();
  await new Promise<void>((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => (performance.now() < until ? port2.postMessage(null) : resolve());
    port2.postMessage(null);
  });
}

export function offerFeed(feed: FeedUnderThumb): void {
  let index = 0;
  const stage = document.createElement('div');
  stage.className = 'stage';
  document.body.replaceChildren(stage);
  const measure = async (act: () => void, limitMs: number): Promise<SwipeSeen> => {
    followAll(document.body);
    const [before, earlier, atMs] = [stills(), playing(), performance.now()];
    // Media that is taken out of an element takes its frame along.
    const emptied = new Set<EventTarget | null>();
    const onEmptied = ({ target }: Event): void => void emptied.add(target);
    for (const video of before.keys()) video.addEventListener('emptied', onEmptied);
    const stillOf = (video: HTMLVideoElement): number | null =>
      emptied.has(video) ? null : (before.get(video) ?? null);
    let wasPainted = false;
    const shown = nextFrame((video, mediaTime) => {
      if (video.paused || video !== playing() || (video === earlier && !emptied.has(video))) return false;
      wasPainted = stillOf(video) !== null;
      return mediaTime !== stillOf(video);
    });
    act();
    const limit = new Promise<null>((resolve) => setTimeout(() => resolve(null), limitMs));
    const shownAtMs = await Promise.race([shown, limit]);
    for (const video of before.keys()) video.removeEventListener('emptied', onEmptied);
    return {
      ...{ index, wasPainted, newFrameMs: shownAtMs === null ? null : shownAtMs - atMs },
      playedAfterMs: playedAtMs() - atMs,
    };
  };
  window.session = {
    open: async (source, limitMs) => {
      const opened = measure(() => undefined, limitMs);
      await feed.open(stage, source);
      return opened;
    },
    swipe: async (by, limitMs) => {
      index += by;
      await somewhereInAFrame();
      return measure(() => feed.swipe(by), limitMs);
    },
    isNextReady: () => feed.isNextReady?.() ?? true,
    stalls: () => stalls.splice(0),
    playedSeconds: () => playing()?.currentTime ?? 0,
    heightPx: () => playing()?.videoHeight ?? 0,
  };
}
