/** As its README has it, for each episode anew: nothing is fetched before the swipe. */
import Hls from 'hls.js/dist/hls.min.js';
import { offerFeed } from './session.ts';

let urls: readonly string[] = [];
let index = 0;
let hls: Hls | null = null;
const video = document.createElement('video');
video.muted = true;
video.playsInline = true;

function show(): void {
  hls?.destroy();
  hls = new Hls();
  hls.loadSource(urls[index] ?? '');
  hls.attachMedia(video);
  video.play().catch(() => undefined); // seen by the frame that never comes
}

offerFeed({
  open: (stage, source) => {
    ({ urls } = source);
    stage.append(video);
    show();
  },
  swipe: (by) => {
    index += by;
    show();
  },
});
