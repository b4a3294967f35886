/** One language of an episode that has several: then each has sound of its own, and the Variant Streams have none. */
export interface AudioRendition {
  /** `a{n}`, also its folder. */
  readonly name: string;
  /** BCP 47; null where nobody said. */
  readonly language: string | null;
  readonly label: string;
  readonly channels: number;
  readonly codecs: string;
  readonly bandwidthBps: number;
  readonly averageBandwidthBps: number;
  readonly isMachineGenerated: boolean;
  /** The language that the episode was made in: what plays where nobody chose. */
  readonly isMain: boolean;
}

export interface TextRendition {
  /** `t{n}`, also its folder. */
  readonly name: string;
  readonly language: string | null;
  readonly label: string;
  /** `captions` also tell of sounds, for who does not hear them. */
  readonly kind: 'subtitles' | 'captions';
  readonly isMachineGenerated: boolean;
}

/** Everything beside the Variant Streams that a Multivariant Playlist names. */
export interface Renditions {
  readonly audio: readonly AudioRendition[];
  readonly text: readonly TextRendition[];
}

export const NO_RENDITIONS: Renditions = { audio: [], text: [] };

const AUDIO_GROUP = 'audio';
const TEXT_GROUP = 'text';
const MACHINE_GENERATED = 'public.machine-generated';
/** @see RFC 8216bis 4.4.6.1 (CHARACTERISTICS); Apple, HLS Authoring Specification: these two make subtitles captions */
const CAPTIONS = ['public.accessibility.transcribes-spoken-dialog', 'public.accessibility.describes-music-and-sound'];

/** The EXT-X-MEDIA tags. */
export function renditionTags({ audio, text }: Renditions): readonly string[] {
  const spoken = audio.map((dub) =>
    mediaTag('AUDIO', AUDIO_GROUP, dub, {
      flags: [`DEFAULT=${dub.isMain ? 'YES' : 'NO'}`, 'AUTOSELECT=YES'],
      characteristics: dub.isMachineGenerated ? [MACHINE_GENERATED] : [],
      rest: [`CHANNELS="${dub.channels}"`, uri(dub.name)],
    }),
  );
  const written = text.map((captions) =>
    mediaTag('SUBTITLES', TEXT_GROUP, captions, {
      flags: ['DEFAULT=NO', 'AUTOSELECT=YES', 'FORCED=NO'],
      characteristics: [
        ...(captions.kind === 'captions' ? CAPTIONS : []),
        ...(captions.isMachineGenerated ? [MACHINE_GENERATED] : []),
      ],
      rest: [uri(captions.name)],
    }),
  );
  return [...spoken, ...written];
}

/** What an EXT-X-STREAM-INF says of the groups that play with it. */
export function groupAttributes({ audio, text }: Renditions): readonly string[] {
  return [
    ...(audio.length === 0 ? [] : [`AUDIO="${AUDIO_GROUP}"`]),
    ...(text.length === 0 ? [] : [`SUBTITLES="${TEXT_GROUP}"`]),
  ];
}

interface MediaTagParts {
  readonly flags: readonly string[];
  readonly characteristics: readonly string[];
  readonly rest: readonly string[];
}

function mediaTag(
  type: string,
  group: string,
  { language, label }: Pick<TextRendition, 'language' | 'label'>,
  parts: MediaTagParts,
): string {
  const attributes = [
    `TYPE=${type}`,
    `GROUP-ID="${group}"`,
    `NAME="${quotable(label)}"`,
    ...(language === null ? [] : [`LANGUAGE="${quotable(language)}"`]),
    ...parts.flags,
    ...(parts.characteristics.length === 0 ? [] : [`CHARACTERISTICS="${parts.characteristics.join(',')}"`]),
    ...parts.rest,
  ];
  return `#EXT-X-MEDIA:${attributes.join(',')}`;
}

function uri(name: string): string {
  return `URI="${name}/media.m3u8"`;
}

/** A label comes from an operator or a file: no quote and no line end of it may end the attribute. @see RFC 8216bis 4.2 */
function quotable(text: string): string {
  return text.replaceAll('"', '\u201D').replaceAll(/[\r\n]+/g, ' ');
}
