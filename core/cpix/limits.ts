/** A PlayReady header of one key is about 1.5 KB as base64; a vendor's own data may double it. */
export const MAX_PSSH_BOX_BYTES: number = 8 * 1024;

/** Lines of one DRM system in one playlist. A key has one tag, and a proprietary line is not taken. */
export const MAX_SIGNALLING_TAGS_PER_SYSTEM = 2;

/** One tag; PlayReady's holds its header as a data URI. */
export const MAX_SIGNALLING_TAG_CHARS: number = 8 * 1024;
