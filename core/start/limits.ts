/** A header names about a dozen parts in 60 bytes each; who announces more is not one of ours. */
export const MAX_START_HEADER_BYTES = 4_096;

/** Playlists, two init sections and three segments of picture and sound are 11. */
export const MAX_START_PARTS = 24;

/** A first segment has a second of video: 1 MB at most. What is larger would be kept in memory by a player. */
export const MAX_START_PART_BYTES = 33_554_432;

/** Beyond the third segment (4 s) the engine has long begun to fetch by itself. */
export const MAX_START_SEGMENTS = 3;

/**
 * Frames of a head: a quarter of a second at 30 a second. The first is what a swipe finds; the others play while the rest of
 * the segment is asked for.
 */
export const HEAD_FRAMES = 8;
