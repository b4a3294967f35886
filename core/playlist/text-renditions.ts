import { attribute } from './attributes.ts';
import { parsePlaylist } from './lines.ts';
import { groupAttributes, renditionTags, type TextRendition } from './renditions.ts';

/**
 * A Multivariant Playlist of ours with these captions and no others. All else stays as it was written, so that captions
 * come and go without anybody knowing anew what the transcoder wrote.
 *
 * @see RFC 8216bis 4.4.6.1 (EXT-X-MEDIA), 4.4.6.2 (SUBTITLES)
 */
export function withTextRenditions(playlist: string, text: readonly TextRendition[]): string {
  const group = groupAttributes({ audio: [], text });
  const tags = renditionTags({ audio: [], text });
  const written: string[] = [];
  let areTagsWritten = false;
  for (const line of parsePlaylist(playlist)) {
    const isVariant = line.kind === 'tag' && line.name === 'EXT-X-STREAM-INF';
    if (line.kind === 'tag' && line.name === 'EXT-X-MEDIA' && attribute(line.value, 'TYPE') === 'SUBTITLES') continue;
    if (!isVariant) {
      written.push(line.raw);
      continue;
    }
    if (!areTagsWritten) written.push(...tags);
    areTagsWritten = true;
    written.push([line.raw.replace(/,SUBTITLES="[^"]*"/, ''), ...group].join(','));
  }
  return `${written.join('\n')}\n`;
}
