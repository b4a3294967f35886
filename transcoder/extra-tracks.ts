import { readFile } from 'node:fs/promises';
import { parseWebVtt, type WebVttFailure } from '#core/captions/parse-webvtt.ts';
import type { LadderPlan } from '#core/ladder/plan-ladder.ts';
import type { PlannedAudioTrack } from '#core/ladder/tracks.ts';
import type { EncodeFiles } from './encode-files.ts';
import type { CaptionFile } from './package/package-captions.ts';
import type { ExtraTracks } from './package/package-ladder.ts';
import type { LanguageFile } from './package/package-language.ts';

export interface ReadTracks extends ExtraTracks {
  readonly warnings: readonly { readonly code: 'subtitles-unreadable'; readonly detail: string }[];
}

/** The languages and captions of the source beside its picture. A source with one language has it muxed: no list. */
export async function readExtraTracks(plan: LadderPlan, files: EncodeFiles): Promise<ReadTracks> {
  const main = plan.audioTracks.find((track) => track.isMain);
  const languages =
    main === undefined || files.dubs.length === 0
      ? []
      : [languageFile(main, files.audio), ...files.dubs.map(({ track, file }) => languageFile(track, file))];
  const captions: CaptionFile[] = [];
  const warnings: ReadTracks['warnings'][number][] = [];
  for (const { track, file } of files.texts) {
    const { language, label, kind } = track;
    const parsed = parseWebVtt(await readFile(file, 'utf8'));
    if (parsed.ok) captions.push({ captions: parsed.value, language, label, kind, isMachineGenerated: false });
    else warnings.push({ code: 'subtitles-unreadable', detail: leftOut(label, parsed.error) });
  }
  return { languages, captions, warnings };
}

/** The encoder makes all sound stereo. */
function languageFile({ language, label, isMain }: PlannedAudioTrack, file: string): LanguageFile {
  return { file, language, label, channels: 2, isMachineGenerated: false, isMain };
}

/** A file may hold a track of subtitles that says nothing: the episode is no worse without it. */
function leftOut(label: string, { reason }: WebVttFailure): string {
  const why = reason === 'no-cues' ? 'it is empty' : `its text cannot be used (${reason})`;
  return `The subtitle track ${label} was left out: ${why}. Upload it as WebVTT or SubRip.`;
}
