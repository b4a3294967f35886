/** The web component. Importing it registers `<micro-drama-feed>`; it brings the headless player with it. */
import { defineMicroDramaFeed } from '../micro-drama-feed.ts';

export * from '../index.ts';
export type { ElementEvents } from './events.ts';
export { defineMicroDramaFeed, MicroDramaFeed } from '../micro-drama-feed.ts';

defineMicroDramaFeed();
