/** The Media Segments of a Media Playlist with their times. */
export interface SegmentTime {
  readonly url: string;
  readonly fromSeconds: number;
  readonly toSeconds: number;
}

export function parseSegments(playlist: { readonly url: string; readonly text: string }): readonly SegmentTime[] {
  const segments: SegmentTime[] = [];
  let durationSeconds: number | null = null;
  let atSeconds = 0;
  for (const line of playlist.text.split(/\r?\n/)) {
    const duration = /^#EXTINF:([\d.]+)/.exec(line)?.[1];
    if (duration !== undefined) durationSeconds = Number(duration);
    else if (durationSeconds !== null && line !== '' && !line.startsWith('#')) {
      const fromSeconds = atSeconds;
      atSeconds += durationSeconds;
      segments.push({ url: new URL(line, playlist.url).href, fromSeconds, toSeconds: atSeconds });
      durationSeconds = null;
    }
  }
  return segments;
}
