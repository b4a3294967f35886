/** One line of dialogue, shown from `atSeconds` until the next one. */
export interface DialogueLine {
  readonly atSeconds: number;
  readonly text: string;
}

export interface SampleEpisode {
  readonly number: number;
  readonly title: string;
  readonly dialogue: readonly DialogueLine[];
}

export interface SampleSeries {
  readonly title: string;
  readonly slug: string;
  readonly description: string;
  readonly episodes: readonly SampleEpisode[];
  /** As `PUT /v1/series/{series}/access` takes it. */
  readonly policy: { readonly freeEpisodes: number; readonly coinPrice: number; readonly previewSeconds: number };
}

/** Length of every sample episode: long enough for the segment ramp, short enough that all are ready in a minute. */
export const EPISODE_SECONDS = 14;

/** The clock over each episode; the last one ends at midnight. */
export function clockMinute(episodeNumber: number): number {
  return 53 + episodeNumber;
}

function episode(number: number, title: string, lines: readonly [string, string, string]): SampleEpisode {
  const times = [3.4, 6.2, 8.9];
  return { number, title, dialogue: lines.map((text, n) => ({ atSeconds: times[n] ?? 0, text })) };
}

/** The drama that a new library is seeded with: six episodes, each a minute closer to midnight. Written for this project. */
export const sampleSeries: SampleSeries = {
  title: 'Six Minutes to Midnight',
  slug: 'six-minutes-to-midnight',
  description: 'Mara is called to the hotel where her sister vanished. She has until midnight to find out who called.',
  policy: { freeEpisodes: 3, coinPrice: 10, previewSeconds: 6 },
  episodes: [
    episode(1, 'The Invitation', ['“You came.”', '“You said it was about my sister.”', '“It is. She is alive.”']),
    episode(2, 'Not Her Hand', ['“This is not her handwriting.”', '“Look again, Mara.”', '“… It is mine.”']),
    episode(3, 'One Call', ['“Do not answer it.”', '“It is my husband.”', '“He is standing behind you.”']),
    episode(4, 'The Thirteenth Floor', [
      '“Which floor?”',
      '“There is no thirteenth floor.”',
      '“Then who has called the lift?”',
    ]),
    episode(5, 'Sign Here', ['“Sign, and she walks out.”', '“And if I do not?”', '“Then she never walked in.”']),
    episode(6, 'Midnight', ['“It was never about her.”', '“Open the door, Mara.”', '“… It is already open.”']),
  ],
};
