/** The public face of the player. Importing it registers `<micro-drama-feed>`. */
import { defineMicroDramaFeed } from './micro-drama-feed.ts';

export { createFeed, type Feed, type FeedOptions, type UnlockOutcome } from './feed.ts';
export { currentOffer, type FeedState } from './feed-state.ts';
export { openDemoSession, type EdgeFailure, type EdgeResult } from './edge-client.ts';
export { defineMicroDramaFeed, MicroDramaFeed } from './micro-drama-feed.ts';

defineMicroDramaFeed();
