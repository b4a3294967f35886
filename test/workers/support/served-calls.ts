/** The calls that the Workers answer, read from their routers. */
import { readFileSync } from 'node:fs';

/** By URL, because its types are those of Workers and these tests run in Node. */
export async function callsOf(file: string): Promise<string[]> {
  const module: unknown = await import(new URL(`../../../workers/${file}`, import.meta.url).href);
  const { app } = module as { app: { routes: readonly { method: string; path: string }[] } };
  return app.routes
    .filter(({ method }) => method !== 'ALL')
    .map(({ method, path }) => `${method} ${path.replace(/(.)\/$/, '$1')}`);
}

/** The front door cannot be imported here (`cloudflare:workers`), so its routes are read as text. */
export function callsOfPlayback(): string[] {
  const source = readFileSync(new URL('../../../workers/playback/index.ts', import.meta.url), 'utf8');
  return [...source.matchAll(/^app\.(get|post|put|patch|delete)\('(\/[^']*)'/gm)].map(
    ([, method = '', path = '']) => `${method.toUpperCase()} ${path}`,
  );
}
