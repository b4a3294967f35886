import { measureBandwidth, targetDurationSeconds } from '#core/ladder/bandwidth.ts';
import type { AudioRendition } from '#core/playlist/renditions.ts';
import { audioEncryption } from './cbcs.ts';
import { audioCodec } from './codecs.ts';
import { makeFolder, type PackagedObject } from './folder.ts';
import { initSection } from './init-section.ts';
import { mediaPlaylist } from './playlists.ts';
import { BoxError } from './read-boxes.ts';
import { openTrack, type Sample } from './read-track.ts';
import { normaliseAudio } from './timeline.ts';
import { keyTags, type Protection, sampleKey, type UnnumberedFragment, writeSegments } from './write-segments.ts';

/** One language as the encoder left it: one AAC track in a fragmented file, as long as the picture. */
export interface LanguageFile extends Pick<
  AudioRendition,
  'language' | 'label' | 'channels' | 'isMachineGenerated' | 'isMain'
> {
  readonly file: string;
}

export interface PackagedLanguage {
  readonly seconds: number;
  readonly rendition: AudioRendition;
  readonly objects: readonly PackagedObject[];
}

/** Writes one language's folder, `a{n}`. It has as many segments as the picture: the count in a media pass holds for it too. */
export async function packageLanguage(
  name: string,
  language: LanguageFile,
  segmentDurationsSeconds: readonly number[],
  outputDir: string,
  protection: Protection | null,
): Promise<PackagedLanguage> {
  const track = await openTrack(language.file);
  try {
    const { timescale, stsd } = track;
    const cbcs = sampleKey(protection);
    const folder = await makeFolder(outputDir, name);
    await folder.write('init.mp4', initSection({ video: null, audio: { timescale, stsd }, cbcs }));
    const cut = cutSound(normaliseAudio(track), timescale, segmentDurationsSeconds);
    const sound = { kind: 'audio', file: track.file, encrypt: cbcs && audioEncryption(cbcs) } as const;
    const segments = cut.map((samples): readonly UnnumberedFragment[] => [{ runs: [{ ...sound, samples }] }]);
    const written = await writeSegments(folder, segments, protection);
    const durations = cut.map((samples) => ticksOf(samples) / timescale);
    const targetSeconds = targetDurationSeconds(segmentDurationsSeconds);
    await folder.write('media.m3u8', Buffer.from(mediaPlaylist(durations, targetSeconds, keyTags(protection))));
    const sizes = written.map(({ sizeBytes }, n) => ({ sizeBytes, durationSeconds: durations[n] ?? 0 }));
    const { peakBps, averageBps } = measureBandwidth(sizes, targetSeconds);
    const { language: tag, label, channels, isMachineGenerated, isMain } = language;
    const about = { language: tag, label, channels, isMachineGenerated, isMain };
    const rates = { bandwidthBps: peakBps, averageBandwidthBps: averageBps };
    const rendition = { name, ...about, codecs: audioCodec(stsd), ...rates };
    return { rendition, seconds: durations.reduce((sum, each) => sum + each, 0), objects: folder.objects };
  } finally {
    await track.file.close();
  }
}

/** At the AAC frame nearest to each boundary of the picture, so that the two never drift by more than half a frame. */
function cutSound(
  samples: readonly Sample[],
  timescale: number,
  segmentDurationsSeconds: readonly number[],
): readonly (readonly Sample[])[] {
  const samplesPerFrame = samples[0]?.durationTicks ?? 1;
  let endSeconds = 0;
  let from = 0;
  return segmentDurationsSeconds.map((seconds, n) => {
    endSeconds += seconds;
    const to = Math.min(samples.length, Math.round((endSeconds * timescale) / samplesPerFrame));
    const segment = samples.slice(from, to);
    if (segment.length === 0) throw new BoxError(`the sound ends before segment ${n}`);
    from = to;
    return segment;
  });
}

function ticksOf(samples: readonly Sample[]): number {
  return samples.reduce((sum, sample) => sum + sample.durationTicks, 0);
}
