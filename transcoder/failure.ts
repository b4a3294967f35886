import type { TranscodeFailure } from '#core/ingest/transcoder-protocol.ts';
import type { LadderFailure } from '#core/ladder/plan-ladder.ts';
import { redact } from './log.ts';

/** Why a job ended without an episode, beside what the plan itself refuses (LadderFailure). */
export type JobFailure =
  | LadderFailure
  | { readonly reason: 'no-audio-stream'; readonly audioStreams: number }
  | { readonly reason: 'dub-duration-mismatch'; readonly dubSeconds: number; readonly episodeSeconds: number }
  | { readonly reason: 'source-too-large'; readonly sizeBytes: number; readonly maxBytes: number }
  | { readonly reason: 'source-empty' }
  | { readonly reason: 'source-download-failed'; readonly evidence: string }
  | { readonly reason: 'container-not-allowed'; readonly evidence: string }
  | { readonly reason: 'source-truncated'; readonly evidence: string }
  | { readonly reason: 'source-unreadable'; readonly evidence: string }
  | { readonly reason: 'source-corrupt'; readonly errorLines: number; readonly frames: number }
  | { readonly reason: 'protection-unsupported'; readonly scheme: string }
  | { readonly reason: 'encode-failed'; readonly evidence: string }
  /** Of CPU: it takes as much on any machine. Of time: another machine may have more cores, or fewer jobs. */
  | { readonly reason: 'encode-timeout'; readonly of: 'cpu' | 'time'; readonly limitSeconds: number }
  /** What was packaged is not as long as what was encoded. */
  | { readonly reason: 'durations-differ'; readonly evidence: string }
  | { readonly reason: 'upload-failed'; readonly evidence: string }
  /** The edge understood what was made, and does not take it: it would not take it from another attempt either. */
  | { readonly reason: 'result-refused'; readonly status: number; readonly evidence: string }
  /** Of a newer edge, with a field or a value that this release does not know. */
  | { readonly reason: 'lease-not-understood' }
  | { readonly reason: 'worker-stopped' }
  | { readonly reason: 'internal-error'; readonly evidence: string };

/** The wire answer: a stable code, and a detail that says what is wrong and what to do. */
export function failureToWire(failure: JobFailure): TranscodeFailure {
  return {
    code: failure.reason,
    detail: redact(failureDetail(failure)).slice(0, 1000),
    retryable: isRetryable(failure),
  };
}

function isRetryable(failure: JobFailure): boolean {
  switch (failure.reason) {
    case 'source-download-failed':
    case 'upload-failed':
    case 'worker-stopped':
    case 'internal-error':
    // Another transcoder, of a newer release, may know it.
    case 'protection-unsupported':
    case 'lease-not-understood':
    case 'encode-failed':
    case 'durations-differ':
      return true;
    case 'encode-timeout':
      return failure.of === 'time';
    case 'no-audio-stream':
    case 'dub-duration-mismatch':
    case 'no-video-stream':
    case 'video-codec-unknown':
    case 'source-encrypted':
    case 'duration-unknown':
    case 'too-long':
    case 'too-large-picture':
    case 'too-small-picture':
    case 'landscape-refused':
    case 'too-many-objects':
    case 'result-refused':
    case 'source-too-large':
    case 'source-empty':
    case 'container-not-allowed':
    case 'source-truncated':
    case 'source-unreadable':
    case 'source-corrupt':
      return false;
  }
}

