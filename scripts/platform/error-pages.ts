/** The pages that a problem's `type` leads to: docs/errors/*.md as plain, readable HTML under /errors/. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { inRoot } from '../lib/paths.ts';

export function writeErrorPages(siteDir: string): void {
  const source = inRoot('docs', 'errors');
  const target = path.join(siteDir, 'errors');
  mkdirSync(target, { recursive: true });
  for (const file of readdirSync(source).filter((name) => name.endsWith('.md'))) {
    const code = path.basename(file, '.md');
    writeFileSync(path.join(target, `${code}.html`), page(code, readFileSync(path.join(source, file), 'utf8')));
  }
  writeFileSync(path.join(target, 'style.css'), STYLE);
}

/** Markdown is made to be read as it is; a renderer would be a dependency for fifty short pages. */
function page(code: string, markdown: string): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>${code}</title>
    <link rel="stylesheet" href="/errors/style.css" />
  </head>
  <body>
    <pre>${escape(markdown)}</pre>
  </body>
</html>
`;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

const STYLE = `:root { color-scheme: light dark; }
body { max-width: 90ch; margin: 6vh auto; padding: 0 20px; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font: 15px/1.55 ui-monospace, 'SF Mono', Menlo, Consolas, monospace; }
`;
