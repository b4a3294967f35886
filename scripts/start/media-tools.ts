/** ffmpeg and ffprobe for the processes that `npm start` and `npm test` run. */
import { type FfmpegBinaries, findFfmpeg } from '../../transcoder/find-ffmpeg.ts';
import { UserError } from '../lib/user-error.ts';

export interface MediaTools {
  readonly ffmpegPath: string;
  readonly ffprobePath: string;
}

export function findMediaTools(): FfmpegBinaries {
  const found = findFfmpeg(process.env);
  if (!found.ok) throw new UserError(found.error.detail);
  return found.value;
}
