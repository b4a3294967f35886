/**
 * What the api Worker and the transcoder say to each other.
 *
 * Every request is a POST from the transcoder, signed as Standard Webhooks 1.0 prescribes (`webhook-id`,
 * `webhook-timestamp`, `webhook-signature`), so the transcoder holds one secret and opens no port.
 *
 * - `POST /v1/transcoder/leases`  LeaseRequest  → 200 LeasedJob | 204 when nothing is queued
 * - `POST /v1/transcoder/uploads` UploadRequest → 200 UploadGrant (presigned PUT URLs, S3 API)
 * - `POST /v1/transcoder/events`  TranscodeEvent → 200 EventReceipt | 409 when the attempt no longer holds the lease
 */

import type { PlannedSound } from '../dubs/plan-sounds.ts';
import type { EncodingSettings } from '../ladder/settings.ts';
import type { ContentKeyScheme } from '../token/content-key.ts';

/** Asks for one job. */
export interface LeaseRequest {
  /** Names the process in logs, `[A-Za-z0-9._-]{1,64}`. */
  readonly workerId: string;
}

/** Proves that the sender still owns the job: every lease has another fence. */
export interface LeaseProof {
  readonly jobId: string;
  readonly attempt: number;
  readonly fence: string;
}

/** What a transcoder is at: it fetches the source, has probed it, encodes, uploads. */
export type JobStage = 'leased' | 'probed' | 'running' | 'uploading';

export interface LeasedJob extends LeaseProof {
  readonly episodeId: string;
  readonly leaseSeconds: number;
  /** Presigned GET of the uploaded file. */
  readonly source: { readonly url: string; readonly sizeBytes: number };
  /** Seconds at which a segment must begin, beside the ramp: the preview's end, so that the cut is exact. */
  readonly cutPointsSeconds: readonly number[];
  /** What the segments are to be encrypted with; null: nothing. In the clear here and nowhere else: never log it. */
  readonly contentKey: LeasedContentKey | null;
  /** `publishPlayable` is true only where the edge has a place for it, and nothing of the episode plays yet. */
  readonly settings: EncodingSettings;
  /** The source is sound for an episode that plays already, and its picture is not encoded; absent: an episode is made. */
  readonly dub?: LeasedDub | undefined;
}

/** What a dub job copies: the version that viewers have (docs/decisions/036-dubs.md). */
export interface LeasedDub {
  /** BCP 47, of the file: where it has several tracks, the one in this language is taken. */
  readonly language: string;
  readonly segmentDurationsSeconds: readonly number[];
  readonly rungs: readonly Pick<RenditionReport, 'name' | 'width' | 'height' | 'frameRate'>[];
  /** What the new version is to have: sound from the file, from this version's picture or from its `a{n}`. */
  readonly sounds: readonly PlannedSound[];
  /** Captions that came with the source, which become `t0` and on; `name` is what they are called now. */
  readonly texts: readonly TextTrackReport[];
  /** What that version is encrypted with; null: nothing. Never log it. */
  readonly contentKey: Pick<LeasedContentKey, 'scheme' | 'keyId' | 'key'> | null;
  /** Presigned GETs. */
  readonly objects: readonly { readonly path: string; readonly url: string; readonly sizeBytes: number }[];
}

export interface LeasedContentKey {
  readonly scheme: ContentKeyScheme;
  /** 16 bytes each, base64url. */
  readonly keyId: string;
  readonly key: string;
  /** What players of DRM systems need to know, from a key server; absent: Clear Key, whose line the edge writes. */
  readonly signalling?: KeySignalling | undefined;
}

/** Public, and the same for every viewer: the packager writes it into what it makes, in place of our own key line. */
export interface KeySignalling {
  /** Whole `pssh` boxes in base64, one for each DRM system that has any, for the moov of each init section. */
  readonly psshBoxes: readonly string[];
  /** EXT-X-KEY tags, for each Media Playlist. */
  readonly mediaPlaylistTags: readonly string[];
  /** EXT-X-SESSION-KEY tags, for the Multivariant Playlist. */
  readonly multivariantPlaylistTags: readonly string[];
}

export interface UploadRequest extends LeaseProof {
  /** `playable`: below the prefix of what is published before the rest. */
  readonly part?: 'playable' | undefined;
  /** Paths under the attempt's own prefix, e.g. `v0/init.mp4`, `multivariant.m3u8`. At most 200 a call. */
  readonly objects: readonly { readonly path: string; readonly contentType: string; readonly sizeBytes: number }[];
}

export interface UploadGrant {
  readonly uploads: readonly {
    readonly path: string;
    readonly url: string;
    readonly headers: Readonly<Record<string, string>>;
  }[];
}

