import { trackLabel, uniqueLabels } from '../ladder/language.ts';
import type { TextRendition } from '../playlist/renditions.ts';

/** Captions that a version has now. */
export interface TextTrack extends TextRendition {
  /** The sidecar that it was made of; null: it came with the source. */
  readonly sidecarId: string | null;
}

/** What an operator wants of one language, whatever the source has: captions of a file, or none. */
export interface CaptionSidecar {
  readonly id: string;
  readonly language: string;
  readonly kind: TextRendition['kind'];
  readonly label: string | null;
  readonly isMachineGenerated: boolean;
  /** Where the file is; null: viewers are not to have captions of this language and kind. */
  readonly fileKey: string | null;
}

/** A sidecar whose captions are to be written. */
export type WantedSidecar = CaptionSidecar & { readonly fileKey: string };

export interface CaptionChange {
  readonly kept: readonly TextTrack[];
  readonly removed: readonly TextTrack[];
  readonly added: readonly WantedSidecar[];
}

/** What to do so that a version has the captions that are wanted. Applied twice, the second time changes nothing. */
export function planCaptions(live: readonly TextTrack[], sidecars: readonly CaptionSidecar[]): CaptionChange {
  const isWanted = (track: TextTrack): boolean => {
    const sidecar = sidecars.find(({ language, kind }) => language === track.language && kind === track.kind);
    return sidecar === undefined ? track.sidecarId === null : sidecar.id === track.sidecarId;
  };
  const made = new Set(live.map(({ sidecarId }) => sidecarId));
  return {
    kept: live.filter(isWanted),
    removed: live.filter((track) => !isWanted(track)),
    added: sidecars.filter((sidecar): sidecar is WantedSidecar => sidecar.fileKey !== null && !made.has(sidecar.id)),
  };
}

export function isUnchanged({ removed, added }: CaptionChange): boolean {
  return removed.length === 0 && added.length === 0;
}

/** The added ones as tracks `t{firstNumber}` and on. A number is used once: what lies below it never changes. */
export function numberCaptions({ kept, added }: CaptionChange, firstNumber: number): readonly TextTrack[] {
  const labels = uniqueLabels([
    ...kept.map(({ label }) => label),
    ...added.map(({ label, language }) => trackLabel(label, language, language)),
  ]).slice(kept.length);
  return added.map(({ id, language, kind, isMachineGenerated }, n) => {
    const label = labels[n] ?? language;
    return { name: `t${firstNumber + n}`, language, label, kind, isMachineGenerated, sidecarId: id };
  });
}
