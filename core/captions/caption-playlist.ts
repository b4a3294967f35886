/**
 * Media Playlist of a caption Rendition `t{n}`: as many segments as the picture has, with its durations, so that a media
 * pass that ends after so many segments ends for captions too.
 *
 * @see RFC 8216bis 4.4
 */
export function captionPlaylist(segmentDurationsSeconds: readonly number[], targetDurationSeconds: number): string {
  const lines = [
    '#EXTM3U',
    '#EXT-X-VERSION:7',
    `#EXT-X-TARGETDURATION:${targetDurationSeconds}`,
    '#EXT-X-PLAYLIST-TYPE:VOD',
    ...segmentDurationsSeconds.flatMap((seconds, n) => [`#EXTINF:${seconds.toFixed(6)},`, `${n}.vtt`]),
    '#EXT-X-ENDLIST',
  ];
  return `${lines.join('\n')}\n`;
}
