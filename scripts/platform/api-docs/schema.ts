import { refName, type Schema } from '../../openapi/document-types.ts';
import { html, inline, type Html } from './html.ts';

/** What a call takes or answers: the members of a named schema at once, or behind its name. */
export function bodyHtml(schema: Schema, named: Readonly<Record<string, Schema>>, isOpen: boolean): Html {
  if (schema.$ref === undefined) return schemaHtml(schema);
  const name = refName(schema.$ref);
  const link = html`<a href="#schema-${name}">${name}</a>`;
  const summary = html`<summary>${link}</summary>`;
  const members = schemaHtml(named[name] ?? {});
  return isOpen ? html`<details open>${summary}${members}</details>` : html`<details>${summary}${members}</details>`;
}

/** A schema as the page shows it: an object's members line by line, everything else as one expression. */
export function schemaHtml(schema: Schema): Html {
  const either = schema.anyOf ?? schema.oneOf;
  if (either !== undefined && either.some(isObject))
    return html`<p class="either">One of</p>
      ${either.map((each) => html`<div class="arm">${schemaHtml(each)}</div>`)}`;
  return isObject(schema) ? members(schema) : html`<p class="type">${typeHtml(schema)}</p>`;
}

function members({ properties = {}, required = [] }: Schema): Html {
  const rows = Object.entries(properties).map(
    ([name, schema]) =>
      html`<li>
        <div>
          <code class="name">${name}</code
          >${required.includes(name) ? null : html`<span class="optional">optional</span>`}
          <span class="type">${typeHtml(schema)}</span>
        </div>
        ${schema.description === undefined ? null : html`<div class="about">${inline(schema.description)}</div>`}
        ${nested(schema)}
      </li>`,
  );
  return html`<ul class="members">
    ${rows}
  </ul>`;
}

/** Members of an object, or of an array's items, that has no name to refer to. */
function nested(schema: Schema): Html | null {
  if (isObject(schema)) return members(schema);
  const either = schema.anyOf ?? schema.oneOf ?? [];
  const items = typeof schema.items === 'object' ? [schema.items] : [];
  const inner = [...either, ...items].map(nested).filter((each) => each !== null);
  return inner.length === 0 ? null : html`${inner}`;
}

function isObject(schema: Schema): boolean {
  return schema.type === 'object' && Object.keys(schema.properties ?? {}).length > 0;
}

function typeHtml(schema: Schema): Html {
  if (schema.$ref !== undefined) {
    const name = refName(schema.$ref);
    return html`<a href="#schema-${name}">${name}</a>`;
  }
  if (schema.enum !== undefined) return joined(schema.enum.map((value) => html`<code>${JSON.stringify(value)}</code>`));
  if ('const' in schema) return html`<code>${JSON.stringify(schema.const)}</code>`;
  const either = schema.anyOf ?? schema.oneOf;
  if (either !== undefined) return joined(either.map(typeHtml));
  if (schema.type === 'array')
    return html`list of ${typeof schema.items === 'object' ? typeHtml(schema.items) : 'anything'}`;
  return schema['format'] === 'date-time' ? html`time` : html`${schema.type ?? 'anything'}${bounds(schema)}`;
}

function joined(parts: readonly Html[]): Html {
  return html`${parts.map((part, index) => (index === 0 ? part : html` or ${part}`))}`;
}

/** zod's bounds of a safe integer say nothing to a reader. */
function bounds({ minimum, maximum, maxLength, type }: Schema): string {
  if (type === 'string') return typeof maxLength === 'number' && maxLength <= 4_096 ? ` up to ${maxLength}` : '';
  const from = typeof minimum === 'number' && minimum > Number.MIN_SAFE_INTEGER ? ` from ${minimum}` : '';
  const to = typeof maximum === 'number' && maximum < Number.MAX_SAFE_INTEGER ? ` to ${maximum}` : '';
  return from + to;
}
