import { sameLanguage, toBcp47, trackLabel, uniqueLabels } from './language.ts';
import type { SourceAudio, SourceProbe, SourceStream, SourceText } from './source.ts';
import type { LadderWarning } from './warnings.ts';

/** A sound track of the source that goes into the episode. */
export interface PlannedAudioTrack {
  /** Absolute stream index in the container. */
  readonly streamIndex: number;
  /** BCP 47; null where the source does not say. */
  readonly language: string | null;
  /** What a player's menu shows. */
  readonly label: string;
  /** Muxed with the picture; the others become dubs, Renditions of their own. */
  readonly isMain: boolean;
}

/** Embedded text subtitles, which become WebVTT captions. */
export interface PlannedTextTrack {
  readonly streamIndex: number;
  readonly language: string | null;
  readonly label: string;
  /** `captions` also tell what is heard, for who cannot hear it. */
  readonly kind: 'subtitles' | 'captions';
}

export interface ChosenTracks {
  /** Null: the source has no sound that can be decoded. */
  readonly mainAudio: SourceAudio | null;
  /** The main one first. */
  readonly audioTracks: readonly PlannedAudioTrack[];
  readonly textTracks: readonly PlannedTextTrack[];
  readonly warnings: readonly LadderWarning[];
}

/** A series is dubbed into a handful of languages; every track is an encode of its own and a folder of segments. */
export const MAX_DUBS = 8;
export const MAX_TEXT_TRACKS = 16;

/** What ffmpeg turns into WebVTT. Pictures of text (Blu-ray, DVD, DVB) would need to be read first. */
const TEXT_CODECS = new Set(['subrip', 'srt', 'ass', 'ssa', 'mov_text', 'webvtt', 'text']);

/** Which sound is muxed, which becomes a dub, which subtitles become captions, and what is left out. */
export function chooseTracks(source: SourceProbe, mainLanguage: string | null): ChosenTracks {
  const decodable = source.audio.filter(isDecodable);
  const mainAudio = chooseMain(decodable, mainLanguage);
  const dubs = decodable.filter((track) => track !== mainAudio);
  const audio = [...(mainAudio === null ? [] : [mainAudio]), ...dubs.slice(0, MAX_DUBS)];
  const readable = source.text.filter((track) => isDecodable(track) && TEXT_CODECS.has(track.codec ?? ''));
  const text = readable.slice(0, MAX_TEXT_TRACKS);

  const warnings: LadderWarning[] = [];
  if (
    mainAudio !== null &&
    mainLanguage !== null &&
    !sameLanguage(toBcp47(mainAudio.language), toBcp47(mainLanguage))
  ) {
    const detail = `No sound track is marked as ${mainLanguage}; the default track is played. Mark the track's language in the file and upload it again.`;
    warnings.push({ code: 'main-language-missing', detail });
  }
  const silentlyLost = mainAudio === null ? 0 : source.audio.length - audio.length;
  if (silentlyLost > 0) {
    const detail = `Sound tracks left out: ${silentlyLost}. They are in a codec that cannot be decoded here, encrypted, or more than ${MAX_DUBS} dubs. Export them as AAC.`;
    warnings.push({ code: 'audio-tracks-dropped', detail });
  }
  if (source.text.length > text.length) {
    const detail = `Subtitle tracks left out: ${source.text.length - text.length}. They are pictures or in a format that cannot be read here. Upload them as WebVTT or SubRip.`;
    warnings.push({ code: 'subtitles-dropped', detail });
  }
  return { mainAudio, audioTracks: planAudio(audio), textTracks: planText(text), warnings };
}

export function isDecodable(stream: SourceStream): boolean {
  return stream.codec !== null && !stream.encrypted;
}

/** The wanted language, else the track that the file marks as default, else the first. */
function chooseMain(decodable: readonly SourceAudio[], mainLanguage: string | null): SourceAudio | null {
  const wanted = toBcp47(mainLanguage);
  const spoken = decodable.filter((track) => sameLanguage(toBcp47(track.language), wanted));
  const candidates = spoken.length > 0 ? spoken : decodable;
  return candidates.find((track) => track.isDefault) ?? candidates[0] ?? null;
}

function planAudio(tracks: readonly SourceAudio[]): readonly PlannedAudioTrack[] {
  const labels = labelsOf(tracks, 'Audio');
  return tracks.map(({ streamIndex, language }, n) => ({
    streamIndex,
    language: toBcp47(language),
    label: labels[n] ?? '',
    isMain: n === 0,
  }));
}

function planText(tracks: readonly SourceText[]): readonly PlannedTextTrack[] {
  const labels = labelsOf(tracks, 'Subtitles');
  return tracks.map(({ streamIndex, language, isForHearingImpaired }, n) => ({
    streamIndex,
    language: toBcp47(language),
    label: labels[n] ?? '',
    kind: isForHearingImpaired ? 'captions' : 'subtitles',
  }));
}

function labelsOf(tracks: readonly (SourceAudio | SourceText)[], kind: string): readonly string[] {
  return uniqueLabels(tracks.map(({ title, language }, n) => trackLabel(title, toBcp47(language), `${kind} ${n + 1}`)));
}
