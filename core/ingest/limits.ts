/** A master of two minutes at 200 Mbit/s is 3 GB. */
export const MAX_SOURCE_BYTES: number = 4 * 1024 ** 3;

/** R2 wants equal parts of at least 5 MiB; 8 keeps a 4 GiB source under 10,000 parts and an upload's memory small. */
export const UPLOAD_PART_BYTES: number = 8 * 1024 ** 2;

/** A transcoder reports every second or so; sixty silent ones mean that it is gone. LEASE_SECONDS of the api Worker. */
export const DEFAULT_LEASE_SECONDS = 60;
/** Below, a pause of the transcoder's machine costs an attempt; above, an episode waits for nobody. */
export const MIN_LEASE_SECONDS = 2;
export const MAX_LEASE_SECONDS = 600;

/** Three attempts of seven phases, and a few that were given back; what comes after is not kept. */
export const MAX_MOMENTS_PER_JOB = 100;

/** One unlucky machine and one deployment may each cost an attempt. */
export const MAX_ATTEMPTS = 3;

/** A rolling deployment stops a transcoder a few times; one that always gives back is broken. */
export const MAX_GIVEN_BACK = 10;

/** Presigned URLs outlive the longest transcode of the longest source. */
export const PRESIGN_SECONDS = 3_600;

/** Four rungs of half an hour are about 1,900 objects: three times the longest source that is taken. */
export const MAX_OBJECTS_PER_VERSION = 2_000;
export const MAX_OBJECTS_PER_UPLOAD_CALL = 200;

/**
 * From when nothing new refers to a prefix until its objects go: longer than the longest pass (15 min), the presigned
 * URLs of an attempt that comes back from a pause (1 h), and the clocks' skews, with the time to see a mistake.
 */
export const SWEEP_AFTER_SECONDS = 86_400;
