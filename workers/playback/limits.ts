/** A feed answer carries playlists: twenty starts are a session, and a page of ten keeps the answer under 100 KB. */
export const DEFAULT_FEED_LIMIT = 10;
export const MAX_FEED_LIMIT = 30;

/** Canonical playlists kept per isolate: immutable, about 2 KB each, so 500 are a megabyte. */
export const MAX_CACHED_PLAYLISTS = 500;

/** Maps of imported versions kept per isolate: about 100 KB each for a long one, so 50 are a few megabytes. */
export const MAX_CACHED_OBJECT_MAPS = 50;

/** Objects of a version never change; a year is the most that a cache is told (RFC 9111 has no larger use). */
export const IMMUTABLE = 'public, max-age=31536000, immutable';
