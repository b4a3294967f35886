/**
 * The player without anything to see: `createFeed` plays, preloads, unlocks and reports. hls.js is fetched when it is
 * needed. For the web component import `@cliffhanger/player/element`.
 */
export { createFeed, type ActivateOptions, type Feed, type FeedOptions } from './create-feed.ts';
export type { FeedEvents } from './feed-events.ts';
export type { UnlockOutcome } from './feed.ts';
export { currentOffer, type FeedState } from './feed-state.ts';
export { openDemoSession, type EdgeFailure, type EdgeResult } from './edge-client.ts';
export type { PlaybackPhase, PlayerState, Progress } from './phase.ts';
export type { PlaybackFailure } from './recovery.ts';
