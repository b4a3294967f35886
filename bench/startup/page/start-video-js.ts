import videojs from 'video.js';
import { makeVideo, offer } from './start.ts';

offer({
  start: (stage, { url }) => {
    const video = makeVideo(stage);
    const player = videojs(video, { autoplay: 'muted', controls: false, fill: true });
    player.src({ src: url, type: 'application/vnd.apple.mpegurl' });
    return () => player.dispose();
  },
});
