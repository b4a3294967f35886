/** Style sheets are text in modules, as a shadow root takes no files; what esbuild does for CSS files is done to them, too. */
import { readFile } from 'node:fs/promises';
import { type Plugin, transform } from 'esbuild';

const CSS_TEXT = /\/\* css \*\/ `([^`]*)`/g;

export const minifyCss: Plugin = {
  name: 'minify-css',
  setup({ onLoad }) {
    onLoad({ filter: /-styles\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      const sheets = [...source.matchAll(CSS_TEXT)];
      const texts = await Promise.all(sheets.map(([, css = '']) => transform(css, { loader: 'css', minify: true })));
      const left = texts.values();
      return { contents: source.replace(CSS_TEXT, () => JSON.stringify(left.next().value?.code ?? '')), loader: 'ts' };
    });
  },
};
