/** The element as an app uses it, from the bundle that the edge ships. */
import { fetchFeed } from './feed-answer.ts';
import { offer } from './start.ts';

const player = '/cliffhanger-player.js';
const loaded = import(player);

offer({
  prepare: async ({ series = '', token = '' }) => {
    await loaded;
    await fetchFeed(series, token);
  },
  start: (stage, { series = '', token = '' }) => {
    const feed = document.createElement('micro-drama-feed');
    feed.setAttribute('series', series);
    feed.setAttribute('token', token);
    stage.append(feed);
    return () => feed.remove();
  },
});
