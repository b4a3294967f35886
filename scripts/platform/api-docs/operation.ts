import type { FoundOperation, Parameter, Schema } from '../../openapi/document-types.ts';
import { html, inline, prose, type Html } from './html.ts';
import { bodyHtml } from './schema.ts';

type Schemas = Readonly<Record<string, Schema>>;

export function operationHtml(found: FoundOperation, schemas: Schemas): Html {
  const { method, path, operation } = found;
  const { operationId, summary, description } = operation;
  return html`<section
    class="operation"
    id="${operationId}"
    data-find="${`${method} ${path} ${summary} ${operationId}`.toLowerCase()}"
  >
    <h3><a href="#${operationId}">${summary}</a></h3>
    <p class="call"><span class="method ${method.toLowerCase()}">${method}</span> <code>${pathHtml(path)}</code></p>
    ${description === undefined ? null : prose(description)}
    <p class="auth">${authHtml(found)}</p>
    ${parameters(found)} ${body(found, schemas)} ${answers(found, schemas)} ${problems(found)} ${example(found)}
  </section>`;
}

/** May break behind a slash: paths are longer than phones are wide. */
export function pathHtml(path: string): Html[] {
  return path.split(/(?<=\/)/).map((part) => html`${part}<wbr />`);
}

function authHtml({ operation: { security, tags } }: FoundOperation): Html {
  const scheme = security[0] ?? {};
  const scope = scheme['apiKey']?.[0];
  if (scope !== undefined) return html`API key with the scope <code>${scope}</code>`;
  if ('viewerToken' in scheme) return html`Viewer token, as Bearer or <code>?token=</code>`;
  if ('webhookSignature' in scheme) return html`Standard Webhooks signature`;
  return tags.includes('Media') ? html`The media pass in the path` : html`Open to everybody`;
}

function parameters({ parameters: all }: FoundOperation): Html | null {
  if (all.length === 0) return null;
  const row = ({ name, in: place, required, description, schema }: Parameter): Html =>
    html`<li>
      <div>
        <code class="name">${name}</code>${required ? null : html`<span class="optional">optional</span>`}
        <span class="place">${place}</span>
      </div>
      <div class="about">${inline(description ?? enumText(schema.enum))}</div>
    </li>`;
  return html`<h4>Parameters</h4>
    <ul class="members">
      ${all.map(row)}
    </ul>`;
}

function enumText(values: readonly unknown[] | undefined): string {
  return values === undefined ? '' : values.map((value) => `\`${String(value)}\``).join(', ');
}

function body({ operation: { requestBody } }: FoundOperation, schemas: Schemas): Html | null {
  if (requestBody === undefined) return null;
  const { required, description, content } = requestBody;
  const schema = content['application/json']?.schema;
  return html`<h4>Body${required ? null : html`<span class="optional">optional</span>`}</h4>
    ${schema === undefined ? html`<p>${description ?? ''}</p>` : bodyHtml(schema, schemas, true)}`;
}

function answers({ responses }: FoundOperation, schemas: Schemas): Html {
  const rows = responses
    .filter(([status]) => status < 400)
    .map(([status, { description, content = {} }]) => {
      const schema = content['application/json']?.schema;
      const types = Object.keys(content).filter((type) => type !== 'application/json');
      return html`<div class="answer">
        <p><span class="status">${status}</span> ${description} ${types.map((type) => html`<code>${type}</code> `)}</p>
        ${schema === undefined ? null : bodyHtml(schema, schemas, false)}
      </div>`;
    });
  return html`<h4>Answers</h4>
    ${rows}`;
}

function problems({ responses }: FoundOperation): Html {
  const rows = responses.flatMap(([status, response]) =>
    (response['x-codes'] ?? []).map(
      (code) => html`<li><span class="status">${status}</span> <a href="/errors/${code}">${code}</a></li>`,
    ),
  );
  return html`<details>
    <summary>${rows.length} refusals</summary>
    <ul class="codes">
      ${rows}
    </ul>
  </details>`;
}

/** As a line for a shell that has EDGE, and KEY or TOKEN. */
function example({ method, path, operation, parameters: all }: FoundOperation): Html | null {
  const scheme = operation.security[0];
  if (scheme === undefined || 'webhookSignature' in scheme) return null;
  const sample = operation.requestBody?.content['application/json']?.example;
  const needsKey = all.some(({ name, required }) => name === 'Idempotency-Key' && required);
  const upload = operation.requestBody !== undefined && operation.requestBody.content['application/json'] === undefined;
  const lines = [
    `curl ${method === 'GET' || sample !== undefined ? '' : `-X ${method} `}"$EDGE${path}"`,
    `-H "Authorization: Bearer $${'apiKey' in scheme ? 'KEY' : 'TOKEN'}"`,
    ...(needsKey ? [`-H "Idempotency-Key: $(uuidgen)"`] : []),
    ...(upload ? ['-T episode.mp4'] : []),
    ...(sample === undefined
      ? []
      : [
          ...(method === 'POST' ? [] : [`-X ${method}`]),
          `-H 'Content-Type: application/json'`,
          `-d '${JSON.stringify(sample)}'`,
        ]),
  ];
  return html`<pre>${lines.join(' \\\n  ')}</pre>`;
}
