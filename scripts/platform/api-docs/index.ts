/** `/docs` and `/openapi.json`: the document, and a page of it that needs nothing from anywhere else. */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { inRoot } from '../../lib/paths.ts';
import { operationsOf, type FoundOperation, type OpenApi } from '../../openapi/document-types.ts';
import { html, inline, prose, type Html } from './html.ts';
import { operationHtml, pathHtml } from './operation.ts';
import { schemaHtml } from './schema.ts';

export async function writeApiDocs(siteDir: string): Promise<void> {
  const document = JSON.parse(readFileSync(inRoot('docs', 'openapi.json'), 'utf8')) as OpenApi;
  mkdirSync(path.join(siteDir, 'docs'), { recursive: true });
  writeFileSync(path.join(siteDir, 'openapi.json'), JSON.stringify(document));
  writeFileSync(path.join(siteDir, 'docs.html'), page(document).text);
  const source = path.join(import.meta.dirname, 'page');
  copyFileSync(path.join(source, 'style.css'), path.join(siteDir, 'docs', 'style.css'));
  await build({
    entryPoints: [path.join(source, 'main.ts')],
    outfile: path.join(siteDir, 'docs', 'page.js'),
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    logLevel: 'silent',
  });
}

interface Group {
  readonly name: string;
  readonly description: string;
  readonly found: readonly FoundOperation[];
}

function page(document: OpenApi): Html {
  const { info, tags } = document;
  const operations = operationsOf(document);
  const groups: Group[] = tags.map((tag) => ({
    ...tag,
    found: operations.filter(({ operation }) => operation.tags.includes(tag.name)),
  }));
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${info.title} API</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="/docs/style.css" />
        <script type="module" src="/docs/page.js"></script>
      </head>
      <body>
        <header>
          <a class="brand" href="#top">${info.title} <span>API</span></a>
          <input id="find" type="search" placeholder="Find a call" aria-label="Find a call" autocomplete="off" />
          <button id="menu" type="button" aria-expanded="false" aria-controls="calls">Calls</button>
        </header>
        <nav id="calls">
          ${groups.map(navGroup)}
          <h2><a href="#schemas">Schemas</a></h2>
        </nav>
        <main id="top">
          ${intro(document, operations.length)} ${groups.map((group) => groupHtml(group, document))}
          ${schemas(document)}
          <p id="nothing" hidden>Nothing is called that.</p>
        </main>
      </body>
    </html> `;
}

function intro({ info, components }: OpenApi, count: number): Html {
  const callers = Object.entries(components.securitySchemes).map(
    ([name, { description }]) =>
      html`<li>
        <div><code class="name">${name}</code></div>
        <div class="about">${inline(description)}</div>
      </li>`,
  );
  return html`<div class="intro">
    <h1>${info.title} API</h1>
    <p class="lead">${info.summary}</p>
    ${prose(info.description)}
    <p><a href="/openapi.json">openapi.json</a> · ${count} calls</p>
    <h2>Who may call</h2>
    <ul class="members">
      ${callers}
    </ul>
  </div>`;
}

function groupHtml({ name, description, found }: Group, { components }: OpenApi): Html {
  return html`<div class="group">
    <h2 id="${slug(name)}">${name}</h2>
    <p>${description}</p>
    ${found.map((each) => operationHtml(each, components.schemas))}
  </div>`;
}

function schemas({ components }: OpenApi): Html {
  const sections = Object.entries(components.schemas).map(
    ([name, schema]) =>
      html`<section class="schema" id="schema-${name}" data-find="${name.toLowerCase()}">
        <h3><a href="#schema-${name}">${name}</a></h3>
        ${schema.description === undefined ? null : prose(schema.description)}${schemaHtml(schema)}
      </section>`,
  );
  return html`<div class="group">
    <h2 id="schemas">Schemas</h2>
    ${sections}
  </div>`;
}

function navGroup({ name, found }: Group): Html {
  const rows = found.map(
    ({ method, path: at, operation: { operationId, summary } }) =>
      html`<li data-for="${operationId}">
        <a href="#${operationId}" title="${summary}"
          ><span class="method ${method.toLowerCase()}">${method}</span> <span>${pathHtml(at)}</span></a
        >
      </li>`,
  );
  return html`<div>
    <h2><a href="#${slug(name)}">${name}</a></h2>
    <ul>
      ${rows}
    </ul>
  </div>`;
}

function slug(name: string): string {
  return `tag-${name.toLowerCase().replaceAll(/[^a-z]+/g, '-')}`;
}
