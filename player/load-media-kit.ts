/** What touches media, fetched once for a page: the next feed of the page has it at once. */
import { importAgain } from './import-again.ts';
import type * as MediaKitModule from './media-kit.ts';

type Kit = typeof MediaKitModule;

let loaded: Kit | null = null;

/** null while it is not there yet. */
export function loadedMediaKit(): Kit | null {
  return loaded;
}

export async function loadMediaKit(): Promise<Kit> {
  loaded = await importAgain(() => import('./media-kit.ts'), 'createMediaKit');
  return loaded;
}
