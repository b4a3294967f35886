import { measureBandwidth, targetDurationSeconds } from '#core/ladder/bandwidth.ts';
import type { IFrameStream, VariantStream } from '#core/playlist/multivariant.ts';
import { FIRST_SEGMENT_FRAGMENT_SECONDS, OPENING_FRAGMENT_FRAMES } from '../limits.ts';
import { audioEncryption, videoEncryption } from './cbcs.ts';
import { audioCodec, videoCodec } from './codecs.ts';
import { makeFolder, type PackagedObject } from './folder.ts';
import { initSection } from './init-section.ts';
import type { TrackRun } from './media-segment.ts';
import { iFramePlaylist, mediaPlaylist } from './playlists.ts';
import { BoxError } from './read-boxes.ts';
import type { Sample, Track } from './read-track.ts';
import type { VideoTimeline } from './timeline.ts';
import { keyTags, type Protection, sampleKey, type UnnumberedFragment, writeSegments } from './write-segments.ts';

export interface RungRequest {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly frameRate: number;
  /** Frames at which segments begin, 0 first. */
  readonly boundaryFrames: readonly number[];
  readonly video: Track;
  readonly videoTimeline: VideoTimeline;
  /** Muxed with the picture; null where every language is a Rendition of its own. */
  readonly sound: { readonly track: Track; readonly samples: readonly Sample[] } | null;
  readonly outputDir: string;
  /** Null leaves the segments in the clear. */
  readonly protection: Protection | null;
}

export interface PackagedRung {
  readonly variant: VariantStream;
  /** Null where no range of a segment can be read: under AES-128 it is encrypted as a whole. */
  readonly iFrames: IFrameStream | null;
  readonly segmentDurationsSeconds: readonly number[];
  /** Of the init section and the first segment. */
  readonly startBytes: number;
  readonly objects: readonly PackagedObject[];
}

/** Writes one rung's folder: init.mp4, 0.m4s …, media.m3u8, iframes.m3u8. */
export async function packageRung(request: RungRequest): Promise<PackagedRung> {
  const { name, width, height, frameRate, video, sound, protection } = request;
  const folder = await makeFolder(request.outputDir, name);
  const init = initSection(initTracks(request));
  await folder.write('init.mp4', init);
  const segments = planSegments(request);
  const written = await writeSegments(folder, segments, protection);
  const durations = segments.map((fragments) => videoSeconds(fragments, video.timescale));

  const targetSeconds = targetDurationSeconds(durations);
  await folder.write('media.m3u8', Buffer.from(mediaPlaylist(durations, targetSeconds, keyTags(protection))));
  const at = (n: number): number => durations[n] ?? 0;
  const sizes = written.map(({ sizeBytes }, n) => ({ sizeBytes, durationSeconds: at(n) }));
  const picture = { name, width, height };
  const codecs = [videoCodec(video.stsd), ...(sound === null ? [] : [audioCodec(sound.track.stsd)])].join(',');
  const variant = { ...picture, ...rates(sizes, targetSeconds), codecs, frameRate };
  const startBytes = init.length + (written[0]?.sizeBytes ?? 0);
  const made = { variant, segmentDurationsSeconds: durations, startBytes, objects: folder.objects };
  if (protection?.scheme === 'aes-128') return { ...made, iFrames: null };

  const openings = written.map(({ opening }, n) => ({ range: opening, durationSeconds: at(n) }));
  await folder.write('iframes.m3u8', Buffer.from(iFramePlaylist(openings, targetSeconds, keyTags(protection))));
  const openingSizes = openings.map(({ range, durationSeconds }) => ({ sizeBytes: range.length, durationSeconds }));
  const iFrames = { ...picture, ...rates(openingSizes, targetSeconds), codecs: videoCodec(video.stsd) };
  return { ...made, iFrames };
}

function rates(
  sizes: Parameters<typeof measureBandwidth>[0],
  targetSeconds: number,
): { readonly bandwidthBps: number; readonly averageBandwidthBps: number } {
  const { peakBps, averageBps } = measureBandwidth(sizes, targetSeconds);
  return { bandwidthBps: peakBps, averageBandwidthBps: averageBps };
}

function initTracks({
  width,
  height,
  video,
  videoTimeline,
  sound,
  protection,
}: RungRequest): Parameters<typeof initSection>[0] {
  const { timescale, stsd } = video;
  return {
    video: { width, height, timescale, reorderTicks: videoTimeline.reorderTicks, stsd },
    audio: sound && { timescale: sound.track.timescale, stsd: sound.track.stsd },
    cbcs: sampleKey(protection),
  };
}

/** The fragments of each segment. The first segment has several, the others one each. */
function planSegments(request: RungRequest): readonly (readonly UnnumberedFragment[])[] {
  const { boundaryFrames, videoTimeline, video, protection } = request;
  const videoSamples = videoTimeline.samples;
  const perFragment = Math.max(1, Math.floor(FIRST_SEGMENT_FRAGMENT_SECONDS * request.frameRate));
  const cbcs = sampleKey(protection);
  const picture = { kind: 'video', file: video.file, encrypt: cbcs && videoEncryption(video.stsd, cbcs) } as const;
  const nextSound = soundRuns(request);
  return boundaryFrames.map((start, n) => {
    const end = boundaryFrames[n + 1] ?? videoSamples.length;
    const opening = videoSamples[start];
    if (opening?.isSync !== true || opening.compositionTicks !== videoTimeline.reorderTicks) {
      throw new BoxError(`${request.name}: no IDR at frame ${start}`);
    }
    const fragments: UnnumberedFragment[] = [];
    const steps = n === 0 ? OPENING_FRAGMENT_FRAMES.values() : null;
    for (let from = start, to = from; from < end; from = to) {
      to = Math.min(from + (steps === null ? end - start : (steps.next().value ?? perFragment)), end);
      fragments.push({ runs: [{ ...picture, samples: videoSamples.slice(from, to) }, ...nextSound(to)] });
    }
    return fragments;
  });
}

/** Asked in order: the sound from where the last answer ended up to a frame. The last frame takes all that is left. */
function soundRuns(request: RungRequest): (toFrame: number) => readonly TrackRun[] {
  const { sound, protection, video, videoTimeline } = request;
  if (sound === null) return () => [];
  const cbcs = sampleKey(protection);
  const run = { kind: 'audio', file: sound.track.file, encrypt: cbcs && audioEncryption(cbcs) } as const;
  const ticksPerFrame = videoTimeline.samples[0]?.durationTicks ?? 0;
  const samplesPerAudioFrame = sound.samples[0]?.durationTicks ?? 1;
  // The first sample that starts at or after the frame: sound is cut at sample granularity, never torn apart.
  const sampleAt = (frame: number): number => {
    const ticks = (frame * ticksPerFrame * sound.track.timescale) / video.timescale;
    return Math.min(sound.samples.length, Math.ceil(ticks / samplesPerAudioFrame - 1e-6));
  };
  let from = 0;
  return (toFrame) => {
    const to = toFrame === videoTimeline.samples.length ? sound.samples.length : sampleAt(toFrame);
    const samples = sound.samples.slice(from, to);
    from = to;
    return [{ ...run, samples }];
  };
}

function videoSeconds(fragments: readonly UnnumberedFragment[], timescale: number): number {
  const pictures = fragments.flatMap(({ runs }) => runs.filter(({ kind }) => kind === 'video'));
  const ticks = pictures.flatMap(({ samples }) => samples).reduce((sum, sample) => sum + sample.durationTicks, 0);
  return ticks / timescale;
}
