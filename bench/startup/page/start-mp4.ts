import { empty, makeVideo, offer, play } from './start.ts';

offer({
  start: (stage, { url }) => {
    const video = makeVideo(stage);
    video.src = url;
    play(video);
    return () => empty(video);
  },
});
