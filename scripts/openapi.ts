/** Writes what is generated from the routes' schemas: docs/openapi.json and the client's types. */
import { writeFileSync } from 'node:fs';
import { inRoot } from './lib/paths.ts';
import { clientTypes } from './openapi/client-types.ts';
import type { OpenApi } from './openapi/document-types.ts';

export interface GeneratedFile {
  readonly path: string;
  readonly text: string;
}

/** By URL, because the types behind it are those of Workers and these scripts run in Node. */
export async function generateOpenApi(): Promise<GeneratedFile[]> {
  const module: unknown = await import(new URL('../openapi/document.ts', import.meta.url).href);
  const document = (module as { openApiDocument(): OpenApi }).openApiDocument();
  return [
    { path: 'docs/openapi.json', text: `${JSON.stringify(document, null, 1)}\n` },
    { path: 'client/api.ts', text: clientTypes(document) },
  ];
}

export async function writeOpenApi(): Promise<void> {
  for (const { path, text } of await generateOpenApi()) writeFileSync(inRoot(path), text);
}

if (import.meta.main) await writeOpenApi();
