import { offerFeed } from './session.ts';

interface Feed extends HTMLElement {
  next(): void;
  previous(): void;
}

const player = '/cliffhanger-player.js';
let feed: Feed | null = null;

offerFeed({
  open: async (stage, { series, token }) => {
    await import(player);
    feed = document.createElement('micro-drama-feed') as Feed;
    feed.setAttribute('series', series);
    feed.setAttribute('token', token);
    stage.append(feed);
  },
  swipe: (by) => (by === 1 ? feed?.next() : feed?.previous()),
});
