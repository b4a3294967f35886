/** One start of one episode, from the call to the first frame that is presented. */
import { followAll, forget, nextFrame, stills, watchVideos } from './frames.ts';
import { type StartPage, type StartSource, TIMELINE } from './protocol.ts';
import { beginTimeline, timeline, watchStarts } from './timeline.ts';

export interface Candidate {
  /** What has to be there before, and is no part of the start. */
  readonly prepare?: (source: StartSource) => Promise<void>;
  /** Puts the player into the page and makes it play. Returns how to take all of it away. */
  readonly start: (stage: HTMLElement, source: StartSource) => () => void | Promise<void>;
}

declare global {
  interface Window {
    bench?: StartPage;
  }
}

watchVideos();
if (location.search === TIMELINE) watchStarts();

export function offer(candidate: Candidate): void {
  window.bench = {
    prepare: async (source) => candidate.prepare?.(source),
    start: (source, limitMs) => measure(candidate, source, limitMs),
    timeline,
  };
}

async function measure(candidate: Candidate, source: StartSource, limitMs: number): Promise<number> {
  const stage = document.createElement('div');
  stage.className = 'stage';
  document.body.replaceChildren(stage);
  const limit = new Promise<number>((resolve) => setTimeout(() => resolve(Number.NaN), limitMs));
  beginTimeline();
  const calledAtMs = performance.now();
  const shown = nextFrame((video) => !video.paused);
  const stop = candidate.start(stage, source);
  // Components may have made theirs by a parser.
  followAll(stage);
  const later = setInterval(() => followAll(stage), 20);
  const atMs = await Promise.race([shown, limit]);
  clearInterval(later);
  await stop();
  for (const video of stills().keys()) forget(video);
  stage.remove();
  return atMs - calledAtMs;
}

/** A video as a feed has it: muted, in place, and told to play at once. */
export function makeVideo(stage: HTMLElement): HTMLVideoElement {
  const video = document.createElement('video');
  video.muted = true;
  video.playsInline = true;
  stage.append(video);
  return video;
}

export function empty(video: HTMLVideoElement): void {
  video.pause();
  video.removeAttribute('src');
  video.load();
  video.remove();
}

/** A refusal is seen by the frame that never comes. */
export function play(video: HTMLVideoElement): void {
  video.play().catch(() => undefined);
}
