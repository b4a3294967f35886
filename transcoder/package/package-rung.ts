import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { measureBandwidth, targetDurationSeconds } from '#core/ladder/bandwidth.ts';
import { FIRST_SEGMENT_FRAGMENT_SECONDS } from '../limits.ts';
import { audioCodec, videoCodec } from './codecs.ts';
import { encryptSegment } from './encrypt-segment.ts';
import { initSection } from './init-section.ts';
import { type Fragment, mediaSegment } from './media-segment.ts';
import { mediaPlaylist, type VariantStream } from './playlists.ts';
import { BoxError } from './read-boxes.ts';
import type { Sample, Track } from './read-track.ts';
import type { VideoTimeline } from './timeline.ts';

export interface RungRequest {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly frameRate: number;
  /** Frames at which segments begin, 0 first. */
  readonly boundaryFrames: readonly number[];
  readonly video: Track;
  readonly videoTimeline: VideoTimeline;
  readonly audio: Track;
  readonly audioSamples: readonly Sample[];
  readonly outputDir: string;
  /** 16 bytes; null leaves the segments in the clear. */
  readonly contentKey: Buffer | null;
}

export interface PackagedObject {
  readonly path: string;
  readonly sizeBytes: number;
}

export interface PackagedRung {
  readonly variant: VariantStream;
  readonly segmentDurationsSeconds: readonly number[];
  readonly objects: readonly PackagedObject[];
}

/** Writes one rung's folder: init.mp4, 0.m4s …, media.m3u8. */
export async function packageRung(request: RungRequest): Promise<PackagedRung> {
  await mkdir(join(request.outputDir, request.name), { recursive: true });
  const objects: PackagedObject[] = [];
  const write = async (file: string, bytes: Buffer): Promise<void> => {
    const path = `${request.name}/${file}`;
    await writeFile(join(request.outputDir, path), bytes);
    objects.push({ path, sizeBytes: bytes.length });
  };

  await write('init.mp4', initSection(initTracks(request)));
  const durations: number[] = [];
  let sequenceNumber = 1;
  for (const [n, fragments] of planSegments(request).entries()) {
    const bytes = await mediaSegment(fragments.map((fragment) => ({ ...fragment, sequenceNumber: sequenceNumber++ })));
    await write(`${n}.m4s`, request.contentKey === null ? bytes : encryptSegment(bytes, request.contentKey, n));
    durations.push(videoSeconds(fragments, request.video.timescale));
  }

  const targetSeconds = targetDurationSeconds(durations);
  const sizes = objects.slice(1).map(({ sizeBytes }, n) => ({ sizeBytes, durationSeconds: durations[n] ?? 0 }));
  const bandwidth = measureBandwidth(sizes, targetSeconds);
  await write('media.m3u8', Buffer.from(mediaPlaylist(durations, targetSeconds, request.contentKey && 'aes-128')));
  const { name, width, height, frameRate } = request;
  const codecs = `${videoCodec(request.video.stsd)},${audioCodec(request.audio.stsd)}`;
  const rates = { bandwidthBps: bandwidth.peakBps, averageBandwidthBps: bandwidth.averageBps };
  return { variant: { name, width, height, ...rates, codecs, frameRate }, segmentDurationsSeconds: durations, objects };
}

function initTracks(request: RungRequest): Parameters<typeof initSection>[0] {
  return {
    width: request.width,
    height: request.height,
    videoTimescale: request.video.timescale,
    audioTimescale: request.audio.timescale,
    videoReorderTicks: request.videoTimeline.reorderTicks,
    videoStsd: request.video.stsd,
    audioStsd: request.audio.stsd,
  };
}

type UnnumberedFragment = Omit<Fragment, 'sequenceNumber'>;

/** The fragments of each segment. The first segment has several, the others one each. */
function planSegments(request: RungRequest): readonly (readonly UnnumberedFragment[])[] {
  const { boundaryFrames, videoTimeline } = request;
  const videoSamples = videoTimeline.samples;
  const perFragment = Math.max(1, Math.floor(FIRST_SEGMENT_FRAGMENT_SECONDS * request.frameRate));
  let nextAudio = 0;
  return boundaryFrames.map((start, n) => {
    const end = boundaryFrames[n + 1] ?? videoSamples.length;
    const opening = videoSamples[start];
    if (opening?.isSync !== true || opening.compositionTicks !== videoTimeline.reorderTicks) {
      throw new BoxError(`${request.name}: no IDR at frame ${start}`);
    }
    const fragments: UnnumberedFragment[] = [];
    const step = n === 0 ? perFragment : end - start;
    for (let from = start; from < end; from += step) {
      const to = Math.min(from + step, end);
      const isLast = to === videoSamples.length;
      const endAudio = isLast ? request.audioSamples.length : audioSampleAt(request, to);
      fragments.push({
        video: { file: request.video.file, samples: videoSamples.slice(from, to) },
        audio: { file: request.audio.file, samples: request.audioSamples.slice(nextAudio, endAudio) },
      });
      nextAudio = endAudio;
    }
    return fragments;
  });
}

/** The first audio sample that starts at or after the frame: sound is cut at sample granularity, never torn apart. */
function audioSampleAt(request: RungRequest, frame: number): number {
  const ticksPerFrame = request.videoTimeline.samples[0]?.durationTicks ?? 0;
  const seconds = (frame * ticksPerFrame) / request.video.timescale;
  const samplesPerFrame = request.audioSamples[0]?.durationTicks ?? 1;
  return Math.min(request.audioSamples.length, Math.ceil((seconds * request.audio.timescale) / samplesPerFrame - 1e-6));
}

function videoSeconds(fragments: readonly UnnumberedFragment[], timescale: number): number {
  const ticks = fragments.flatMap(({ video }) => video.samples).reduce((sum, sample) => sum + sample.durationTicks, 0);
  return ticks / timescale;
}
