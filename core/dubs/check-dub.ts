import type { DubRequest } from './plan-sounds.ts';

interface Made {
  readonly segmentDurationsSeconds: readonly number[];
  readonly renditions: readonly { readonly name: string; readonly width: number; readonly height: number }[];
  readonly audioTracks?: readonly { readonly language: string | null }[] | undefined;
}

/** Of what is read back from playlists with six digits. */
const TOLERANCE_SECONDS = 0.01;

/**
 * What is wrong with the version that a dub job made, in words; null: its picture is cut as that of the version it was
 * made from, on the same rungs, and the language is there. A transcoder that knows of no dubs fails here.
 */
export function checkDubbed(made: Made, base: Omit<Made, 'audioTracks'>, { language }: DubRequest): string | null {
  const [durations, wanted] = [made.segmentDurationsSeconds, base.segmentDurationsSeconds];
  if (durations.length !== wanted.length) return `it has ${durations.length} segments, not ${wanted.length}.`;
  if (durations.some((seconds, n) => Math.abs(seconds - (wanted[n] ?? 0)) > TOLERANCE_SECONDS))
    return 'it is cut at other places.';
  if (rungs(made) !== rungs(base)) return `it has the rungs ${rungs(made)}, not ${rungs(base)}.`;
  const languages = (made.audioTracks ?? []).map((track) => track.language);
  if (languages.length < 2 || !languages.includes(language)) return `it has no sound in ${language}.`;
  return null;
}

function rungs({ renditions }: Pick<Made, 'renditions'>): string {
  return renditions
    .map(({ name, width, height }) => `${name} ${width}x${height}`)
    .toSorted()
    .join(', ');
}