/** One rung of the ladder: the picture, with the sound where there is one language. `name` is `v0` for the lowest, then `v1`, … by height. */
export interface RenditionReport {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly bandwidthBps: number;
  readonly averageBandwidthBps: number;
  /** RFC 6381, e.g. `avc1.64001f,mp4a.40.2`. */
  readonly codecs: string;
  readonly frameRate: number;
  /** Of the init section and the first segment: what a player loads to show a first picture. Absent from older transcoders. */
  readonly startBytes?: number | undefined;
}

/**
 * One of several languages, a demuxed Rendition in `a{n}/`; `a0` is the main one. None where there is one language: then it
 * is muxed with the picture (docs/decisions/029).
 */
export interface AudioTrackReport {
  readonly name: string;
  /** BCP 47; null where the source does not say. */
  readonly language: string | null;
  readonly label: string;
  readonly channels: number;
  readonly codecs: string;
  readonly bandwidthBps: number;
  readonly averageBandwidthBps: number;
  readonly isMachineGenerated: boolean;
}

/** WebVTT in `t{n}/`, cut where the picture is. */
export interface TextTrackReport {
  readonly name: string;
  readonly language: string | null;
  readonly label: string;
  readonly kind: 'subtitles' | 'captions';
  readonly isMachineGenerated: boolean;
}

/** One JPEG of tiles in rows, one tile for each `intervalSeconds`; `storyboard.vtt` maps times to them. */
export interface StoryboardReport {
  readonly columns: number;
  readonly rows: number;
  readonly tiles: number;
  readonly tileWidth: number;
  readonly tileHeight: number;
  readonly intervalSeconds: number;
}

/** A few muted seconds for a feed, as `preview.mp4` or animated as `preview.webp`. */
export interface PreviewReport {
  readonly width: number;
  readonly height: number;
  readonly startSeconds: number;
  readonly durationSeconds: number;
}

/** What was made beside the presentation; absent: that one was not. */
export interface ImagesReport {
  readonly poster?: { readonly width: number; readonly height: number } | undefined;
  readonly storyboard?: StoryboardReport | undefined;
  readonly previewMp4?: PreviewReport | undefined;
  readonly previewWebp?: PreviewReport | undefined;
}

export interface ReportedObject {
  readonly path: string;
  readonly sizeBytes: number;
  /** 16 bytes in hex, of what was sent: R2 computes the same of what it got. Absent from older transcoders. */
  readonly md5?: string | undefined;
}

export interface TranscodeResult {
  readonly durationSeconds: number;
  readonly renditions: readonly RenditionReport[];
  /** The same on every rung; their sum is the duration. */
  readonly segmentDurationsSeconds: readonly number[];
  /** Everything written, for the verify step: it re-reads each one before anything is published. */
  readonly objects: readonly ReportedObject[];
  readonly warnings: readonly { readonly code: string; readonly detail: string }[];
  /** What the segments are encrypted with; absent: nothing. The edge takes no other than the lease asked for. */
  readonly protection?: ContentKeyScheme | undefined;
  /** Of the sound that plays where nobody chose, BCP 47. */
  readonly mainLanguage?: string | null | undefined;
  readonly audioTracks?: readonly AudioTrackReport[] | undefined;
  readonly textTracks?: readonly TextTrackReport[] | undefined;
  /** A blurred placeholder of the poster, https://evanw.github.io/thumbhash/, base64. */
  readonly thumbhash?: string | undefined;
  /** Integrated loudness of the source's main sound track (EBU R 128), before it was levelled; absent: silent. */
  readonly loudnessLufs?: number | undefined;
  readonly images?: ImagesReport | undefined;
}

/** Why a source cannot become an episode. `retryable` is true only where another try could end otherwise. */
export interface TranscodeFailure {
  /** kebab-case, e.g. `no-video-stream`, `source-truncated`; `worker-stopped` gives the job back unharmed. */
  readonly code: string;
  readonly detail: string;
  readonly retryable: boolean;
}

export type TranscodeEvent =
  | {
      readonly type: 'transcode.progress';
      readonly timestamp: string;
      readonly data: LeaseProof & { readonly progress: number; readonly stage?: JobStage | undefined };
    }
  | {
      /** The lowest rungs, whole, below the lease's playable prefix; the job goes on. */
      readonly type: 'transcode.playable';
      readonly timestamp: string;
      readonly data: LeaseProof & { readonly result: TranscodeResult };
    }
  | {
      readonly type: 'transcode.completed';
      readonly timestamp: string;
      readonly data: LeaseProof & { readonly result: TranscodeResult };
    }
  | {
      readonly type: 'transcode.failed';
      readonly timestamp: string;
      readonly data: LeaseProof & { readonly failure: TranscodeFailure };
    };

/** `outcome: "stale"` travels with a 409: stop work, another attempt owns the job. */
export interface EventReceipt {
  readonly outcome: 'accepted' | 'duplicate' | 'stale';
  readonly leaseSeconds: number;
}
