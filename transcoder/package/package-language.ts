import { measureBandwidth, targetDurationSeconds } from '#core/ladder/bandwidth.ts';
import type { AudioRendition } from '#core/playlist/renditions.ts';
import { audioEncryption } from './cbcs.ts';
import { audioCodec } from './codecs.ts';
import { makeFolder, type PackagedObject } from './folder.ts';
import { initSection } from './init-section.ts';
import { mediaPlaylist } from './playlists.ts';
import { BoxError } from './read-boxes.ts';
import { openTrack, type Sample, type Track } from './read-track.ts';
import { normaliseAudio } from './timeline.ts';
import { keyTags, type Protection, sampleKey, type UnnumberedFragment, writeSegments } from './write-segments.ts';

type AboutLanguage = Pick<AudioRendition, 'language' | 'label' | 'channels' | 'isMachineGenerated' | 'isMain'>;

/** One language as the encoder left it: one AAC track in a fragmented file, as long as the picture. */
export interface LanguageFile extends AboutLanguage {
  readonly file: string;
}

/** One language as AAC frames that play from 0 on, wherever they were read. */
export interface LanguageSound extends AboutLanguage {
  readonly track: Track;
  readonly samples: readonly Sample[];
}

export interface PackagedLanguage {
  readonly seconds: number;
  readonly rendition: AudioRendition;
  readonly objects: readonly PackagedObject[];
}

export async function packageLanguage(
  name: string,
  { file, ...about }: LanguageFile,
  segmentDurationsSeconds: readonly number[],
  outputDir: string,
  protection: Protection | null,
): Promise<PackagedLanguage> {
  const track = await openTrack(file);
  try {
    const sound = { ...about, track, samples: normaliseAudio(track) };
    return await packageSound(name, sound, segmentDurationsSeconds, outputDir, protection);
  } finally {
    await track.file.close();
  }
}

/** Writes one language's folder, `a{n}`. It has as many segments as the picture: the count in a media pass holds for it too. */
export async function packageSound(
  name: string,
  language: LanguageSound,
  segmentDurationsSeconds: readonly number[],
  outputDir: string,
  protection: Protection | null,
): Promise<PackagedLanguage> {
  const { track, samples: all } = language;
  const { timescale, stsd } = track;
  const cbcs = sampleKey(protection);
  const folder = await makeFolder(outputDir, name);
  await folder.write('init.mp4', initSection({ video: null, audio: { timescale, stsd }, cbcs }));
  const cut = cutSound(all, timescale, segmentDurationsSeconds);
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
