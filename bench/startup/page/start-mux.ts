import '@mux/mux-player';
import { offer } from './start.ts';

offer({
  start: (stage, { url }) => {
    const player = document.createElement('mux-player');
    for (const name of ['muted', 'autoplay', 'playsinline', 'nohotkeys', 'disable-tracking', 'disable-cookies']) {
      player.setAttribute(name, '');
    }
    player.setAttribute('src', url);
    stage.append(player);
    return () => player.remove();
  },
});
