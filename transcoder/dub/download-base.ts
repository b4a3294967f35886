import { mkdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { LeasedDub } from '#core/ingest/transcoder-protocol.ts';
import { ok, type Result } from '#core/result.ts';
import { downloadSource } from '../download-source.ts';
import type { JobFailure } from '../failure.ts';
import { UPLOAD_PARALLELISM } from '../limits.ts';

/** Fetches the version that is copied, a few objects at a time; the first failure empties the queue. */
export async function downloadBase(
  objects: LeasedDub['objects'],
  baseDir: string,
  signal: AbortSignal,
  onProgress: (share: number) => void,
): Promise<Result<void, JobFailure>> {
  const queue = [...objects];
  let done = 0;
  let failure: Result<never, JobFailure> | null = null;
  const lane = async (): Promise<void> => {
    for (let object = queue.shift(); object !== undefined; object = queue.shift()) {
      const { path, url, sizeBytes } = object;
      const targetFile = join(baseDir, path);
      await mkdir(dirname(targetFile), { recursive: true });
      const part = `${targetFile}.part`;
      const fetched = await downloadSource({ url, sizeBytes, targetFile: part, signal, onProgress: () => undefined });
      if (!fetched.ok) {
        failure ??= fetched;
        queue.length = 0;
        return;
      }
      await rename(part, targetFile);
      onProgress(++done / objects.length);
    }
  };
  await Promise.all(Array.from({ length: UPLOAD_PARALLELISM }, lane));
  return failure ?? ok(undefined);
}
