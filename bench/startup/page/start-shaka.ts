import shaka from 'shaka-player';
import { empty, makeVideo, offer, play } from './start.ts';

shaka.polyfill.installAll();

offer({
  start: (stage, { url }) => {
    const video = makeVideo(stage);
    const player = new shaka.Player();
    // It empties the element first, which takes an earlier `play()` back.
    video.addEventListener('loadedmetadata', () => play(video));
    // As of every candidate: a failure is seen by the frame that never comes.
    void player
      .attach(video)
      .then(() => player.load(url))
      .catch(() => undefined);
    return async () => {
      await player.destroy();
      empty(video);
    };
  },
});
