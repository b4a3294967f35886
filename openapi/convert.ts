import { z } from 'zod';
import { MAX_JSON_BYTES } from '../workers/api/limits.ts';
import { names } from './names.ts';

export type JsonSchema = { [keyword: string]: unknown };

const MAX_INT32 = 2 ** 31 - 1;

/** Turns zod schemas into those of the document; the named ones are collected, each once. */
export class SchemaCollector {
  readonly components: Record<string, JsonSchema> = {};

  /** What a caller sends. */
  input(schema: z.ZodType): JsonSchema {
    return this.#convert(schema, 'input');
  }

  /** What we answer. A member may come to it later, so callers must not refuse one they do not know. */
  output(schema: z.ZodType): JsonSchema {
    return this.#convert(schema, 'output');
  }

  #convert(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
    // As a member, so that a name of its own becomes a reference too.
    const { $defs, properties } = z.toJSONSchema(z.object({ it: schema }), {
      io,
      metadata: names,
      target: 'draft-2020-12',
      override: ({ zodSchema, jsonSchema }) => adapt(zodSchema, jsonSchema, io),
    }) as unknown as { $defs?: Record<string, JsonSchema>; properties: { it: JsonSchema } };
    for (const [name, definition] of Object.entries($defs ?? {})) {
      const { id: _id, ...component } = definition;
      // What callers write comes back in the same form, so the first conversion, of inputs, stands for both.
      this.components[name] ??= withoutDefs(component);
    }
    return withoutDefs(properties.it);
  }
}

function adapt(zodSchema: z.core.$ZodTypes, json: JsonSchema, io: 'input' | 'output'): void {
  // Descriptions are in zod's own registry; it is given ours, for the names.
  Object.assign(json, z.globalRegistry.get(zodSchema as unknown as z.ZodType));
  if (zodSchema._zod.def.type === 'object' && io === 'output' && json['additionalProperties'] === false)
    delete json['additionalProperties'];
  if (json['type'] === 'object' && zodSchema._zod.def.type === 'object' && isEmpty(json['additionalProperties']))
    delete json['additionalProperties'];
  pairAsList(json);
  if (json['type'] === 'integer') json['format'] = isInt32(json) ? 'int32' : 'int64';
  if (json['type'] !== 'string' || 'enum' in json || 'const' in json) return;
  // zod's expression for a moment is 300 characters that say what the format says.
  if (json['format'] === 'date-time') delete json['pattern'];
  if (typeof json['pattern'] === 'string') json['pattern'] = json['pattern'].replace(UNICODE_CLASSES, CODE_POINTS);
  json['maxLength'] ??= json['format'] === 'date-time' ? 40 : MAX_JSON_BYTES;
}

/** Many a validator knows no `\p{…}`. What is lost, lone surrogates, cannot stand in JSON that is UTF-8. */
const UNICODE_CLASSES = '\\p{Cc}\\p{Cs}';
const CODE_POINTS = '\\u0000-\\u001f\\u007f-\\u009f';

/** `[from, to]`: as a list of two, because linters and generators know tuples of JSON Schema 2020-12 badly. */
function pairAsList(json: JsonSchema): void {
  const { prefixItems } = json;
  if (!Array.isArray(prefixItems)) return;
  const forms = new Set(prefixItems.map((each) => JSON.stringify(each)));
  if (forms.size !== 1) throw new Error('The document describes pairs of one kind only.');
  delete json['prefixItems'];
  Object.assign(json, { items: prefixItems[0] as unknown, minItems: prefixItems.length, maxItems: prefixItems.length });
}

function isInt32({ minimum, maximum }: JsonSchema): boolean {
  return Number(minimum) >= -MAX_INT32 && Number(maximum) <= MAX_INT32;
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

/** zod's references lead to its own `$defs`. */
function withoutDefs(schema: JsonSchema): JsonSchema {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/')) as JsonSchema;
}
