/**
 * Watches every `<video>` of the page, whoever makes it and wherever it hangs, by what the browser presents
 * (`requestVideoFrameCallback`). Nothing here knows a player, so nothing here can favour one.
 */
import { afterEach } from './look.ts';

interface Seen {
  /** Of the media that the element has now; null before its first frame. */
  mediaTime: number | null;
  playedAtMs: number;
  stalledAtMs: number | null;
  /** Where in the media. */
  stalledAtSeconds: number;
}

type FrameListener = (video: HTMLVideoElement, nowMs: number, mediaTime: number) => void;

const seen = new Map<HTMLVideoElement, Seen>();
const listeners = new Set<FrameListener>();
export const stalls: { atSeconds: number; lastedMs: number }[] = [];

function follow(video: HTMLVideoElement): void {
  if (seen.has(video)) return;
  const state: Seen = { mediaTime: null, playedAtMs: 0, stalledAtMs: null, stalledAtSeconds: 0 };
  seen.set(video, state);
  const forget = (): void => {
    state.mediaTime = null;
    state.stalledAtMs = null;
  };
  video.addEventListener('emptied', forget);
  // Before the first frame it is a start, while it is paused it is nothing, and at the end it is the end.
  video.addEventListener('waiting', () => {
    if (state.mediaTime === null || video.paused || video.ended || video.seeking) return;
    state.stalledAtMs = performance.now();
    state.stalledAtSeconds = video.currentTime;
  });
  video.addEventListener('pause', () => (state.stalledAtMs = null));
  const onFrame = (_now: number, { mediaTime }: VideoFrameCallbackMetadata): void => {
    const now = performance.now();
    if (state.stalledAtMs !== null)
      stalls.push({ atSeconds: state.stalledAtSeconds, lastedMs: now - state.stalledAtMs });
    state.stalledAtMs = null;
    state.mediaTime = mediaTime;
    for (const listener of listeners) listener(video, now, mediaTime);
    video.requestVideoFrameCallback(onFrame);
  };
  video.requestVideoFrameCallback(onFrame);
}

/** Call before any player is loaded. */
export function watchVideos(): void {
  afterEach(Document.prototype, 'createElement', (_document, made) => {
    if (made instanceof HTMLVideoElement) follow(made);
  });
  afterEach(HTMLMediaElement.prototype, 'play', (video) => {
    if (!(video instanceof HTMLVideoElement)) return;
    follow(video);
    const state = seen.get(video);
    if (state !== undefined) state.playedAtMs = performance.now();
  });
  // What a parser makes, in the page or in a template of a component, passes no function of ours.
  new MutationObserver((records) => {
    for (const { addedNodes } of records) for (const node of addedNodes) followBelow(node);
  }).observe(document, { childList: true, subtree: true });
}

function followBelow(node: Node): void {
  if (node instanceof HTMLVideoElement) follow(node);
  if (!(node instanceof Element)) return;
  for (const child of [...node.children, ...(node.shadowRoot?.children ?? [])]) followBelow(child);
}

/** Videos inside closed-off parts of components that are there by now. */
export function followAll(root: ParentNode): void {
  for (const element of root.querySelectorAll('*')) {
    if (element instanceof HTMLVideoElement) follow(element);
    if (element.shadowRoot !== null) followAll(element.shadowRoot);
  }
}

/** When the first frame after this call is presented by a video that plays. */
export function nextFrame(accept: (video: HTMLVideoElement, mediaTime: number) => boolean): Promise<number> {
  return new Promise((resolve) => {
    const listener: FrameListener = (video, now, mediaTime) => {
      if (!accept(video, mediaTime)) return;
      listeners.delete(listener);
      resolve(now);
    };
    listeners.add(listener);
  });
}

/** What each video shows now. */
export function stills(): Map<HTMLVideoElement, number | null> {
  return new Map([...seen].map(([video, { mediaTime }]) => [video, mediaTime]));
}

/** The video that was told to play last. */
export function playing(): HTMLVideoElement | null {
  let [latest, at]: [HTMLVideoElement | null, number] = [null, 0];
  for (const [video, { playedAtMs }] of seen) {
    if (playedAtMs > at) [latest, at] = [video, playedAtMs];
  }
  return latest;
}

/** When. */
export function playedAtMs(): number {
  return Math.max(0, ...[...seen.values()].map((state) => state.playedAtMs));
}

/** A video that its owner has thrown away must not be kept by us: memory is measured, too. */
export function forget(video: HTMLVideoElement): void {
  seen.delete(video);
}
