/** Every limit of captions, with its reason. */

/** Two hours of dense dialogue hold about 3,000 cues; an episode lasts two minutes. */
export const MAX_CUES = 5_000;
/** 5,000 cues of two full lines; also what one parse may cost. */
export const MAX_WEBVTT_CHARS = 1_000_000;
