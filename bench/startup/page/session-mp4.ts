/**
 * Two elements and files: the next one waits hidden with `preload=auto`. With `?wait` the bench swipes only when it has a
 * frame and more, which is what no line can better.
 */
import { offerFeed } from './session.ts';

let urls: readonly string[] = [];
let index = 0;
let [current, next]: [HTMLVideoElement, HTMLVideoElement] = [makeHidden(), makeHidden()];

function makeHidden(): HTMLVideoElement {
  const video = document.createElement('video');
  video.muted = true;
  video.playsInline = true;
  video.preload = 'auto';
  video.style.opacity = '0';
  return video;
}

function show(): void {
  current.style.opacity = '1';
  next.style.opacity = '0';
  current.play().catch(() => undefined); // seen by the frame that never comes
  next.pause();
  next.src = urls[index + 1] ?? '';
}

offerFeed({
  open: (stage, source) => {
    ({ urls } = source);
    stage.append(current, next);
    current.src = urls[0] ?? '';
    show();
  },
  swipe: (by) => {
    index += by;
    [current, next] = [next, current];
    show();
  },
  ...(location.search === '?wait' ? { isNextReady: () => next.readyState >= HTMLMediaElement.HAVE_FUTURE_DATA } : {}),
});
