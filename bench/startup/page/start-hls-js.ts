/** As its README has it: the script with everything, nothing set. */
import Hls from 'hls.js/dist/hls.min.js';
import { empty, makeVideo, offer, play } from './start.ts';

offer({
  start: (stage, { url }) => {
    const video = makeVideo(stage);
    const hls = new Hls();
    hls.loadSource(url);
    hls.attachMedia(video);
    play(video);
    return () => {
      hls.destroy();
      empty(video);
    };
  },
});
