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

/**
 * After the first failed attempt, and four times that after the second: an outage of half a minute, or one broken transcoder,
 * must not use up the attempts of all that is queued. RETRY_AFTER_SECONDS of the api Worker.
 */
export const DEFAULT_RETRY_AFTER_SECONDS = 30;
export const MAX_RETRY_AFTER_SECONDS = 600;
export const RETRY_AFTER_FACTOR = 4;

/** A key server's maintenance; from then on tries count, so that somebody hears of it. */
export const MAX_KEY_WAIT_MS: number = 6 * 3_600_000;

/** A rolling deployment stops a transcoder a few times; one that always gives back is broken. */
export const MAX_GIVEN_BACK = 10;

/** Presigned URLs outlive the longest transcode of the longest source. */
export const PRESIGN_SECONDS = 3_600;

/**
 * All that a transcoder takes fits, and dubs that are added later: 15 minutes are 229 segments, so four H.264 and four AV1
 * rungs, nine languages and sixteen captions are 7,621 objects. An event that names 10,000 has 0.9 MB; the edge sees them
 * in ten lists, looks into 600, and stores none of their names.
 */
export const MAX_OBJECTS_PER_VERSION = 10_000;
export const MAX_OBJECTS_PER_UPLOAD_CALL = 200;

/**
 * From when nothing new refers to a prefix until its objects go: longer than the longest pass (15 min), the presigned
 * URLs of an attempt that comes back from a pause (1 h), and the clocks' skews, with the time to see a mistake.
 */
export const SWEEP_AFTER_SECONDS = 86_400;

/** How long a job that failed or was cancelled can be tried again: its source may be 4 GiB, and nobody may ever ask for it. */
export const FAILED_SOURCE_SECONDS: number = 30 * 86_400;

/** A day without a byte is an upload that nobody goes on with; R2 itself drops what is not completed after seven. */
export const UPLOAD_IDLE_MS: number = 24 * 3_600_000;
export const MAX_UPLOAD_AGE_MS: number = 6 * 86_400_000;

/**
 * Only one request at a time writes to an upload. One whose Worker died holds it no longer than this; one that lives says
 * so three times as often, and gives up on a sender that is silent for longer than `UPLOAD_SILENCE_MS`.
 */
export const UPLOAD_CLAIM_MS = 30_000;
export const UPLOAD_CLAIM_RENEWED_MS = 10_000;
export const UPLOAD_SILENCE_MS = 15_000;

/** The end of an upload reads the file back to hash it: 4 GiB at 50 MB/s and some. */
export const UPLOAD_FINISH_MS = 120_000;

/** Two of the three may be lost to a restart of the other server and to one of ours. */
export const MAX_PULL_ATTEMPTS = 3;
/** Beyond those, of a source that is whole in the bucket: nobody but ourselves can fail. */
export const MAX_HASH_ATTEMPTS = 3;
/** A CDN in front of a storage behind a redirector. */
export const MAX_PULL_REDIRECTS = 3;
/** Until the first byte; after it the silence counts. */
export const PULL_ANSWER_MS = 30_000;
/** A queue's consumer has 15 minutes; what is not done by then goes on in the next. */
export const PULL_RUN_MS: number = 10 * 60_000;
/** After the first failure and after the second: a hiccup, a restart. */
export const PULL_RETRY_SECONDS: readonly number[] = [2, 10];
