/** Every limit of the transcoder, with its unit and its reason. Raise one here, in the change that needs it. */
import { MAX_OBJECTS_PER_VERSION } from '#core/ingest/limits.ts';
import type { LadderLimits } from '#core/ladder/choose-streams.ts';

const MEBIBYTE = 1024 * 1024;

// The source.
/** A 15-minute 4K phone recording is about 3 GB; what is larger was not meant to be an episode. */
export const MAX_SOURCE_BYTES: number = 4096 * MEBIBYTE;
/** Episodes last 30 to 120 s; 15 minutes leaves room for specials and bounds the cost of one job. */
export const MAX_DURATION_SECONDS: number = 15 * 60;
/** 8192x4320. A 3 MB file can declare 16000x16000 and take 435 MB of memory to decode. */
export const MAX_PIXELS = 35_389_440;
/** One piece of memory: the largest picture in 16 bits without subsampling is 212 MB. A packed index of 6 MB took 1.5 GB. */
export const MAX_ALLOCATION_BYTES: number = 256 * MEBIBYTE;
/** Below this libx264 and phone decoders misbehave. */
export const MIN_SIDE_PIXELS = 32;
export const LADDER_LIMITS: LadderLimits = {
  maxDurationSeconds: MAX_DURATION_SECONDS,
  maxPixels: MAX_PIXELS,
  minSidePixels: MIN_SIDE_PIXELS,
  maxObjects: MAX_OBJECTS_PER_VERSION,
};
/** A container can declare thousands of streams, each with its own decoder. */
export const MAX_STREAMS = 32;
/** Demuxers that may open an upload. No playlist or list format: those name other files and URLs to read. */
export const FORMAT_WHITELIST = 'mov,matroska,webm,mpegts';
/** A dub comes as sound alone, too. */
export const DUB_FORMAT_WHITELIST: string = `${FORMAT_WHITELIST},wav,mp3,flac,aac`;
/** ffmpeg reads our temp file and writes beside it; it opens no network connection. */
export const PROTOCOL_WHITELIST = 'file,pipe';

// Processes.
/** ffprobe reads headers only. */
export const PROBE_TIMEOUT_MS = 20_000;
/** The first packets of a file are asked whether they are encrypted; pictures and sound take turns well within so many. */
export const PROBED_PACKETS = 32;
export const MAX_PROBE_OUTPUT_BYTES: number = MEBIBYTE;
/** CPU seconds per source second: 5.1 were measured for four rungs from 1080p at veryfast, HDR doubles it. */
export const ENCODE_CPU_SECONDS_PER_SOURCE_SECOND = 40;
/** Wall-clock seconds per source second, for a machine that is shared. */
export const ENCODE_WALL_SECONDS_PER_SOURCE_SECOND = 60;
/** Of all encodes of a job. Whoever started the transcoder ends it later: Cloudflare Containers after 6 h, Kubernetes after 16. */
export const MAX_ENCODE_WALL_SECONDS = 16_200;
/** Added to both, for start-up and very short sources. */
export const ENCODE_BASE_SECONDS = 60;
/** Between SIGTERM and SIGKILL to the process group: under the 2 s in which the service must be gone. */
export const KILL_GRACE_MS = 700;
/** The end of ffmpeg's stderr that is kept for a failure's detail. */
export const MAX_STDERR_BYTES = 16_384;
/** No output below this share of what the probe promised: the rest of the source could not be read. */
export const MIN_DECODED_SHARE = 0.98;
/** A container rounds, and the rate conversion may drop a frame at each end. */
export const DECODED_SLACK_FRAMES = 3;
/** More error lines than this share of the frames: the picture is not watchable. */
export const MAX_ERROR_LINES_PER_FRAME = 0.5;

/** A dub with more complaints of the decoder than this is not listenable. */
export const MAX_DUB_ERROR_LINES_PER_SECOND = 10;

// Analysis.
/** CPU seconds per source second: 0.011 were measured, keyframes and sound only; a source of keyframes only is decoded whole. */
export const ANALYSIS_CPU_SECONDS_PER_SOURCE_SECOND = 4;
/** With fewer keyframes than this nothing is known about bars, and the start of the picture is decoded whole. */
export const MIN_ANALYSED_KEYFRAMES = 6;
export const ANALYSED_START_SECONDS = 20;
/** Between two pictures that are measured: each of 30 a second is, and 15 minutes of them are 6 MB of measurements. */
export const MIN_ANALYSED_GAP_SECONDS = 0.03;
/** Of one file of measurements: 15 minutes of loudness are 520 kB. */
export const MAX_ANALYSIS_BYTES: number = 8 * MEBIBYTE;

