import { describe, expect, test } from 'vitest';
import { clientTypes } from '../../../scripts/openapi/client-types.ts';
import type { OpenApi, Schema } from '../../../scripts/openapi/document-types.ts';

function document(schemas: Record<string, Schema>, paths: OpenApi['paths'] = {}): OpenApi {
  const components = { schemas, parameters: {}, responses: {}, securitySchemes: {} };
  return { info: { title: '', summary: '', description: '' }, tags: [], paths, components };
}

const typeOf = (schema: Schema): string =>
  /T (?:= )?([^]*?);?\n\n\/\*\* Bytes/.exec(clientTypes(document({ T: schema })))?.[1]?.trim() ?? '';

describe('a schema as TypeScript', () => {
  test.each<[Schema, string]>([
    [{ type: 'string' }, 'string'],
    [{ type: 'integer', minimum: 1 }, 'number'],
    [{ enum: ['a', 'b'] }, "'a' | 'b'"],
    [{ const: 0 }, '0'],
    [{ anyOf: [{ type: 'string' }, { type: 'null' }] }, 'string | null'],
    [{ type: ['number', 'null'] }, 'number | null'],
    [{ type: 'array', items: { $ref: '#/components/schemas/X' } }, 'readonly X[]'],
    [{ type: 'array', items: { enum: ['a', 'b'] } }, "readonly ('a' | 'b')[]"],
    [{ type: 'array', items: { type: 'array', items: { type: 'number' } } }, 'readonly (readonly number[])[]'],
    [{ type: 'object', additionalProperties: { type: 'number' } }, 'Readonly<Record<string, number>>'],
    [{ type: 'object', properties: {}, additionalProperties: false }, 'Readonly<Record<string, never>>'],
    [
      { type: 'object', properties: { a: { type: 'string' }, 'b-c': { type: 'boolean' } }, required: ['a'] },
      "{\n  readonly a: string;\n  readonly 'b-c'?: boolean;\n}",
    ],
  ])('%j', (schema, type) => {
    expect(typeOf(schema)).toBe(type);
  });

  test('that it does not know is an error, not any', () => {
    expect(() => typeOf({ not: {} })).toThrow('does not know this schema');
  });

  test('keeps what is said of it from ending its comment', () => {
    const text = clientTypes(document({ T: { type: 'string', description: 'a */ b' } }));
    expect(text).toContain('/** a *\\/ b */');
  });
});

test('a call takes its path, query and body, and answers what its successes answer', () => {
  const text = clientTypes(
    document(
      {},
      {
        '/a/{b}': {
          post: {
            operationId: 'x',
            tags: [],
            summary: 'Do it',
            security: [],
            parameters: [
              { name: 'b', in: 'path', required: true, schema: { type: 'string' } },
              { name: 'q', in: 'query', required: false, schema: { type: 'integer' } },
              { name: 'Idempotency-Key', in: 'header', required: false, schema: { type: 'string' } },
            ],
            requestBody: { required: false, content: { 'application/json': { schema: { type: 'boolean' } } } },
            responses: {
              200: { description: '', content: { 'application/json': { schema: { type: 'string' } } } },
              204: { description: '' },
              404: { description: '', content: { 'application/problem+json': { schema: { type: 'number' } } } },
            },
          },
        },
      },
    ),
  );
  expect(text).toContain(
    "  'POST /a/{b}': {\n    readonly request: { readonly params: { readonly b: string }; readonly query?: { readonly q?: number }; readonly body?: boolean; };\n    readonly answer: string | undefined;\n  };",
  );
  expect(text).toContain("  'POST /a/{b}',\n]);");
});
