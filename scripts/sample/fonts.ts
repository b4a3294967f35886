import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Font files, from the dejavu-fonts-ttf package: a container or a fresh machine may have no fonts at all. */
export interface Fonts {
  readonly light: string;
  readonly sans: string;
  readonly serif: string;
  readonly serifItalic: string;
  readonly mono: string;
}

export function sampleFonts(): Fonts {
  const folder = join(dirname(createRequire(import.meta.url).resolve('dejavu-fonts-ttf/package.json')), 'ttf');
  return {
    light: join(folder, 'DejaVuSans-ExtraLight.ttf'),
    sans: join(folder, 'DejaVuSansCondensed.ttf'),
    serif: join(folder, 'DejaVuSerifCondensed.ttf'),
    serifItalic: join(folder, 'DejaVuSerifCondensed-Italic.ttf'),
    mono: join(folder, 'DejaVuSansMono.ttf'),
  };
}
