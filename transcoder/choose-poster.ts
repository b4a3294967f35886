import { copyFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { PosterCandidate } from '#core/ladder/choose-stills.ts';
import { posterFile } from './encode-files.ts';
import type { PackagedObject } from './package/package-rung.ts';

/** Copies the chosen still to `poster.jpg`. */
export async function writePoster(chosen: PosterCandidate, jobDir: string, outputDir: string): Promise<PackagedObject> {
  const target = join(outputDir, 'poster.jpg');
  await copyFile(posterFile(jobDir, chosen.index), target);
  return { path: 'poster.jpg', sizeBytes: (await stat(target)).size };
}
