import { describe, expect, test } from 'vitest';
import { checkImports } from '../../scripts/check/layers.ts';

describe('an import', () => {
  test.each([
    ['core/a.ts', '#core/b.ts'],
    ['core/x/a.ts', '../y/b.ts'],
    ['workers/api/a.ts', '#shared/b.ts'],
    ['workers/api/a.ts', 'zod'],
    ['workers/api/routes/a.ts', '../limits.ts'],
    ['workers/shared/a.ts', '../../core/b.ts'],
    ['player/a.ts', 'hls.js'],
    ['transcoder/a.ts', 'node:fs'],
    ['scripts/a.ts', '../player/build.ts'],
    ['cli/a.ts', '../client/index.ts'],
    ['openapi/a.ts', '../workers/api/limits.ts'],
  ])('of %s from %s is allowed', (path, specifier) => {
    expect(checkImports({ path, lines: [`import { x } from '${specifier}';`] })).toEqual([]);
  });

  test.each([
    ['core/a.ts', '#shared/b.ts'],
    ['core/a.ts', 'zod'],
    ['core/x/a.ts', '../../workers/shared/b.ts'],
    ['workers/api/a.ts', '../playback/b.ts'],
    ['workers/playback/routes/a.ts', '../../api/viewer-object/viewer.ts'],
    ['workers/shared/a.ts', '../api/b.ts'],
    ['player/a.ts', '#shared/b.ts'],
    ['transcoder/a.ts', '../scripts/lib/run.ts'],
    ['client/a.ts', '../core/id.ts'],
    ['cli/a.ts', '../workers/api/limits.ts'],
    ['workers/api/a.ts', '../../openapi/document.ts'],
  ])('of %s from %s is not', (path, specifier) => {
    for (const line of [
      `import { x } from '${specifier}';`,
      `} from "${specifier}";`,
      `await import('${specifier}')`,
    ]) {
      expect(checkImports({ path, lines: [line] })).toHaveLength(1);
    }
  });
});
