import { captionPlaylist } from '#core/captions/caption-playlist.ts';
import { cutWebVtt } from '#core/captions/cut-webvtt.ts';
import type { WebVtt } from '#core/captions/parse-webvtt.ts';
import { targetDurationSeconds } from '#core/ladder/bandwidth.ts';
import type { TextRendition } from '#core/playlist/renditions.ts';
import { makeFolder, type PackagedObject } from './folder.ts';

export interface CaptionFile extends Omit<TextRendition, 'name'> {
  readonly captions: WebVtt;
}

/** Writes one language's folder, `t{n}`: 0.vtt …, media.m3u8. */
export async function packageCaptions(
  name: string,
  { captions }: CaptionFile,
  segmentDurationsSeconds: readonly number[],
  outputDir: string,
): Promise<readonly PackagedObject[]> {
  const folder = await makeFolder(outputDir, name);
  for (const [n, text] of cutWebVtt(captions, segmentDurationsSeconds).entries()) {
    await folder.write(`${n}.vtt`, Buffer.from(text));
  }
  const targetSeconds = targetDurationSeconds(segmentDurationsSeconds);
  await folder.write('media.m3u8', Buffer.from(captionPlaylist(segmentDurationsSeconds, targetSeconds)));
  return folder.objects;
}
