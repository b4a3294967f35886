/** A feed answer carries playlists: twenty starts are a session, and a page of ten keeps the answer under 100 KB. */
export const DEFAULT_FEED_LIMIT = 10;
export const MAX_FEED_LIMIT = 30;

/** Canonical playlists kept per isolate: immutable, about 2 KB each, so 500 are a megabyte. */
export const MAX_CACHED_PLAYLISTS = 500;

/** Of a page's first items the feed brings init sections, 6 KB each: those that may play next. */
export const FEED_ITEMS_WITH_INITS = 3;

/** So long an unlock, which is done, waits for the item that it brings along; the player asks the feed for it otherwise. */
export const UNLOCKED_ITEM_LIMIT_MS = 1_000;

/** Segments that come with the page of a shared link: 2 s, while which the player is loaded and takes over. */
export const WATCH_SEGMENTS = 2;
/** A script of the page has at most so much: of a first chunk of 40 KB the picture is there with the second script. */
export const BASE64_PIECE_BYTES = 24_576;

/** Media Initialization Sections kept per isolate: 1 to 2 KB each, so 500 are a megabyte. */
export const MAX_CACHED_INITS = 500;

/** Maps of imported versions kept per isolate: about 100 KB each for a long one, so 50 are a few megabytes. */
export const MAX_CACHED_OBJECT_MAPS = 50;

/** Sealed content keys kept per isolate: as many as playlists' versions, at 200 bytes each. */
export const MAX_CACHED_CONTENT_KEYS = 500;

/** Objects of a version never change; a year is the most that a cache is told (RFC 9111 has no larger use). */
export const IMMUTABLE = 'public, max-age=31536000, immutable';

/** While D1 fails, what was read of it before still counts this long: a withdrawal is late by so much at most. */
export const MAX_STALE_CATALOGUE_MS = 600_000;
/** About 1 KB each. */
export const MAX_LAST_GOOD_EPISODES = 500;
/** A page is up to 31 episodes. */
export const MAX_LAST_GOOD_PAGES = 50;
/** A list of revocations this young is taken as it is; an older one is read again behind the answer. */
export const REVOCATIONS_FRESH_MS = 5_000;
/** One older than this is read before the answer: so a revocation holds within 10 s, also in an isolate that slept. */
export const REVOCATIONS_STALE_MS = 8_000;
/** How long passes are served on the last list that D1 gave (security.md TOK-13). */
export const REVOCATIONS_GRACE_MS = 600_000;
/** Rows may be written a little after the moment that they name. */
export const REVOCATIONS_OVERLAP_SECONDS = 60;

/** What players say with segment requests is sent on so often by an isolate, and for so many assets at a time. */
export const SEGMENT_REPORT_MS = 5_000;
export const MAX_REPORTED_ASSETS = 100;