// Captions and previews.
/** A feature film's subtitles are 100 kB. */
export const MAX_TEXT_BYTES: number = MEBIBYTE;
export const PREVIEW_TIMEOUT_MS = 60_000;

// The machine.
/** An encode of four rungs keeps this many cores busy; with fewer, jobs at a time only wait for each other. */
export const CORES_PER_JOB = 4;
/** 4K HDR took 0.8 GB (1.3 GB of `RLIMIT_DATA`) with two cores; buffers grow with cores, and scratch may lie in a tmpfs. */
export const MEMORY_PER_JOB_BYTES: number = 3072 * MEBIBYTE;
/** Jobs at a time, however large the machine is: each polls, and six uploads of each are under way. */
export const MAX_CONCURRENCY = 16;
/** Node and what it packages: kept from what children may take. */
export const SERVICE_MEMORY_BYTES: number = 512 * MEBIBYTE;
/** No file that ffmpeg writes is larger than the largest source. */
export const MAX_CHILD_FILE_BYTES: number = 4096 * MEBIBYTE;
/** A sandbox is tried with a program that ends at once; on a busy machine that takes seconds, and it must not cost the sandbox. */
export const SANDBOX_CHECK_TIMEOUT_MS = 20_000;
/** The file that says that the service is alive is touched this often; who looks at it allows for four times as long. */
export const HEALTH_INTERVAL_MS = 15_000;
/** With TRANSCODER_ONCE: how long it waits for a job, as the one that it was started for may have just been taken. */
export const ONCE_WAIT_MS = 10_000;
/** With TRANSCODER_ONCE: how long it asks an edge that does not answer. Then whoever started it tries again. */
export const ONCE_NO_EDGE_MS = 60_000;

// Packaging.
/** Length of a moof/mdat pair in the first segment, so that it can be appended as it arrives. */
export const FIRST_SEGMENT_FRAGMENT_SECONDS = 0.25;
/**
 * And of its first ones, in frames. The IDR, which is three quarters of the bytes, is decoded while the others are on their
 * way; then what decoders want to have seen before they show it: two B-frames deep, and one for a decoder's second thread.
 */
export const DECODER_FRAMES: readonly number[] = [1, 3];
/** Then what completes a head (HEAD_FRAMES of core/start). */
export const OPENING_FRAGMENT_FRAMES: readonly number[] = [...DECODER_FRAMES, 4];
/** moov and moof of a 15-minute rung are well under 2 MB; more means a damaged file. */
export const MAX_BOX_BYTES: number = 32 * MEBIBYTE;

// The edge.
/** Time between lease requests when nothing is queued. */
export const IDLE_POLL_MS = 1_000;
/** After errors the pause doubles from IDLE_POLL_MS to this. */
export const MAX_ERROR_POLL_MS = 30_000;
/** Each progress event also extends the lease. */
export const PROGRESS_INTERVAL_MS = 1_000;
/** A signed call answers in milliseconds; a lease outlives several of these. */
export const EDGE_CALL_TIMEOUT_MS = 10_000;
/** `transcode.completed` and `.playable` wait while the edge re-reads every object: a thousand at 80 ms, six at a time, take 13 s. */
export const COMPLETED_TIMEOUT_MS = 45_000;
/** The final event is worth waiting for: without it the work is lost. */
export const EVENT_ATTEMPTS = 8;
/** Five minutes of an edge that is away; the heartbeat keeps the job meanwhile, if it gets through. */
export const FINAL_EVENT_ATTEMPTS = 50;
export const RETRY_BASE_MS = 250;
export const RETRY_MAX_MS = 8_000;
/** When the service stops it hands the job back, if that takes no longer than this. */
export const GOODBYE_TIMEOUT_MS = 1_200;
/** A JSON answer of the edge: a grant for 100 presigned URLs is about 100 kB. */
export const MAX_EDGE_ANSWER_BYTES: number = 4 * MEBIBYTE;

// Transfers.
/** No byte for this long and the download is given up. */
export const DOWNLOAD_IDLE_TIMEOUT_MS = 30_000;
export const DOWNLOAD_ATTEMPTS = 3;
export const UPLOAD_PARALLELISM = 6;
export const UPLOAD_ATTEMPTS = 4;
export const UPLOAD_TIMEOUT_MS = 60_000;
/** Objects per grant; the protocol allows 200. Fewer, so that URLs are used soon after they are signed. */
export const UPLOAD_GRANT_OBJECTS = 100;
