/** Judges answers of the running platform by docs/openapi.json: a status or a member that it lacks is an error. */
import { readFileSync } from 'node:fs';
import addFormats from 'ajv-formats';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect } from 'vitest';
import {
  operationsOf,
  type FoundOperation,
  type OpenApi,
  type Schema,
} from '../../../scripts/openapi/document-types.ts';

const document = JSON.parse(readFileSync(new URL('../../../docs/openapi.json', import.meta.url), 'utf8')) as OpenApi;
const operations = new Map(operationsOf(document).map((found) => [found.call, found]));

const ajv = new Ajv2020({ strict: false, allErrors: true });
(addFormats as unknown as (target: Ajv2020) => void)(ajv);
// Problems bring members of their own.
const { Problem, ...schemas } = document.components.schemas;
ajv.addSchema({ $id: 'openapi', components: { schemas: { ...(strict(schemas) as object), Problem } } });

/** What tests have seen, so that one can ask for what no test has. */
export const seen = new Set<string>();

/** The answer's JSON, where the document describes exactly such an answer of this call. */
export async function expectDocumented(call: string, response: Response): Promise<unknown> {
  const found = operations.get(call);
  if (found === undefined) throw new Error(`The document has no ${call}.`);
  const text = await response.text();
  const described = found.responses.find(([status]) => status === response.status)?.[1];
  expect(described, `${call} answered ${response.status}, which is not described: ${text}`).toBeDefined();
  seen.add(call);
  const type = (response.headers.get('content-type') ?? '').split(';')[0] ?? '';
  if (described?.content === undefined) {
    expect(text, call).toBe('');
    return undefined;
  }
  expect(Object.keys(described.content), call).toContain(type);
  if (!type.includes('json')) return text;
  const value: unknown = JSON.parse(text);
  expect(complaints(described.content[type]?.schema ?? {}, value), `${call}: ${text.slice(0, 2_000)}`).toEqual([]);
  if (type === 'application/problem+json') expectKnownCode(found, response.status, value);
  return value;
}

function complaints(schema: Schema, value: unknown): string[] {
  const pointed = JSON.parse(JSON.stringify(schema).replaceAll('"#/components', '"openapi#/components')) as Schema;
  const validate = ajv.compile(strict(pointed) as object);
  if (validate(value) === true) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath} ${message ?? ''} ${JSON.stringify(params)}`,
  );
}

function expectKnownCode({ call, responses }: FoundOperation, status: number, value: unknown): void {
  const codes = responses.find(([each]) => each === status)?.[1]['x-codes'] ?? [];
  expect(codes, `${call} answered ${JSON.stringify(value)}`).toContain((value as { code: string }).code);
}

/** Callers must bear members that they do not know; this test must not, or the document would fall behind. */
function strict(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(strict);
  if (typeof node !== 'object' || node === null) return node;
  const copy = Object.fromEntries(Object.entries(node).map(([name, value]) => [name, strict(value)]));
  const { type, properties, additionalProperties } = copy as Schema;
  const isClosed = type === 'object' && Object.keys(properties ?? {}).length > 0 && additionalProperties === undefined;
  return isClosed ? { ...copy, additionalProperties: false } : copy;
}
