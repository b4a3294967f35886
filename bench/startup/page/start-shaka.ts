import shaka from 'shaka-player';
import { empty, makeVideo, offer, play } from './start.ts';

shaka.polyfill.installAll();

offer({
  start: (stage, { url }) => {
    const video = makeVideo(stage);
    const player = new shaka.Player();
    void player
      .attach(video)
      .then(() => player.load(url))
      .catch(() => undefined);
    play(video);
    return async () => {
      await player.destroy();
      empty(video);
    };
  },
});