function failureDetail(failure: JobFailure): string {
  switch (failure.reason) {
    case 'no-audio-stream':
      return failure.audioStreams === 0
        ? 'The file has no sound. Upload the dubbed sound of the whole episode.'
        : 'The sound is in a codec that cannot be decoded here. Export it as AAC, WAV or FLAC and upload it again.';
    case 'dub-duration-mismatch':
      return `The sound lasts ${failure.dubSeconds.toFixed(1)} s and the episode ${failure.episodeSeconds.toFixed(1)} s: it is of another cut, or of another episode. Upload sound for this picture.`;
    case 'no-video-stream':
      return failure.audioStreams === 0
        ? 'The file has neither picture nor sound. Upload a video file.'
        : `The file has no picture, only sound (tracks: ${failure.audioStreams}). Upload a video file.`;
    case 'video-codec-unknown':
      return 'The picture is in a codec that cannot be decoded here. Export the episode as H.264 or HEVC in MP4 and upload it again.';
    case 'source-encrypted':
      return 'The file is encrypted. Upload the episode without DRM.';
    case 'duration-unknown':
      return 'The file does not say how long it is, as unfinished recordings do not. Export it again and upload the result.';
    case 'too-long':
      return `The episode lasts ${failure.durationSeconds.toFixed(1)} s; at most ${failure.maxDurationSeconds} s are accepted. Cut it into several episodes.`;
    case 'too-large-picture':
      return `The picture is ${failure.width}x${failure.height}; at most ${failure.maxPixels} pixels are accepted. Export it at 1080x1920.`;
    case 'too-small-picture':
      return `The picture is ${failure.width}x${failure.height}; each side needs at least ${failure.minSidePixels} pixels. Export it at 1080x1920.`;
    case 'landscape-refused':
      return `The picture is landscape (${failure.width}x${failure.height}), and this series takes vertical episodes only. Export it at 1080x1920, or allow landscape in the encoding settings.`;
    case 'too-many-objects':
      return `The episode would be ${failure.objects} files in storage; at most ${failure.maxObjects} are accepted. Upload it with fewer languages and captions, or cut it into several episodes.`;
    case 'source-too-large':
      return `The file has ${failure.sizeBytes} bytes; at most ${failure.maxBytes} are accepted. Export it at a lower bit rate.`;
    case 'source-empty':
      return 'The file is empty. Upload it again.';
    case 'source-download-failed':
      return `The uploaded file could not be fetched from storage: ${failure.evidence}.`;
    case 'container-not-allowed':
      return `The file is not an MP4, MOV, MKV, WebM or MPEG-TS video: ${failure.evidence}. Export the episode as MP4 and upload it again.`;
    case 'source-truncated':
      return `The file breaks off before its end: ${failure.evidence}. Check the original and upload it again.`;
    case 'source-unreadable':
      return `The file cannot be read as video: ${failure.evidence}. Export the episode as MP4 and upload it again.`;
    case 'source-corrupt':
      return `The file is damaged: ${failure.errorLines} decoding errors in ${failure.frames} frames. Export it again and upload the result.`;
    case 'protection-unsupported':
      return `This transcoder cannot encrypt with ${failure.scheme}. Update it, or change the protection of the series.`;
    case 'encode-failed':
      return `The encoder stopped with an error: ${failure.evidence}.`;
    case 'encode-timeout':
      return failure.of === 'time'
        ? `The encode took longer than ${failure.limitSeconds} s and was stopped. Try again, or export the episode at 1080x1920 and 30 fps.`
        : `The encode took more than ${failure.limitSeconds} s of CPU and was stopped. Export the episode at 1080x1920 and 30 fps, and upload it again.`;
    case 'durations-differ':
      return `The episode did not come out whole: ${failure.evidence}. It is made again; check the disk of the transcoder.`;
    case 'upload-failed':
      return `The finished files could not be stored: ${failure.evidence}.`;
    case 'result-refused':
      return `The episode was made, and the edge does not take it (HTTP ${failure.status}). Run transcoder and edge of the same release, then upload again. The edge said: ${failure.evidence}`;
    case 'lease-not-understood':
      return 'The transcoder does not understand what it was asked to do: the edge is newer. Update the transcoder, then have the job tried again with POST /v1/jobs/{job}/retry.';
    case 'worker-stopped':
      return 'The transcoder was stopped while it worked; the job can be taken over by another one.';
    case 'internal-error':
      return `The transcoder failed: ${failure.evidence}.`;
  }
}
