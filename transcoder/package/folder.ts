import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface PackagedObject {
  readonly path: string;
  readonly sizeBytes: number;
}

/** One Rendition's folder below the version's; `objects` lists what was written. */
export interface Folder {
  readonly objects: readonly PackagedObject[];
  write(file: string, bytes: Buffer): Promise<void>;
}

export async function makeFolder(outputDir: string, name: string): Promise<Folder> {
  await mkdir(join(outputDir, name), { recursive: true });
  const objects: PackagedObject[] = [];
  return {
    objects,
    async write(file, bytes) {
      const path = `${name}/${file}`;
      await writeFile(join(outputDir, path), bytes);
      objects.push({ path, sizeBytes: bytes.length });
    },
  };
}
