/** Captions of the shown episode, and the viewer's wish from one episode to the next. */
import { PREFERENCES_KEY } from '../limits.ts';

export interface CaptionOption {
  readonly label: string;
  /** BCP 47; empty where the playlist does not say. */
  readonly language: string;
  readonly isActive: boolean;
}

/** Above the title and the bar: in per cent of the height. */
const CUE_LINE_PERCENT = 66;

export class Captions {
  readonly #onChange: () => void;
  #video: HTMLVideoElement | null = null;
  readonly #apply = (): void => {
    const wanted = this.#wanted();
    for (const track of this.#tracks) {
      const mode = track === wanted ? 'showing' : 'disabled';
      if (track.mode !== mode) track.mode = mode;
    }
    if (wanted !== null) placeCues(wanted);
    this.#onChange();
  };
  readonly #place = (): void => {
    const shown = this.#tracks.find(({ mode }) => mode === 'showing');
    if (shown !== undefined) placeCues(shown);
  };

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  get options(): readonly CaptionOption[] {
    return this.#tracks.map(({ label, language, mode }, index) => {
      return { label: label || language || `Captions ${index + 1}`, language, isActive: mode === 'showing' };
    });
  }

  /** Only the shown episode fetches its captions. */
  follow(video: HTMLVideoElement | null): void {
    if (this.#video === video) return this.#apply();
    this.#video?.textTracks.removeEventListener('addtrack', this.#apply);
    this.#video?.removeEventListener('timeupdate', this.#place);
    for (const track of this.#tracks) track.mode = 'disabled';
    this.#video = video;
    video?.textTracks.addEventListener('addtrack', this.#apply);
    // Cues come with their segments, and no event says so.
    video?.addEventListener('timeupdate', this.#place);
    this.#apply();
  }

  /** null: none. */
  select(option: CaptionOption | null): void {
    remember({ captions: option === null ? null : option.language || option.label });
    this.#apply();
  }

  /** The option that is on afterwards; null: off. */
  toggle(): CaptionOption | null {
    const { options } = this;
    const wanted = options.some(({ isActive }) => isActive) ? null : (options[0] ?? null);
    this.select(wanted);
    return wanted;
  }

  get #tracks(): TextTrack[] {
    return [...(this.#video?.textTracks ?? [])].filter(({ kind }) => kind === 'subtitles' || kind === 'captions');
  }

  #wanted(): TextTrack | null {
    const { captions } = preferences();
    if (captions === null) return null;
    const named = this.#tracks.find(({ language, label }) => language === captions || label === captions);
    const sameLanguage = ({ language }: TextTrack): boolean => language.split('-')[0] === captions.split('-')[0];
    return named ?? this.#tracks.find(sameLanguage) ?? null;
  }
}

function placeCues(track: TextTrack): void {
  for (const cue of track.cues ?? []) {
    if (!(cue instanceof VTTCue) || cue.line !== 'auto') continue;
    cue.snapToLines = false;
    cue.line = CUE_LINE_PERCENT;
  }
}

export interface Preferences {
  /** Language of the captions; null: none. */
  readonly captions: string | null;
  /** Language of the sound; null: the episode's own. */
  readonly audio: string | null;
}

const NONE: Preferences = { captions: null, audio: null };

/** Two languages, nothing else: a browser that keeps nothing forgets them with the page. */
let known: Preferences | null = null;

export function preferences(): Preferences {
  if (known === null) {
    known = NONE;
    try {
      const { captions, audio } = JSON.parse(localStorage.getItem(PREFERENCES_KEY) ?? '{}') as Partial<Preferences>;
      known = { captions: captions ?? null, audio: audio ?? null };
    } catch {
      // No storage, or not ours.
    }
  }
  return known;
}

export function remember(change: Partial<Preferences>): void {
  known = { ...preferences(), ...change };
  try {
    localStorage.setItem(PREFERENCES_KEY, JSON.stringify(known));
  } catch {
    // As above.
  }
}
