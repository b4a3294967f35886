import { trackLabel, uniqueLabels } from '../ladder/language.ts';

/** A language that an operator adds to an episode. */
export interface DubRequest {
  /** BCP 47, canonical. */
  readonly language: string;
  readonly label: string | null;
  readonly isMachineGenerated: boolean;
}

/** Sound that a version has now, in a folder of its own. */
export interface LiveSound {
  /** `a{n}` */
  readonly name: string;
  readonly language: string | null;
  readonly label: string;
  readonly isMachineGenerated: boolean;
  /** What plays where nobody chose. */
  readonly isDefault: boolean;
}

/** Sound of the version that a dub job makes; its place in the list is its number. */
export interface PlannedSound {
  /** `a{n}` of the version that there is, `muxed` with its picture, or the file that was sent. */
  readonly from: string;
  readonly language: string | null;
  readonly label: string;
  readonly isMachineGenerated: boolean;
}

export const FROM_MUXED = 'muxed';
export const FROM_DUB = 'dub';

/** What plays where nobody chose comes first, the dub last; an earlier dub of the same language makes room for it. */
export function planSounds(
  live: readonly LiveSound[],
  { language, label, isMachineGenerated }: DubRequest,
  mainLanguage: string | null,
): readonly PlannedSound[] {
  const kept = live.length === 0 ? [muxedSound(mainLanguage)] : keptSounds(live, language);
  const labels = uniqueLabels([...kept.map((sound) => sound.label), trackLabel(label, language, language)]);
  return [...kept, { from: FROM_DUB, language, label: labels.at(-1) ?? language, isMachineGenerated }];
}

function muxedSound(language: string | null): PlannedSound {
  return { from: FROM_MUXED, language, label: trackLabel(null, language, 'Original'), isMachineGenerated: false };
}

function keptSounds(live: readonly LiveSound[], dubbed: string): readonly PlannedSound[] {
  const main = live.filter(({ isDefault }) => isDefault);
  const others = live.filter(({ isDefault, language }) => !isDefault && language !== dubbed);
  return [...main, ...others].map(({ name, language, label, isMachineGenerated }) => {
    return { from: name, language, label, isMachineGenerated };
  });
}
